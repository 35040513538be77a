//! The benchmarks: a server in a process of its own, driven over HTTP from this one, its CPU time set against the
//! cryptographic work that no implementation can leave out. Started by `cargo xtask bench`, which builds both.
//!
//! ```text
//! stepwell-bench signin --server PATH [--engine sqlite|postgres|both] [--seconds N] [--connections N] [--strict]
//! stepwell-bench users  --server PATH [--engine sqlite|postgres] [--users N] [--seconds N] [--connections N] [--strict]
//! stepwell-bench credentials [--engine sqlite|postgres|both] [--seconds N] [--strict]
//! ```
//!
//! `docs/reference/performance.md` says what each figure means.

mod arguments;
mod credentials;
mod features;
mod floor;
mod http;
mod load;
mod populate;
mod report;
mod server;
mod signin;
mod srp_client;
mod startup;
mod target;
mod users;

use std::process::ExitCode;

use arguments::{Arguments, Task};

/// Why a benchmark could not be run; for a person to read.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let outcome = Arguments::parse(std::env::args().skip(1)).and_then(|arguments| {
        let met = match arguments.task {
            Task::SignIn => signin::run(&arguments)?,
            Task::Users => users::run(&arguments)?,
            Task::Credentials => credentials::run(&arguments)?,
        };
        Ok(met || !arguments.strict)
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}
