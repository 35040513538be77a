//! A private PostgreSQL for the length of a test run. `tests/python/harness/postgres.py` owns the how: this starts it,
//! reads the address it prints, and ends it by closing its standard input.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde::Deserialize;

use crate::workspace::root;

/// A running cluster; dropped, it ends.
pub(super) struct Cluster {
    child: Child,
    /// `postgres://USER@127.0.0.1:PORT/postgres`, whose user may create databases.
    pub(super) url: String,
}

#[derive(Deserialize)]
struct Started {
    url: String,
}

impl Cluster {
    /// Starts a cluster with the programs in `bin`.
    pub(super) fn start(python: &Path, bin: &Path) -> Result<Self, String> {
        let mut child = Command::new(python)
            .args(["-m", "harness.postgres"])
            .current_dir(root().join("tests/python"))
            .env("STEPWELL_TEST_POSTGRES_BIN", bin)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("cannot start harness.postgres: {e}"))?;
        let mut line = String::new();
        let started = child
            .stdout
            .take()
            .ok_or("no standard output")
            .and_then(|out| BufReader::new(out).read_line(&mut line).map_err(|_| "unreadable standard output"))
            .map_err(str::to_owned)
            .and_then(|_| serde_json::from_str::<Started>(&line).map_err(|e| format!("{e} in {line:?}")));
        match started {
            Ok(started) => Ok(Self { child, url: started.url }),
            Err(error) => {
                drop(child.stdin.take());
                let _status = child.wait();
                Err(format!("PostgreSQL did not start: {error}"))
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _status = self.child.wait();
    }
}
