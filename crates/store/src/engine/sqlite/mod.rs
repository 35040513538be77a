//! SQLite: point reads inline on a few read connections, all writes through one thread with group commit.

mod guard;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::EngineError;
use super::value::{Row, Value};
use super::{Role, Statement, SubmitError};
use guard::Guard;
use writer::Writer;

/// Read connections kept open when idle. More are opened while more threads read at once.
const IDLE_READERS: usize = 4;
/// Page cache of one read connection, in KiB. Small on purpose: behind it stands the operating system's cache, which
/// costs a microsecond a page, does not count as this process's memory and is shared by all connections. No mmap: its
/// pages count as resident memory, and a disk error would arrive as a signal.
const READER_CACHE_KIB: u32 = 512;
const WRITER_CACHE_KIB: u32 = 4096;
/// Pages in the log that start a checkpoint: 16 MiB, so that a page changed by many commits is copied once.
const CHECKPOINT_PAGES: u32 = 4000;
/// Prepared statements kept per connection; there are about as many in the whole store.
const STATEMENT_CACHE: usize = 192;
/// How long to wait for another process (a tool, a backup) that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An open SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    readers: Arc<Readers>,
    writer: Writer,
    exclusive: bool,
}

impl Sqlite {
    pub(super) fn open(path: &Path, role: Role) -> Result<Self, EngineError> {
        let guard = Guard::acquire(path, role)?;
        guard::create_private_file(path)?;
        let connection = connect(path, WRITER_CACHE_KIB)?;
        // NORMAL would lose acknowledged commits at a power cut; WAL makes FULL cost one fsync a commit.
        connection.pragma_update(None, "journal_mode", "WAL").map_err(refused)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(refused)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(refused)?;
        connection.pragma_update(None, "journal_size_limit", 16 << 20).map_err(refused)?;
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(refused)?;
        if mode != "wal" {
            return Err(EngineError::Unusable(format!(
                "SQLite cannot use a write-ahead log at {}: the data folder must be on a local disk",
                path.display()
            )));
        }
        let readers = Arc::new(Readers { path: path.to_owned(), idle: Mutex::new(Vec::new()) });
        let exclusive = guard.is_held();
        Ok(Self { readers, writer: Writer::start(connection, guard)?, exclusive })
    }

    pub(super) fn is_exclusive(&self) -> bool {
        self.exclusive
    }

    pub(super) fn query(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, EngineError> {
        self.readers.query(sql, params)
    }

    pub(super) async fn scan(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, EngineError> {
        let readers = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || readers.query(sql, &params))
            .await
            .map_err(|error| EngineError::Unavailable(error.into()))?
    }

    /// The rows that the last statement returned.
    pub(super) async fn submit(&self, statements: Vec<Statement>) -> Result<Vec<Row>, SubmitError> {
        self.writer.submit(statements, None).await
    }

    pub(super) async fn submit_script(&self, first: Vec<Statement>, script: &'static str) -> Result<(), SubmitError> {
        self.writer.submit(first, Some(script)).await.map(drop)
    }

    /// SQLite's query plan, one step a line.
    #[cfg(test)]
    pub(crate) fn plan(&self, sql: &'static str) -> Result<Vec<String>, EngineError> {
        let connection = self.readers.checkout()?;
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).map_err(refused)?;
        let mut rows = statement.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next().map_err(refused)? {
            steps.push(row.get(3).map_err(refused)?);
        }
        Ok(steps)
    }

    #[cfg(test)]
    pub(super) fn describe(&self, sql: &'static str) -> Result<super::Described, EngineError> {
        let connection = self.readers.checkout()?;
        let statement = connection.prepare(sql).map_err(refused)?;
        let positions = (1..=statement.parameter_count())
            .map(|index| placeholder(&statement, index))
            .collect::<Result<std::collections::BTreeSet<_>, _>>()?;
        let parameters = positions.len();
        if positions != (0..parameters).collect() {
            return Err(EngineError::Unusable(format!("placeholders of {sql} are not $1 to $n")));
        }
        Ok(super::Described { parameters, columns: statement.column_count() })
    }
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    fn checkout(&self) -> Result<Connection, EngineError> {
        if let Some(connection) = self.idle.lock().pop() {
            return Ok(connection);
        }
        let connection = connect(&self.path, READER_CACHE_KIB)?;
        connection.pragma_update(None, "query_only", true).map_err(refused)?;
        Ok(connection)
    }

    fn query(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, EngineError> {
        let connection = self.checkout()?;
        let rows = run(&connection, sql, params).map(|outcome| outcome.rows);
        let mut idle = self.idle.lock();
        if idle.len() < IDLE_READERS {
            idle.push(connection);
        }
        rows
    }
}

fn connect(path: &Path, cache_kib: u32) -> Result<Connection, EngineError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(refused)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(refused)?;
    // Else the planner looks at bound values, and a statement is compiled anew whenever one of them changed.
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(refused)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    let pragmas = format!(
        "PRAGMA cache_size = -{cache_kib}; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;
         PRAGMA foreign_keys = OFF; PRAGMA mmap_size = 0;"
    );
    connection.execute_batch(&pragmas).map_err(refused)?;
    Ok(connection)
}

/// What one statement did.
struct Outcome {
    rows: Vec<Row>,
    /// Rows returned if it returns rows, else rows changed.
    count: u64,
}

fn run(connection: &Connection, sql: &'static str, params: &[Value]) -> Result<Outcome, EngineError> {
    let mut statement = connection.prepare_cached(sql).map_err(refused)?;
    let takes = statement.parameter_count();
    if takes != params.len() {
        return Err(EngineError::Arity { takes, given: params.len() });
    }
    for index in 1..=takes {
        let position = placeholder(&statement, index)?;
        let value = params.get(position).ok_or(EngineError::Arity { takes, given: params.len() })?;
        statement.raw_bind_parameter(index, value).map_err(refused)?;
    }
    let columns = statement.column_count();
    if columns == 0 {
        let count = statement.raw_execute().map_err(refused)?;
        return Ok(Outcome { rows: Vec::new(), count: count as u64 });
    }
    let mut rows = Vec::new();
    let mut cursor = statement.raw_query();
    while let Some(row) = cursor.next().map_err(refused)? {
        let values = (0..columns).map(|index| row.get_ref(index).map_err(refused).and_then(owned));
        rows.push(Row(values.collect::<Result<_, _>>()?));
    }
    let count = rows.len() as u64;
    Ok(Outcome { rows, count })
}

/// The position in the parameter list of SQLite's parameter `index`. SQLite numbers `$n` by first appearance, not by `n`.
fn placeholder(statement: &rusqlite::Statement<'_>, index: usize) -> Result<usize, EngineError> {
    let number = statement.parameter_name(index).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
    let position = number.and_then(|number| number.checked_sub(1));
    position.ok_or_else(|| EngineError::Unusable("a placeholder is not of the form $n".to_owned()))
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn owned(value: ValueRef<'_>) -> Result<Value, EngineError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(value) => Ok(Value::Int(value)),
        ValueRef::Text(bytes) => {
            String::from_utf8(bytes.to_vec()).map(Value::Text).map_err(|error| EngineError::Refused(error.into()))
        }
        ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes.to_vec())),
        ValueRef::Real(_) => Err(EngineError::Refused("a stored value is a floating-point number".into())),
    }
}

/// Sorts SQLite's errors: trouble of the machine may pass, anything else is a defect.
fn refused(error: rusqlite::Error) -> EngineError {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationInterrupted
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed,
        ) => EngineError::Unavailable(error.into()),
        _ => EngineError::Refused(error.into()),
    }
}
