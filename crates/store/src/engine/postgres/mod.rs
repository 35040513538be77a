//! PostgreSQL: a pool of connections, each with its own prepared statements. No session state, no advisory locks, no
//! sequences, so that any pooled connection (and any server that speaks the protocol fully) will do.

mod codec;
mod submit;
mod tls;

use std::error::Error as StdError;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use tokio_postgres::NoTls;
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::types::ToSql;

use super::error::EngineError;
use super::url::{PostgresUrl, Tls};
use super::value::{Row, Value};

/// For connecting, and for waiting for a connection of the pool.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a read or a write that certainly was not stored is tried again.
const MAX_RETRIES: u32 = 6;

const SERVER_SETTINGS: &str = "SELECT current_setting('server_encoding'), current_setting('fsync', true), \
                               current_setting('synchronous_commit', true)";

/// An open pool.
#[derive(Debug)]
pub struct Postgres {
    pool: Pool,
}

impl Postgres {
    pub(super) async fn open(url: &PostgresUrl) -> Result<Self, EngineError> {
        let mut config = url.config.clone();
        config.application_name("stepwell").connect_timeout(CONNECT_TIMEOUT);
        // `Fast` asks nothing of the server: it drops connections that are known to be closed, and the retries below
        // deal with one whose end is not known yet.
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match &url.tls {
            Tls::Disabled => Manager::from_config(config, NoTls, recycling),
            policy => Manager::from_config(config, tls::connector(policy)?, recycling),
        };
        let pool = Pool::builder(manager)
            .max_size(url.pool_size)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(CONNECT_TIMEOUT))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .recycle_timeout(Some(CONNECT_TIMEOUT))
            .build()
            .map_err(|error| EngineError::Unusable(error.to_string()))?;
        let postgres = Self { pool };
        postgres.check_server().await?;
        Ok(postgres)
    }

    /// Refuses a server that cannot hold all of Unicode, and says so when it is set up to lose acknowledged writes.
    async fn check_server(&self) -> Result<(), EngineError> {
        let rows = self.query(SERVER_SETTINGS, &[]).await?;
        let mut row = rows.into_iter().next().unwrap_or_default();
        let encoding = row.text(0)?;
        if !encoding.eq_ignore_ascii_case("utf8") {
            return Err(EngineError::Unusable(format!(
                "the PostgreSQL database is encoded in {encoding}; create it with ENCODING 'UTF8'"
            )));
        }
        for (index, name) in [(1, "fsync"), (2, "synchronous_commit")] {
            if row.opt_text(index)?.as_deref() == Some("off") {
                tracing::warn!("{name} is off in PostgreSQL: a crash can lose acknowledged writes");
            }
        }
        Ok(())
    }

    async fn connection(&self) -> Result<Object, EngineError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => classify(&error),
            other => EngineError::Unavailable(other.to_string().into()),
        })
    }

    /// A read, tried again on a fresh connection if the one it got had died.
    pub(super) async fn query(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, EngineError> {
        let mut attempt = 0;
        loop {
            let connection = self.connection().await?;
            match query_on(&connection, sql, params).await {
                Err(EngineError::Unavailable(_)) if attempt < MAX_RETRIES && connection.is_closed() => attempt += 1,
                answer => return answer,
            }
        }
    }

    #[cfg(test)]
    pub(super) async fn describe(&self, sql: &'static str) -> Result<super::Described, EngineError> {
        let connection = self.connection().await?;
        let statement = connection.prepare(sql).await.map_err(|error| classify(&error))?;
        let wrong = statement.params().iter().find(|kind| !codec::is_parameter(kind));
        let wrong = wrong.or(statement
            .columns()
            .iter()
            .map(tokio_postgres::Column::type_)
            .find(|kind| !codec::is_column(kind)));
        if let Some(kind) = wrong {
            return Err(EngineError::Unusable(format!("{sql} has a parameter or column of type {kind}")));
        }
        Ok(super::Described { parameters: statement.params().len(), columns: statement.columns().len() })
    }
}

fn check_arity(statement: &tokio_postgres::Statement, params: &[Value]) -> Result<(), EngineError> {
    let (takes, given) = (statement.params().len(), params.len());
    if takes == given { Ok(()) } else { Err(EngineError::Arity { takes, given }) }
}

fn references(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

async fn query_on(connection: &Object, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, EngineError> {
    let statement = connection.prepare_cached(sql).await.map_err(|error| classify(&error))?;
    check_arity(&statement, params)?;
    let rows = connection.query(&statement, &references(params)).await.map_err(|error| classify(&error))?;
    rows.iter().map(codec::row).collect()
}

/// Sorts PostgreSQL's errors, for statements that cannot have committed anything.
fn classify(error: &tokio_postgres::Error) -> EngineError {
    let Some(db) = error.as_db_error() else {
        let source = describe_error(error).into();
        return if is_transport(error) { EngineError::Unavailable(source) } else { EngineError::Refused(source) };
    };
    let source = describe_error(error).into();
    let passing = is_fatal(error)
        || [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::QUERY_CANCELED,
            SqlState::LOCK_NOT_AVAILABLE,
        ]
        .contains(db.code())
        // Insufficient resources, operator intervention, system error.
        || ["53", "57", "58"].iter().any(|class| db.code().code().starts_with(class));
    if passing { EngineError::Unavailable(source) } else { EngineError::Refused(source) }
}

/// Whether the connection failed, rather than a statement: neither the server's answer nor a value that does not fit.
fn is_transport(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_none() && !error.source().is_some_and(<dyn StdError>::is::<codec::Mismatch>)
}

/// Whether the error is the server's farewell, after which it closes the connection.
fn is_fatal(error: &tokio_postgres::Error) -> bool {
    let severity = error.as_db_error().and_then(tokio_postgres::error::DbError::parsed_severity);
    matches!(severity, Some(Severity::Fatal | Severity::Panic))
}

/// Code and message only: PostgreSQL's DETAIL quotes rows.
fn describe_error(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(db), _) => format!("{} ({})", db.message(), db.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}
