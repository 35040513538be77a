//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::Overrides;

/// Stepwell: an identity service that speaks Amazon Cognito's APIs.
///
/// Without a command it runs `dev`.
#[derive(Debug, Parser)]
#[command(name = "stepwell", version, disable_help_subcommand = true, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) dev: DevArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run on this machine for development: any AWS credentials, a mailbox instead of real mail, a demo pool.
    Dev(DevArgs),
    /// Run for real: signatures verified, real delivery, no development settings.
    Serve(ServeArgs),
    /// Administrators' access keys.
    Keys {
        #[command(flatten)]
        target: TargetArgs,
        #[command(subcommand)]
        action: KeysAction,
    },
    /// The master key.
    MasterKey {
        #[command(subcommand)]
        action: MasterKeyAction,
    },
    /// Check the configuration of `serve`, or with `--dev` that of `dev`, and say what is in force and where it comes from.
    CheckConfig(CheckArgs),
}

/// Options of `dev`.
#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Listen here; HTTPS is on the next port.
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    #[command(flatten)]
    data: DataArgs,
    /// Do not put a demo pool into an empty database.
    #[arg(long)]
    no_seed: bool,
    /// Let other machines in. Anybody who reaches the port is administrator.
    #[arg(long)]
    allow_remote: bool,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Listen here.
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    #[command(flatten)]
    data: DataArgs,
}

/// Options of `check-config`: those of the command whose configuration is checked.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    serve: ServeArgs,
    /// Check the configuration of `stepwell dev`.
    #[arg(long)]
    pub(crate) dev: bool,
}

/// Where the configuration is.
#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// A TOML file; see docs/reference/configuration.md.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Where the data is.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Another database: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// Options of commands that work on the data of `serve`, or with `--dev` on that of `dev`. They may stand anywhere after the
/// command.
#[derive(Debug, Args)]
pub(crate) struct TargetArgs {
    /// A TOML file; see docs/reference/configuration.md.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Another database: sqlite:PATH or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// Work on the data of `stepwell dev`.
    #[arg(long, global = true)]
    pub(crate) dev: bool,
}

/// What to do with access keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysAction {
    /// Make an access key and show its secret, once.
    Create {
        /// The IAM user it is for; the administrator if not given.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// What it is for.
        #[arg(long, default_value = "")]
        description: String,
    },
    /// List the access keys, without their secrets.
    List,
    /// Delete an access key; it stops working at once.
    Delete {
        /// Its id.
        access_key_id: String,
    },
}

/// What to do with the master key.
#[derive(Debug, Subcommand)]
pub(crate) enum MasterKeyAction {
    /// Wrap all pool keys under a new master key. Stop all nodes first.
    Rotate {
        #[command(flatten)]
        target: TargetArgs,
        /// File with the new master key (32 bytes in base64 or hexadecimal); it is made if it does not exist.
        #[arg(long, value_name = "FILE")]
        new_key_file: PathBuf,
    },
}

impl DevArgs {
    /// As settings.
    pub(crate) fn overrides(self) -> Overrides {
        let mut settings = self.data.settings();
        settings.extend(self.listen.map(|listen| ("server.listen", listen)));
        settings.extend(self.no_seed.then(|| ("dev.seed", "false".to_owned())));
        settings.extend(self.allow_remote.then(|| ("dev.allow_remote", "true".to_owned())));
        Overrides { file: self.file.config, settings }
    }
}

impl ServeArgs {
    /// As settings.
    pub(crate) fn overrides(self) -> Overrides {
        let mut settings = self.data.settings();
        settings.extend(self.listen.map(|listen| ("server.listen", listen)));
        Overrides { file: self.file.config, settings }
    }
}

impl CheckArgs {
    /// As settings.
    pub(crate) fn overrides(self) -> Overrides {
        self.serve.overrides()
    }
}

impl TargetArgs {
    /// As settings.
    pub(crate) fn overrides(self) -> Overrides {
        let data = DataArgs { data: self.data, database: self.database };
        Overrides { file: self.config, settings: data.settings() }
    }
}

impl DataArgs {
    fn settings(self) -> Vec<(&'static str, String)> {
        let dir = self.data.map(|dir| ("data.dir", dir.to_string_lossy().into_owned()));
        dir.into_iter().chain(self.database.map(|url| ("data.database", url))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn no_command_is_dev() {
        let cli = Cli::try_parse_from(["stepwell", "--no-seed", "--listen", "127.0.0.1:1234"]).unwrap();
        assert!(cli.command.is_none());
        let settings = cli.dev.overrides().settings;
        assert!(settings.contains(&("dev.seed", "false".to_owned())));
        assert!(settings.contains(&("server.listen", "127.0.0.1:1234".to_owned())));
        assert!(Cli::try_parse_from(["stepwell", "serve", "--no-seed"]).is_err());
        assert!(
            Cli::try_parse_from(["stepwell", "check-config", "--dev", "--listen", "localhost:1", "--data", "x"])
                .is_ok()
        );
        assert!(Cli::try_parse_from(["stepwell", "keys", "create", "--data", "/x", "--description", "ci"]).is_ok());
    }
}
