//! Atomic submissions on PostgreSQL.
//!
//! READ COMMITTED is enough because every precondition is the row count of a statement that locks what it looked at: a
//! conditional `UPDATE` or `DELETE` waits for a concurrent writer of its row and then looks at the row again, and
//! `INSERT … ON CONFLICT DO NOTHING` waits for a concurrent insert of its key. The locks hold until the commit, so the
//! counts are still true there. Deadlocks (two submissions that lock the same rows in another order) and serialization
//! failures (servers that always run SERIALIZABLE) are rolled back by the server and tried again, a bounded number of
//! times. Once a commit is on its way nothing is tried again.
//!
//! `BEGIN` and all statements travel in one round trip and `COMMIT` in a second; a lone `INSERT` needs only one.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use deadpool_postgres::Object;
use tokio_postgres::Error;
use tokio_postgres::error::{Severity, SqlState};

use super::super::error::{EngineError, SubmitError};
use super::super::value::{Row, Value};
use super::super::{Expect, Statement};
use super::{MAX_RETRIES, Postgres, check_arity, classify, codec, describe_error, is_fatal, is_transport, references};

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// How an attempt ended.
enum Failure {
    /// For good.
    Final(SubmitError),
    /// Nothing was stored, and another attempt may succeed.
    Passing(EngineError),
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::Final(error.into())
    }
}

impl Failure {
    /// Waits before the next attempt, or gives up.
    async fn pause(self, attempts: &mut u32) -> Result<(), SubmitError> {
        match self {
            Self::Passing(error) if *attempts < MAX_RETRIES => {
                tracing::debug!(%error, attempts, "trying a submission again");
                tokio::time::sleep(Duration::from_millis(1 << *attempts)).await;
                *attempts += 1;
                Ok(())
            }
            Self::Passing(error) => Err(error.into()),
            Self::Final(error) => Err(error),
        }
    }
}

impl Postgres {
    pub(in super::super) async fn submit(&self, statements: &[Statement]) -> Result<(), SubmitError> {
        let mut attempts = 0;
        loop {
            let outcome = match statements {
                [only] if is_lone_insert(only) => self.autocommit(only).await,
                _ => self.transaction(statements, None).await,
            };
            let Err(failure) = outcome else { return Ok(()) };
            failure.pause(&mut attempts).await?;
        }
    }

    pub(in super::super) async fn submit_script(
        &self,
        first: &[Statement],
        script: &'static str,
    ) -> Result<(), SubmitError> {
        let mut attempts = 0;
        while let Err(failure) = self.transaction(first, Some(script)).await {
            failure.pause(&mut attempts).await?;
        }
        Ok(())
    }

    pub(in super::super) async fn write_returning(
        &self,
        sql: &'static str,
        params: &[Value],
    ) -> Result<Vec<Row>, SubmitError> {
        let mut attempts = 0;
        loop {
            match self.returning(sql, params).await {
                Ok(rows) => return Ok(rows),
                Err(failure) => failure.pause(&mut attempts).await?,
            }
        }
    }

