//! Configuration: a TOML file, then the environment, then the command line. One file per section; every setting stands in
//! a registry, from which `docs/reference/configuration.md` is made.

pub(crate) mod aws;
pub(crate) mod data;
pub(crate) mod dev;
pub(crate) mod email;
pub(crate) mod identity;
pub(crate) mod limits;
pub(crate) mod log;
pub(crate) mod master_key;
pub(crate) mod root;
pub(crate) mod server;
mod setting;
pub(crate) mod sms;
mod values;

#[cfg(test)]
mod reference;

use std::path::PathBuf;
use std::sync::LazyLock;

use zeroize::Zeroizing;

use setting::Setting;
pub(crate) use values::ConfigError;
use values::{CONFIG_FILE_ENV, Values};

/// Every setting there is, section by section.
static SETTINGS: LazyLock<Vec<&'static Setting>> = LazyLock::new(|| {
    [
        server::SETTINGS,
        data::SETTINGS,
        master_key::SETTINGS,
        identity::SETTINGS,
        root::SETTINGS,
        email::SETTINGS,
        sms::SETTINGS,
        log::SETTINGS,
        limits::SETTINGS,
        dev::SETTINGS,
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// The two ways to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// `stepwell dev`.
    Dev,
    /// `stepwell serve`.
    Serve,
}

/// The whole configuration, checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) mode: Mode,
    pub(crate) server: server::Server,
    pub(crate) data: data::Data,
    pub(crate) master_key: Option<Zeroizing<[u8; 32]>>,
    pub(crate) identity: identity::Identity,
    pub(crate) root: Option<root::RootKey>,
    pub(crate) email: email::Email,
    pub(crate) sms: sms::Sms,
    pub(crate) log: log::Log,
    pub(crate) limits: limits::Limits,
    pub(crate) dev: dev::Dev,
    /// Every setting with its value and source, secrets hidden.
    pub(crate) description: Vec<String>,
}

/// What the command line says about the configuration.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    /// The configuration file.
    pub(crate) file: Option<PathBuf>,
    /// Settings by key.
    pub(crate) settings: Vec<(&'static str, String)>,
}

impl Config {
    /// Gathers and checks the configuration.
    pub(crate) fn load(
        mode: Mode,
        overrides: Overrides,
        environment: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        let mut values = Values::default();
        let from_environment = || {
            let given = environment.iter().find(|(name, value)| name == CONFIG_FILE_ENV && !value.is_empty());
            given.map(|(_, value)| PathBuf::from(value))
        };
        if let Some(file) = overrides.file.or_else(from_environment) {
            values.add_file(&file)?;
        }
        values.add_environment(environment.iter().cloned())?;
        for (key, value) in overrides.settings {
            values.add_option(key, value)?;
        }
        Self::read(mode, &values)
    }

    fn read(mode: Mode, values: &Values) -> Result<Self, ConfigError> {
        if mode == Mode::Serve
            && let Some(key) = values.dev_settings().next()
        {
            return Err(values.error(key, "is a setting of `stepwell dev`; `stepwell serve` refuses it"));
        }
        let dev = dev::read(values);
        Ok(Self {
            mode,
            server: server::read(values, mode, dev.allow_remote)?,
            data: data::read(values, mode),
            master_key: master_key::read(values)?,
            identity: identity::read(values)?,
            root: root::read(values)?,
            email: email::read(values)?,
            sms: sms::read(values)?,
            log: log::read(values)?,
            limits: limits::read(values, mode)?,
            dev,
            description: values.describe(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_follow_the_form() {
        let mut keys = std::collections::HashSet::new();
        for setting in SETTINGS.iter() {
            assert!(keys.insert(setting.key) && keys.insert(setting.env), "{} twice", setting.key);
            assert!(setting.env.starts_with("STEPWELL_"), "{}", setting.env);
            assert!(setting.doc.ends_with(['.', '*']), "{}", setting.key);
        }
    }

    #[test]
    fn serve_refuses_dev_settings() {
        for key in ["dev.seed", "dev.allow_remote", "dev.aws_hostnames"] {
            let with = |mode| {
                let settings = vec![(key, "false".to_owned())];
                Config::load(mode, Overrides { file: None, settings }, &[])
            };
            assert!(with(Mode::Serve).unwrap_err().to_string().contains("refuses"), "{key}");
            assert!(with(Mode::Dev).is_ok(), "{key}");
        }
    }

    #[test]
    fn file_then_environment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stepwell.toml");
        std::fs::write(&file, "[identity]\nregion = \"eu-west-1\"\naccount_id = \"123456789012\"\n").unwrap();
        let environment = [
            ("STEPWELL_CONFIG".to_owned(), file.display().to_string()),
            ("STEPWELL_REGION".to_owned(), "eu-north-1".to_owned()),
        ];
        let config = Config::load(Mode::Serve, Overrides::default(), &environment).unwrap();
        assert_eq!(config.identity.region, "eu-north-1");
        assert_eq!(config.identity.account_id, "123456789012");
        assert!(config.description.contains(&"identity.region = eu-north-1 (STEPWELL_REGION)".to_owned()));
        assert!(config.description.contains(&"identity.account_id = 123456789012 (file)".to_owned()));
    }
}
