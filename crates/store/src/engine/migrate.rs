//! Brings the schema to the version this binary was built for.
//!
//! Nodes may start together, so one at a time migrates. What guards it is a lease row whose `beat` only ever grows: to
//! hold the lease is to know its current beat, and every step of the holder (one migration, one transaction) first moves
//! the beat on, which fails if somebody else did. A holder that died is noticed by its beat standing still, measured on
//! the waiting node's own monotonic clock, so the nodes' clocks need not agree.

use std::time::{Duration, Instant};

use super::{Engine, EngineError, Script, Statement, SubmitError, statements};

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    /// Consecutive from 1.
    pub(crate) number: i64,
    /// For the record.
    pub(crate) name: &'static str,
    pub(crate) script: Script,
}

const BOOTSTRAP: Script = Script {
    sqlite: "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT;
             CREATE TABLE IF NOT EXISTS migration_lease (id INTEGER NOT NULL PRIMARY KEY, beat INTEGER NOT NULL, held INTEGER NOT NULL) STRICT;
             INSERT INTO migration_lease (id, beat, held) VALUES (1, 0, 0) ON CONFLICT DO NOTHING;",
    postgres: "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT NOT NULL PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL);
               CREATE TABLE IF NOT EXISTS migration_lease (id BIGINT NOT NULL PRIMARY KEY, beat BIGINT NOT NULL, held BIGINT NOT NULL);
               INSERT INTO migration_lease (id, beat, held) VALUES (1, 0, 0) ON CONFLICT DO NOTHING;",
};

statements! {
    const GET_VERSION = "SELECT COALESCE(MAX(number), 0) FROM schema_migrations";
    const GET_LEASE = "SELECT beat, held FROM migration_lease WHERE id = 1";
    const RECORD = "INSERT INTO schema_migrations (number, name) VALUES ($1, $2)";
    const MOVE_LEASE = "UPDATE migration_lease SET beat = beat + 1, held = $2 WHERE id = 1 AND beat = $1";
}

/// Concurrent `CREATE TABLE IF NOT EXISTS` may fail on PostgreSQL; the next look finds the winner's tables.
const BOOTSTRAP_ATTEMPTS: u32 = 5;
const POLL: Duration = Duration::from_millis(100);
/// How long a beat may stand still before its holder counts as dead. One migration holds the row lock while it runs, so
/// a long one makes the others wait rather than take over.
const DEAD_AFTER: Duration = Duration::from_secs(15);

/// Applies what is missing. A tool beside a running server (which holds the SQLite file) must find the schema current.
pub(crate) async fn run(engine: &Engine, migrations: &[Migration]) -> Result<(), EngineError> {
    let target = migrations.last().map_or(0, |last| last.number);
    if version(engine).await.is_ok_and(|current| current == target) {
        return Ok(());
    }
    bootstrap(engine).await?;
    let mut watched: Option<(i64, Instant)> = None;
    loop {
        // The lease first: if somebody migrates after this look at it, its beat moves and taking it fails.
        let (beat, held) = lease(engine).await?;
        let current = version(engine).await?;
        if current == target {
            return Ok(());
        }
        if current > target {
            return Err(EngineError::Unusable(format!(
                "the database has schema version {current} and this Stepwell knows versions up to {target}: \
                 it was used by a newer release, run that one"
            )));
        }
        if !engine.may_migrate() {
            return Err(EngineError::Unusable(format!(
                "the running server uses schema version {current} and this Stepwell version {target}: \
                 restart the server with this release first"
            )));
        }
        let since = match watched {
            Some((seen, since)) if seen == beat => since,
            _ => watched.insert((beat, Instant::now())).1,
        };
        if held && since.elapsed() < DEAD_AFTER {
            tokio::time::sleep(POLL).await;
            continue;
        }
        let outcome = hold(engine, beat, current, migrations).await;
        match outcome {
            // Somebody else was faster; look again.
            Err(SubmitError::Precondition { .. }) => {}
            Err(SubmitError::Engine(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
}

/// Takes the lease at `beat`, applies everything after `current`, and gives it back.
async fn hold(engine: &Engine, beat: i64, current: i64, migrations: &[Migration]) -> Result<(), SubmitError> {
    let moved = |beat: i64, held: bool| Statement::one(MOVE_LEASE, vec![beat.into(), held.into()]);
    engine.submit(vec![moved(beat, true)]).await?;
    let mut beat = beat + 1;
    for migration in migrations.iter().filter(|migration| migration.number > current) {
        tracing::info!(number = migration.number, name = migration.name, "migrating the database");
        let record = Statement::one(RECORD, vec![migration.number.into(), migration.name.into()]);
        engine.submit_script(vec![moved(beat, true), record], migration.script).await?;
        beat += 1;
    }
    engine.submit(vec![moved(beat, false)]).await
}

async fn bootstrap(engine: &Engine) -> Result<(), EngineError> {
    let mut attempt = 0;
    loop {
        match engine.submit_script(Vec::new(), BOOTSTRAP).await {
            Ok(()) => return Ok(()),
            Err(SubmitError::Engine(EngineError::Refused(_))) if attempt < BOOTSTRAP_ATTEMPTS => {
                attempt += 1;
                tokio::time::sleep(POLL).await;
            }
            Err(SubmitError::Engine(error)) => return Err(error),
            Err(SubmitError::Precondition { .. }) => return Err(EngineError::unavailable("no precondition was set")),
        }
    }
}

async fn version(engine: &Engine) -> Result<i64, EngineError> {
    let rows = engine.query(GET_VERSION, &[]).await?;
    rows.first().ok_or(EngineError::Column { index: 0, expected: "a version" })?.int(0)
}

async fn lease(engine: &Engine) -> Result<(i64, bool), EngineError> {
    let rows = engine.query(GET_LEASE, &[]).await?;
    let row = rows.first().ok_or(EngineError::Column { index: 0, expected: "the lease" })?;
    Ok((row.int(0)?, row.flag(1)?))
}
