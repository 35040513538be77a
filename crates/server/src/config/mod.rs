//! Configuration: a TOML file, then the environment, then the command line. One file per section; every setting stands in
//! a registry, from which `docs/reference/configuration.md` is made.

pub(crate) mod aws;
pub(crate) mod data;
pub(crate) mod dev;
pub(crate) mod egress;
pub(crate) mod email;
pub(crate) mod identity;
pub(crate) mod identity_pools;
pub(crate) mod kms;
pub(crate) mod limits;
pub(crate) mod log;
pub(crate) mod master_key;
mod passkeys;
pub(crate) mod root;
pub(crate) mod server;
mod setting;
pub(crate) mod sms;
pub(crate) mod threat_protection;
pub(crate) mod triggers;
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
        triggers::SETTINGS,
        kms::SETTINGS,
        egress::SETTINGS,
        passkeys::SETTINGS,
        identity_pools::SETTINGS,
        threat_protection::SETTINGS,
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
    pub(crate) triggers: triggers::Triggers,
    pub(crate) kms: kms::Kms,
    pub(crate) egress: egress::Egress,
    pub(crate) android_apps: Vec<stepwell_core::passkeys::AndroidApp>,
    pub(crate) external_sts: stepwell_core::identity_pools::external_sts::ExternalSts,
    pub(crate) threat_protection: threat_protection::ThreatProtection,
    pub(crate) log: log::Log,
    pub(crate) limits: limits::Limits,
    pub(crate) dev: dev::Dev,
    /// Every setting with the value in force and its source, secrets hidden.
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
        let mut config = Self {
            mode,
            server: server::read(values, mode, dev.allow_remote)?,
            data: data::read(values, mode),
            master_key: master_key::read(values)?,
            identity: identity::read(values)?,
            root: root::read(values)?,
            email: email::read(values)?,
            sms: sms::read(values)?,
            triggers: triggers::read(values)?,
            kms: kms::read(values)?,
            egress: egress::read(values)?,
            android_apps: passkeys::read(values)?,
            external_sts: identity_pools::read(values)?,
            threat_protection: threat_protection::read(values)?,
            log: log::read(values)?,
            limits: limits::read(values, mode)?,
            dev,
            description: Vec::new(),
        };
        let key_file = crate::master_key::default_path(&config);
        let found = if key_file.exists() { "in" } else { "made at first start, in" };
        values.settle("master_key.key", format_args!("{found} {}", key_file.display()));
        config.description = values.describe(mode);
        Ok(config)
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
        let from_environment = "identity.region = eu-north-1 (environment: STEPWELL_REGION)".to_owned();
        assert!(config.description.contains(&from_environment), "{:?}", config.description);
        let from_file = format!("identity.account_id = 123456789012 (file: {})", file.display());
        assert!(config.description.contains(&from_file), "{:?}", config.description);
    }

    #[test]
    fn the_description_says_what_is_in_force() {
        let described = |mode, settings: &[(&'static str, &str)], environment: &[(&str, &str)]| {
            let settings = settings.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
            let environment: Vec<_> =
                environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Config::load(mode, Overrides { file: None, settings }, &environment).unwrap().description
        };
        let has = |lines: &[String], line: &str| assert!(lines.iter().any(|found| found == line), "{line}: {lines:#?}");

        let dev = described(Mode::Dev, &[("server.listen", "localhost:8000")], &[]);
        has(&dev, "server.listen = 127.0.0.1:8000 (flag: --listen)");
        has(&dev, "server.public_url = http://127.0.0.1:8000 (default)");
        has(&dev, "data.dir = ./.stepwell (default)");
        has(&dev, "data.database = sqlite:./.stepwell/stepwell.db (default)");
        has(&dev, "limits.per_user = false (default)");
        has(&dev, "dev.seed = true (default)");

        let mail = [
            ("STEPWELL_SMTP_HOST", "mail.example.com"),
            ("STEPWELL_SMTP_TLS", "implicit"),
            ("STEPWELL_EMAIL_FROM", "a@example.com"),
            ("STEPWELL_DATABASE", "postgres://u:hunter2@db/x"),
            ("STEPWELL_MASTER_KEY", &"ab".repeat(32)),
            ("STEPWELL_REGION", ""),
        ];
        let serve = described(Mode::Serve, &[("data.dir", "/nowhere/data")], &mail);
        has(&serve, "data.dir = /nowhere/data (flag: --data)");
        has(&serve, "data.database = [secret] (environment: STEPWELL_DATABASE)");
        has(&serve, "master_key.key = [secret] (environment: STEPWELL_MASTER_KEY)");
        has(&serve, "email.smtp.port = 465 (default)");
        has(&serve, "identity.region = us-east-1 (default)");
        has(&serve, "limits.per_user = true (default)");
        has(&serve, "server.trusted_proxies = none (default)");
        assert!(!serve.iter().any(|line| line.starts_with("dev.")), "{serve:#?}");
        assert!(!serve.join("").contains("hunter2"));

        let bare = described(Mode::Serve, &[("data.dir", "/nowhere/data")], &[]);
        has(&bare, "master_key.key = made at first start, in /nowhere/data.master-key (default)");
        has(&bare, "email.smtp.port = not set (default)");
        has(&bare, "email.smtp.tls = not set (default)");
        let ses = [
            ("STEPWELL_SES_REGION", "eu-west-1"),
            ("STEPWELL_SES_ACCESS_KEY_ID", "a"),
            ("STEPWELL_SES_SECRET_ACCESS_KEY", "b"),
            ("STEPWELL_EMAIL_FROM", "a@example.com"),
        ];
        has(&described(Mode::Serve, &[], &ses), "email.ses.endpoint = https://email.eu-west-1.amazonaws.com (default)");
        has(&bare, "email.ses.endpoint = not set (default)");
    }

    /// A default in words stands for a value that depends on something; where it is in force, that value is shown.
    #[test]
    fn no_default_is_shown_that_is_not_in_force() {
        for mode in [Mode::Dev, Mode::Serve] {
            for line in Config::load(mode, Overrides::default(), &[]).unwrap().description {
                assert!(!line.contains(" in serve") && !line.contains('<') && !line.contains(" with "), "{line}");
            }
        }
    }
}
