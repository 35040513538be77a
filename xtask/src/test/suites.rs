//! The suites, in the order in which they run.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    cluster::Cluster,
    install,
    report::Report,
    run::{Runner, counted},
};
use crate::workspace::{cargo, root, target};

/// A part of the tests that can be asked for by name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Suite {
    Rust,
    Python,
    Js,
    Browser,
    /// The short form of `cargo xtask bench users`: thousands of users instead of a million. What it measures is no test.
    Users,
    /// The long form of the `kill -9` test: 50 kills on each engine.
    Kills,
}

impl Suite {
    /// What runs when nothing is named. The long form of the kills is asked for by name.
    pub(super) const EVERY_RUN: [Self; 5] = [Self::Rust, Self::Python, Self::Js, Self::Browser, Self::Users];

    /// Reads a suite's name.
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        match name {
            "rust" => Ok(Self::Rust),
            "python" => Ok(Self::Python),
            "js" => Ok(Self::Js),
            "browser" => Ok(Self::Browser),
            "users" => Ok(Self::Users),
            "kills" => Ok(Self::Kills),
            _ => Err(format!("no suite `{name}`; there are rust, python, js, browser, users, kills")),
        }
    }
}

/// A database engine to run the black-box suites on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// Reads an engine's name.
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        match name {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            _ => Err(format!("no engine `{name}`; there are sqlite and postgres")),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// What the black-box suites share.
struct Bench {
    python: PathBuf,
    postgres_bin: PathBuf,
    cluster: Option<Cluster>,
    binary: PathBuf,
}

/// Runs the suites in order.
pub(super) fn run(suites: &[Suite], engines: &[Engine], extra: &[String], report: &mut Report) {
    if suites.contains(&Suite::Rust) {
        rust(extra, report);
    }
    let on_engines = suites.iter().any(|suite| matches!(suite, Suite::Python | Suite::Js | Suite::Kills));
    let postgres = if on_engines && engines.contains(&Engine::Postgres) { start_postgres(report) } else { None };
    if suites.iter().any(|suite| *suite != Suite::Rust)
        && let Some(bench) = bench(postgres, report)
    {
        for suite in suites {
            bench.run(*suite, engines, extra, report);
        }
    }
}

fn start_postgres(report: &mut Report) -> Option<(Cluster, PathBuf)> {
    let started = install::postgres().and_then(|bin| Ok((Cluster::start(&install::python()?, &bin)?, bin)));
    match started {
        Ok(started) => Some(started),
        Err(error) => {
            report.failed("postgresql", &error);
            None
        }
    }
}

/// Formatting, generated code, lints, and the tests of every crate. The store's conformance suite starts a PostgreSQL of
/// its own.
fn rust(extra: &[String], report: &mut Report) {
    if let Err(error) = install::postgres() {
        report.failed("postgresql", &error);
    }
    if extra.is_empty() {
        counted(report, "cargo fmt --check", Runner::Check, &mut cargo(&["fmt", "--all", "--check"]));
        // A Cargo project of its own, which `test_rust_sdk.py` builds and runs.
        let client = ["fmt", "--check", "--manifest-path", "tests/rust-sdk/Cargo.toml"];
        counted(report, "cargo fmt --check, Rust SDK", Runner::Check, &mut cargo(&client));
        counted(report, "cargo xtask codegen --check", Runner::Check, &mut cargo(&["xtask", "codegen", "--check"]));
        counted(
            report,
            "cargo clippy",
            Runner::Check,
            &mut cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        );
    }
    let mut tests = cargo(&["test", "--quiet", "--workspace", "--no-fail-fast"]);
    tests.args(extra);
    counted(report, "cargo test", Runner::Cargo, &mut tests);
    if extra.is_empty() {
        counted(report, "fuzz, short", Runner::Check, &mut cargo(&["xtask", "fuzz", "--seconds", "14"]));
    }
}

/// Builds the server as it is shipped and installs what the black-box suites need.
fn bench(postgres: Option<(Cluster, PathBuf)>, report: &mut Report) -> Option<Bench> {
    let mut build = cargo(&["build", "--quiet", "--release", "--package", "stepwell-server", "--bin", "stepwell"]);
    if !counted(report, "release build", Runner::Check, &mut build) {
        return None;
    }
    let python = match install::python() {
        Ok(python) => python,
        Err(error) => {
            report.failed("python packages", &error);
            return None;
        }
    };
    let (cluster, postgres_bin) = postgres.map_or((None, PathBuf::new()), |(cluster, bin)| (Some(cluster), bin));
    Some(Bench { python, postgres_bin, cluster, binary: target().join("release/stepwell") })
}

impl Bench {
    fn run(&self, suite: Suite, engines: &[Engine], extra: &[String], report: &mut Report) {
        match suite {
            Suite::Rust => {}
            Suite::Browser => self.browser(extra, report),
            Suite::Users => {
                let mut bench = cargo(&["run", "--quiet", "--package", "stepwell-bench", "--", "users"]);
                bench.args(["--users", "5000", "--seconds", "1", "--server"]).arg(&self.binary);
                counted(report, suite.title(), Runner::Check, &mut bench);
            }
            Suite::Python | Suite::Js | Suite::Kills => {
                for engine in engines {
                    if *engine == Engine::Postgres && self.cluster.is_none() {
                        report.failed(&format!("{} postgres", suite.title()), "no PostgreSQL to run on");
                    } else {
                        self.on_engine(suite, *engine, extra, report);
                    }
                }
            }
        }
    }

    fn on_engine(&self, suite: Suite, engine: Engine, extra: &[String], report: &mut Report) {
        let name = format!("{} {}", suite.title(), engine.name());
        match suite {
            Suite::Kills => {
                let mut pytest = self.pytest(engine, extra);
                pytest.args(["test_kill.py", "--kills", "50", "-s"]);
                counted(report, &name, Runner::Pytest, &mut pytest);
            }
            Suite::Js => self.node(&name, engine, &root().join("tests/js"), extra, &[], report),
            _ => {
                counted(report, &name, Runner::Pytest, &mut self.pytest(engine, extra));
            }
        }
    }

    fn pytest(&self, engine: Engine, extra: &[String]) -> Command {
        let mut command = Command::new(&self.python);
        command.args(["-m", "pytest", "--engine", engine.name()]).args(extra);
        command.current_dir(root().join("tests/python")).env("PYTHONDONTWRITEBYTECODE", "1");
        self.environment(&mut command);
        command
    }

    /// Node's test runner over the `*.test.js` files of one folder.
    fn node(
        &self,
        name: &str,
        engine: Engine,
        folder: &Path,
        extra: &[String],
        variables: &[(&str, &Path)],
        report: &mut Report,
    ) {
        if let Err(error) = install::node() {
            report.failed(name, &error);
            return;
        }
        let mut files: Vec<PathBuf> = folder
            .read_dir()
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with(".test.js"))
            .collect();
        files.sort();
        let mut command = Command::new("node");
        // One file at a time: two cores, and a server per file.
        command.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]).args(extra).args(files);
        command.current_dir(folder).env("STEPWELL_TEST_ENGINE", engine.name());
        for (variable, value) in variables {
            command.env(variable, value);
        }
        self.environment(&mut command);
        counted(report, name, Runner::Node, &mut command);
    }

    fn browser(&self, extra: &[String], report: &mut Report) {
        match install::chromium() {
            Ok(chromium) => {
                let folder = root().join("tests/browser");
                let variables: [(&str, &Path); 1] = [("STEPWELL_TEST_CHROMIUM", &chromium)];
                self.node("browser", Engine::Sqlite, &folder, extra, &variables, report);
            }
            Err(error) => report.failed("browser", &error),
        }
    }

    fn environment(&self, command: &mut Command) {
        command.env("STEPWELL_TEST_BINARY", &self.binary).env("STEPWELL_TEST_POSTGRES_BIN", &self.postgres_bin);
        if let Some(cluster) = &self.cluster {
            command.env("STEPWELL_TEST_POSTGRES", &cluster.url);
        }
    }
}

impl Suite {
    fn title(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Js => "js",
            Self::Browser => "browser",
            Self::Users => "thousands of users",
            Self::Kills => "kills",
        }
    }
}
