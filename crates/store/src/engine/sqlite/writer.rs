//! The one thread that writes to SQLite, with group commit.
//!
//! It drains its queue into one transaction, each submission in a savepoint of its own, commits once (one fsync for all)
//! and only then answers. A submission that fails takes back its savepoint and nothing else.

use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::super::error::EngineError;
use super::super::value::Row;
use super::super::{Statement, SubmitError};
use super::guard::Guard;
use super::{refused, run};

/// Submissions that may wait; more make their senders wait.
const QUEUE: usize = 1024;
/// Submissions in one commit. Bounds how long the first of them waits.
const BATCH: usize = 256;

type Answer = Result<Vec<Row>, SubmitError>;

struct Job {
    statements: Vec<Statement>,
    /// DDL to run after the statements.
    script: Option<&'static str>,
    reply: oneshot::Sender<Answer>,
}

#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread, which owns the guard so that the file is free only when the last commit is done.
    pub(super) fn start(connection: Connection, guard: Guard) -> Result<Self, EngineError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                serve(&connection, jobs);
                drop(connection);
                drop(guard);
            })
            .map_err(|error| EngineError::Unavailable(error.into()))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn submit(&self, statements: Vec<Statement>, script: Option<&'static str>) -> Answer {
        let stopped = || EngineError::unavailable("the writer has stopped");
        let (reply, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(Job { statements, script, reply }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| EngineError::Ambiguous("the writer stopped".into()))?
    }
}

impl Drop for Writer {
    /// Waits for the queue to drain, so that the file is at rest (and free for another server) afterwards.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the SQLite writer thread panicked");
        }
    }
}

fn serve(connection: &Connection, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH {
            let Ok(job) = jobs.try_recv() else { break };
            batch.push(job);
        }
        let answers = commit(connection, &batch);
        for (job, answer) in batch.into_iter().zip(answers) {
            // A caller that is gone does not mind: what it asked for is stored, and nobody was told otherwise.
            let _gone = job.reply.send(answer);
        }
    }
}

/// Runs a batch in one transaction; the answers are those to give once it is over.
fn commit(connection: &Connection, batch: &[Job]) -> Vec<Answer> {
    if let Err(error) = execute(connection, "BEGIN IMMEDIATE") {
        let message = error.to_string();
        return batch.iter().map(|_| Err(EngineError::Unavailable(message.clone().into()).into())).collect();
    }
    let mut answers = Vec::with_capacity(batch.len());
    for job in batch {
        let answer = apply(connection, job);
        // A full disk and the like make SQLite roll back the transaction, and with it the submissions before this one.
        if connection.is_autocommit() {
            let lost = || Err(EngineError::unavailable("the transaction was rolled back").into());
            let mut lost: Vec<Answer> = batch.iter().map(|_| lost()).collect();
            if let Some(own) = lost.get_mut(answers.len()) {
                *own = answer;
            }
            return lost;
        }
        answers.push(answer);
    }
    if answers.iter().all(Result::is_err) {
        roll_back(connection);
        return answers;
    }
    if let Err(error) = execute(connection, "COMMIT") {
        roll_back(connection);
        // The log may or may not have reached the disk with its commit mark: recovery after a crash could find it.
        let message = error.to_string();
        for answer in answers.iter_mut().filter(|answer| answer.is_ok()) {
            *answer = Err(EngineError::Ambiguous(message.clone().into()).into());
        }
    }
    answers
}

/// Runs one submission in its savepoint. Leaves no part of a failed one behind: if even the savepoint cannot be taken
/// back, the whole transaction goes, which the caller sees.
fn apply(connection: &Connection, job: &Job) -> Answer {
    execute(connection, "SAVEPOINT submission")?;
    let answer = apply_statements(connection, job);
    if connection.is_autocommit() {
        return answer;
    }
    let closed = if answer.is_err() {
        execute(connection, "ROLLBACK TO submission").and_then(|()| execute(connection, "RELEASE submission"))
    } else {
        execute(connection, "RELEASE submission")
    };
    if let Err(error) = closed {
        roll_back(connection);
        return Err(error.into());
    }
    answer
}

fn apply_statements(connection: &Connection, job: &Job) -> Answer {
    let mut rows = Vec::new();
    for (index, statement) in job.statements.iter().enumerate() {
        let outcome = run(connection, statement.sql, &statement.params)?;
        statement.check_count(index, outcome.count)?;
        rows = outcome.rows;
    }
    if let Some(script) = job.script {
        connection.execute_batch(script).map_err(refused)?;
    }
    Ok(rows)
}

fn execute(connection: &Connection, sql: &'static str) -> Result<(), EngineError> {
    run(connection, sql, &[]).map(drop)
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = execute(connection, "ROLLBACK")
    {
        tracing::error!(%error, "cannot roll back");
    }
}
