//! The command line.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::Failure;

/// Which benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Sign-in over its floor.
    SignIn,
    /// Sign-in among many users over sign-in among few.
    Users,
    /// Temporary credentials, signatures and decisions.
    Credentials,
}

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// As people write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) task: Task,
    /// The release binary of the server.
    pub(crate) server: PathBuf,
    pub(crate) engines: Vec<Engine>,
    /// Load per flow and engine.
    pub(crate) duration: Duration,
    /// Connections that ask at the same time.
    pub(crate) connections: usize,
    /// Users in the large pool.
    pub(crate) users: usize,
    /// A target that is missed is a failure.
    pub(crate) strict: bool,
}

impl Arguments {
    /// Reads the arguments after the program's name.
    pub(crate) fn parse(mut given: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let task = match given.next().as_deref() {
            Some("signin") => Task::SignIn,
            Some("users") => Task::Users,
            Some("credentials") => Task::Credentials,
            _ => return Err("say which: signin, users or credentials".into()),
        };
        let mut arguments = Self {
            task,
            server: PathBuf::new(),
            engines: vec![Engine::Sqlite],
            duration: Duration::from_secs(16),
            connections: 16,
            users: 1_000_000,
            strict: false,
        };
        while let Some(name) = given.next() {
            let mut value = || given.next().ok_or_else(|| Failure::from(format!("{name} needs a value")));
            match (name.as_str(), task) {
                ("--server", _) => arguments.server = value()?.into(),
                ("--seconds", _) => arguments.duration = Duration::from_secs(number(&name, &value()?)?),
                ("--connections", _) => arguments.connections = number::<usize>(&name, &value()?)?.max(1),
                ("--users", Task::Users) => arguments.users = number(&name, &value()?)?,
                ("--engine", _) => arguments.engines = engines(task, &value()?)?,
                ("--strict", _) => arguments.strict = true,
                _ => return Err(format!("unknown argument {name}").into()),
            }
        }
        // That one runs without a server.
        if arguments.server.as_os_str().is_empty() && task != Task::Credentials {
            return Err("--server PATH is missing".into());
        }
        Ok(arguments)
    }
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, Failure> {
    value.parse().map_err(|_| format!("{name} takes a number, not {value}").into())
}

fn engines(task: Task, value: &str) -> Result<Vec<Engine>, Failure> {
    match (value, task) {
        ("sqlite", _) => Ok(vec![Engine::Sqlite]),
        ("postgres", _) => Ok(vec![Engine::Postgres]),
        ("both", Task::SignIn | Task::Credentials) => Ok(vec![Engine::Sqlite, Engine::Postgres]),
        _ => Err(format!("no engine {value}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, Failure> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn both_tasks() {
        let arguments = parse("signin --server x --engine both --seconds 4 --strict").unwrap();
        assert_eq!(arguments.engines, [Engine::Sqlite, Engine::Postgres]);
        assert!(arguments.strict && arguments.duration == Duration::from_secs(4));
        assert_eq!(parse("users --server x --users 3000").unwrap().users, 3000);
        assert_eq!(parse("credentials --engine both").unwrap().engines.len(), 2);
        for bad in [
            "",
            "signin",
            "signin --server x --users 3",
            "users --server x --engine both",
            "users --server x --users z",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
