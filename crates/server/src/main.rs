//! The binary `stepwell`.

mod access_keys;
mod background;
mod breaches;
mod cli;
mod clock;
mod commands;
mod config;
mod delivery;
mod dev_pages;
mod egress;
mod files;
mod front_page;
mod geo;
mod health;
mod host_guard;
mod kms;
mod listen;
mod logging;
mod master_key;
mod outbound;
mod outside;
mod page_limits;
mod rng;
mod routes;
mod screen;
mod seed;
mod start;
mod triggers;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command, MasterKeyAction, TargetArgs};
use config::{Config, ConfigError, Mode, Overrides};
use start::StartError;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(text) => {
            // Whoever closed the output does not want the text.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "stepwell: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a command; returns what is left to print on standard output.
fn run(cli: Cli) -> Result<String, StartError> {
    let command = cli.command.unwrap_or(Command::Dev(cli.dev));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| StartError::new(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        match command {
            Command::Dev(args) => commands::dev::run(load(Mode::Dev, args.overrides())?).await.map(|()| String::new()),
            Command::Serve(args) => {
                commands::serve::run(load(Mode::Serve, args.overrides())?).await.map(|()| String::new())
            }
            Command::Keys { target, action } => commands::keys::run(&load_target(target)?, action).await,
            Command::MasterKey { action: MasterKeyAction::Rotate { target, new_key_file } } => {
                commands::master_key::rotate(&load_target(target)?, &new_key_file).await
            }
            Command::CheckConfig(args) => {
                let mode = if args.dev { Mode::Dev } else { Mode::Serve };
                commands::check_config::run(&load(mode, args.overrides())?)
            }
        }
    })
}

fn load_target(target: TargetArgs) -> Result<Config, ConfigError> {
    let mode = if target.dev { Mode::Dev } else { Mode::Serve };
    load(mode, target.overrides())
}

/// Reads the configuration and starts the log.
fn load(mode: Mode, overrides: Overrides) -> Result<Config, ConfigError> {
    // Variables that are not text cannot be ours: names and values of settings are.
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let config = Config::load(mode, overrides, &environment)?;
    logging::start(config.log);
    Ok(config)
}
