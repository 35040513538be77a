//! `cargo xtask test`: installs what the tests need, runs all of them and counts.
//!
//! Everything a test starts (server, PostgreSQL, browser) lives in a temporary folder on a free port of the loopback
//! interface and is ended by its process id. The last line printed is `N passed, N failed`.

mod cluster;
mod install;
mod report;
mod run;
mod suites;

use std::process::ExitCode;

use report::Report;
use suites::{Engine, Suite};

/// What the command line asked for.
struct Plan {
    suites: Vec<Suite>,
    engines: Vec<Engine>,
    /// Handed on to the test runner of the one suite selected, for example `-k lockout`.
    extra: Vec<String>,
}

/// Runs the selected suites and prints the table and the final count.
pub(crate) fn run(args: &[String]) -> ExitCode {
    let plan = match parse(args) {
        Ok(plan) => plan,
        Err(message) => {
            eprintln!("cargo xtask test: {message}");
            return ExitCode::from(2);
        }
    };
    let mut report = Report::default();
    suites::run(&plan.suites, &plan.engines, &plan.extra, &mut report);
    report.print();
    if report.succeeded() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(args: &[String]) -> Result<Plan, String> {
    let mut plan = Plan { suites: Vec::new(), engines: Vec::new(), extra: Vec::new() };
    let mut rest = args.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--engine" => {
                let name = rest.next().ok_or("--engine needs a value: sqlite or postgres")?;
                plan.engines.push(Engine::parse(name)?);
            }
            "--" => plan.extra.extend(rest.by_ref().cloned()),
            option if option.starts_with('-') => {
                return Err(format!("no option `{option}`; `cargo xtask test --help` says what there is"));
            }
            name => plan.suites.push(Suite::parse(name)?),
        }
    }
    if plan.suites.is_empty() {
        plan.suites = Suite::EVERY_RUN.to_vec();
    }
    if plan.engines.is_empty() {
        plan.engines = vec![Engine::Sqlite, Engine::Postgres];
    }
    if !plan.extra.is_empty() && plan.suites.len() != 1 {
        return Err("arguments after `--` need exactly one suite".to_owned());
    }
    Ok(plan)
}
