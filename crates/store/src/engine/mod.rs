//! The thin layer under every query: one interface over SQLite and PostgreSQL, without generics.
//!
//! A statement is a registered `&'static str` with `$1 … $n` placeholders (see `statements!`) and a
//! list of [`Value`]s. Reads are [`Engine::query`] (point reads) and [`Engine::scan`] (anything that may touch many
//! rows). Writes are [`Engine::submit`], atomic and durable before they return, with row counts as preconditions.
//!
//! A precondition must be a *write* to the row it is about (a conditional `UPDATE` or `DELETE`, or
//! `INSERT … ON CONFLICT DO NOTHING`): the row lock that such a statement takes is what makes it hold until the commit.
//! A `SELECT` locks nothing on PostgreSQL and proves nothing about the moment of the commit.

mod error;
pub(crate) mod migrate;
mod postgres;
mod sqlite;
mod url;
mod value;

#[cfg(test)]
mod tests;

pub use error::{EngineError, SubmitError};
pub use url::DatabaseUrl;
pub use value::{Row, Value};

use postgres::Postgres;
use sqlite::Sqlite;

/// One statement of a submission.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Registered SQL.
    pub sql: &'static str,
    /// Values for `$1 … $n`.
    pub params: Vec<Value>,
    /// How many rows it has to change.
    pub expect: Expect,
}

/// How many rows a statement must insert, update or delete for the submission to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Any number.
    Any,
    /// Exactly this many.
    Rows(u64),
}

impl Statement {
    /// A statement without a precondition.
    pub fn any(sql: &'static str, params: Vec<Value>) -> Self {
        Self { sql, params, expect: Expect::Any }
    }

    /// A statement that has to change exactly one row.
    pub fn one(sql: &'static str, params: Vec<Value>) -> Self {
        Self { sql, params, expect: Expect::Rows(1) }
    }

    fn check_count(&self, index: usize, changed: u64) -> Result<(), SubmitError> {
        match self.expect {
            Expect::Rows(rows) if rows != changed => Err(SubmitError::Precondition { index }),
            _ => Ok(()),
        }
    }
}

/// Who opens the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A server: holds a SQLite file for itself as long as it lives.
    Server,
    /// A short-lived command such as `stepwell keys create`: may run beside a server.
    Tool,
}

/// An open database.
#[derive(Debug)]
pub enum Engine {
    /// Embedded.
    Sqlite(Sqlite),
    /// Networked.
    Postgres(Postgres),
}

impl Engine {
    /// Opens the database without touching its schema; [`migrate::run`] comes next.
    pub async fn open(url: &DatabaseUrl, role: Role) -> Result<Self, EngineError> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.clone();
                tokio::task::spawn_blocking(move || Sqlite::open(&path, role))
                    .await
                    .map_err(|error| EngineError::Unavailable(error.into()))?
                    .map(Self::Sqlite)
            }
            DatabaseUrl::Postgres(url) => Postgres::open(url).await.map(Self::Postgres),
        }
    }

    /// A point read. On SQLite it runs on the calling thread, for some microseconds: never use it for a scan.
    pub async fn query(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, EngineError> {
        value::check_parameters(params)?;
        match self {
            Self::Sqlite(sqlite) => sqlite.query(sql, params),
            // Boxed, as it is large, and else every read of SQLite would be.
            Self::Postgres(postgres) => Box::pin(postgres.query(sql, params)).await,
        }
    }

    /// A read that may touch many rows. On SQLite it runs on the blocking pool.
    pub async fn scan(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, EngineError> {
        value::check_parameters(&params)?;
        match self {
            Self::Sqlite(sqlite) => sqlite.scan(sql, params).await,
            Self::Postgres(postgres) => postgres.query(sql, &params).await,
        }
    }

    /// Commits all statements, in order, or none. When it returns `Ok`, they survive a power cut.
    ///
    /// Dropping the future leaves the outcome open; it is still all or nothing.
    pub async fn submit(&self, statements: Vec<Statement>) -> Result<(), SubmitError> {
        for statement in &statements {
            value::check_parameters(&statement.params)?;
        }
        match self {
            Self::Sqlite(sqlite) => sqlite.submit(statements).await.map(drop),
            Self::Postgres(postgres) => postgres.submit(&statements).await,
        }
    }

    /// Runs one statement with `RETURNING`, durably, and gives the rows it returned (none if it changed none).
    pub async fn write_returning(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, EngineError> {
        value::check_parameters(&params)?;
        let rows = match self {
            Self::Sqlite(sqlite) => sqlite.submit(vec![Statement::any(sql, params)]).await,
            Self::Postgres(postgres) => postgres.write_returning(sql, &params).await,
        };
        rows.map_err(|error| match error {
            SubmitError::Engine(error) => error,
            SubmitError::Precondition { .. } => EngineError::unavailable("a precondition nobody set failed"),
        })
    }

    /// False for a tool that runs beside a server on one SQLite file: the schema is the server's to change.
    pub(crate) fn may_migrate(&self) -> bool {
        match self {
            Self::Sqlite(sqlite) => sqlite.is_exclusive(),
            Self::Postgres(_) => true,
        }
    }

    /// Runs `first` and then a migration script, in one transaction.
    pub(crate) async fn submit_script(&self, first: Vec<Statement>, script: Script) -> Result<(), SubmitError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.submit_script(first, script.sqlite).await,
            Self::Postgres(postgres) => postgres.submit_script(&first, script.postgres).await,
        }
    }

    /// Prepares a statement without running it and describes it. For the test that prepares every registered one.
    #[cfg(test)]
    pub(crate) async fn describe(&self, sql: &'static str) -> Result<Described, EngineError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.describe(sql),
            Self::Postgres(postgres) => postgres.describe(sql).await,
        }
    }
}

/// DDL that does the same on each engine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Script {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// What an engine makes of a statement.
#[cfg(test)]
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Described {
    /// How many parameters it takes.
    pub(crate) parameters: usize,
    /// How many columns it returns.
    pub(crate) columns: usize,
}

/// Declares SQL constants and registers them in `ALL`, which a test prepares on both engines.
macro_rules! statements {
    ($($(#[$meta:meta])* const $name:ident = $sql:expr;)*) => {
        $($(#[$meta])* const $name: &str = $sql;)*

        /// Every statement of this file, by name.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

pub(crate) use statements;
