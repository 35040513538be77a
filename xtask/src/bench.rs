//! `cargo xtask bench` and `cargo xtask fuzz`: build what is needed and hand over to the program that does the work.

use std::process::{Command, ExitCode};

use crate::workspace::{cargo, target};

/// Whether the arguments name a benchmark there is, so that nothing is built for a slip.
pub(crate) fn is_known(arguments: &[String]) -> bool {
    arguments.first().is_some_and(|name| matches!(name.as_str(), "signin" | "users" | "credentials"))
}

/// Builds the release server and the driver, apart, so that features of the one do not get into the other.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let needs_server = arguments.first().is_none_or(|name| name != "credentials");
    let packages: &[&str] = if needs_server { &["stepwell-server", "stepwell-bench"] } else { &["stepwell-bench"] };
    let built =
        packages.iter().all(|package| succeeds(cargo(&["build", "--quiet", "--release", "--package", package])));
    if !built {
        return ExitCode::from(2);
    }
    let release = target().join("release");
    let mut bench = Command::new(release.join("stepwell-bench"));
    bench.args(arguments);
    if needs_server {
        bench.arg("--server").arg(release.join("stepwell"));
    }
    exit_code(bench)
}

/// Runs the fuzz targets in process, on the stable toolchain; unoptimized, so that overflows are found.
pub(crate) fn fuzz(arguments: &[String]) -> ExitCode {
    let mut command = cargo(&["run", "--quiet", "--package", "stepwell-fuzz", "--"]);
    command.args(arguments);
    exit_code(command)
}

fn succeeds(mut command: Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

fn exit_code(mut command: Command) -> ExitCode {
    match command.status() {
        Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2)),
        Err(error) => {
            eprintln!("cannot start {}: {error}", command.get_program().display());
            ExitCode::from(2)
        }
    }
}