    async fn returning(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Failure> {
        let connection = self.connection().await?;
        let statement = prepare(&connection, sql, params).await?;
        let rows = connection.query(&statement, &references(params)).await;
        let rows = rows.map_err(|error| after_commit_began(&error))?;
        Ok(rows.iter().map(codec::row).collect::<Result<Vec<_>, _>>()?)
    }

    async fn autocommit(&self, statement: &Statement) -> Result<(), Failure> {
        let connection = self.connection().await?;
        let prepared = prepare(&connection, statement.sql, &statement.params).await?;
        let changed = connection.execute_raw(&prepared, &statement.params).await;
        let changed = changed.map_err(|error| after_commit_began(&error))?;
        statement.check_count(0, changed).map_err(Failure::Final)
    }

    async fn transaction(&self, statements: &[Statement], script: Option<&'static str>) -> Result<(), Failure> {
        let connection = self.connection().await?;
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in statements {
            prepared.push(prepare(&connection, statement.sql, &statement.params).await?);
        }
        let transaction = OpenTransaction(Some(connection));
        let Some(connection) = &transaction.0 else { return Err(EngineError::unavailable("no connection").into()) };

        let mut steps: Vec<Step<'_>> = vec![Box::pin(async { connection.batch_execute(BEGIN).await.map(|()| 0) })];
        for (statement, prepared) in statements.iter().zip(&prepared) {
            steps.push(Box::pin(connection.execute_raw(prepared, &statement.params)));
        }
        let mut answers = in_order(steps).await.into_iter();
        let mut outcome = answers.next().map_or(Ok(()), |begun| begun.map(drop).map_err(|error| before_commit(&error)));
        for (index, (statement, answer)) in statements.iter().zip(answers).enumerate() {
            outcome = outcome.and_then(|()| match answer {
                Ok(changed) => statement.check_count(index, changed).map_err(Failure::Final),
                Err(error) => Err(before_commit(&error)),
            });
        }
        if let (Ok(()), Some(script)) = (&outcome, script) {
            outcome = connection.batch_execute(script).await.map_err(|error| before_commit(&error));
        }
        if outcome.is_err() {
            if connection.batch_execute("ROLLBACK").await.is_ok() {
                transaction.finished();
            }
            return outcome;
        }
        connection.batch_execute("COMMIT").await.map_err(|error| after_commit_began(&error))?;
        transaction.finished();
        Ok(())
    }
}

type Step<'a> = Pin<Box<dyn Future<Output = Result<u64, Error>> + Send + 'a>>;

/// A connection inside a transaction. If the work is abandoned (its caller went away) or the connection misbehaves, it
/// must not go back to the pool with the transaction still open: closing it makes the server roll back.
struct OpenTransaction(Option<Object>);

impl OpenTransaction {
    fn finished(mut self) {
        drop(self.0.take());
    }
}

impl Drop for OpenTransaction {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}

/// Whether a statement may commit by itself before its row count is known: an `INSERT … VALUES` of one row that has to
/// insert that row can only miss its count by doing nothing.
fn is_lone_insert(statement: &Statement) -> bool {
    statement.sql.starts_with("INSERT INTO ")
        && !statement.sql.contains("SELECT")
        && matches!(statement.expect, Expect::Any | Expect::Rows(1))
}

async fn prepare(
    connection: &Object,
    sql: &'static str,
    params: &[Value],
) -> Result<tokio_postgres::Statement, Failure> {
    let statement = connection.prepare_cached(sql).await.map_err(|error| before_commit(&error))?;
    check_arity(&statement, params)?;
    Ok(statement)
}

/// Polls all futures to their end, each time in order, so that requests enter the connection in order and in one flight.
async fn in_order(mut steps: Vec<Step<'_>>) -> Vec<Result<u64, Error>> {
    let mut answers: Vec<Option<Result<u64, Error>>> = steps.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (step, answer) in steps.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let Poll::Ready(ready) = step.as_mut().poll(context)
            {
                *answer = Some(ready);
            }
        }
        if answers.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

fn is_contention(error: &Error) -> bool {
    let contention = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
    error.code().is_some_and(|code| contention.contains(code))
}

/// Before `COMMIT` is sent nothing can be stored: contention and lost connections may be tried again.
fn before_commit(error: &Error) -> Failure {
    let known = classify(error);
    if is_contention(error) || is_fatal(error) || is_transport(error) {
        Failure::Passing(known)
    } else {
        Failure::Final(known.into())
    }
}

/// From here on only the server's own word that it rolled back makes a failure certain.
fn after_commit_began(error: &Error) -> Failure {
    let severity = error.as_db_error().and_then(tokio_postgres::error::DbError::parsed_severity);
    let unknown = error.code() == Some(&SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN);
    match severity {
        Some(Severity::Error) if !unknown && is_contention(error) => Failure::Passing(classify(error)),
        Some(Severity::Error) if !unknown => Failure::Final(classify(error).into()),
        _ => EngineError::Ambiguous(describe_error(error).into()).into(),
    }
}
