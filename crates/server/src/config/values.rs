//! The values of settings, gathered from a file, the environment and the command line; the last one wins. Unknown names
//! are refused, with the nearest known one suggested.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use stepwell_core::SecretString;

use super::setting::{Kind, Setting};
use super::{Mode, SETTINGS};

/// What every environment variable of ours begins with.
const PREFIX: &str = "STEPWELL_";
/// The one variable that is not a setting: the path of the configuration file.
pub(crate) const CONFIG_FILE_ENV: &str = "STEPWELL_CONFIG";
/// What the variables of the project's own tests begin with; they are nobody's settings.
const TEST_PREFIX: &str = "STEPWELL_TEST_";
/// How many letters may be wrong in a name for it to be taken as a slip.
const SLIPS: usize = 3;

/// Why the configuration cannot be used. Says which setting, where it came from and what is wrong; never a secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConfigError(String);

impl ConfigError {
    /// An error with this text.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The configuration file at this path.
    File(String),
    /// The environment variable of this name.
    Environment(String),
    /// The option of the command line for the setting.
    Flag,
}

/// The option of the command line that gives a setting.
fn flag(key: &str) -> &'static str {
    match key {
        "server.listen" => "--listen",
        "data.dir" => "--data",
        "data.database" => "--database",
        "dev.seed" => "--no-seed",
        "dev.allow_remote" => "--allow-remote",
        _ => "the command line",
    }
}

/// A value as it was given.
#[derive(Clone)]
enum Raw {
    Text(SecretString),
    Number(i64),
    Switch(bool),
    List(Vec<String>),
}

struct Value {
    source: Source,
    raw: Raw,
}

/// All values that were given, and what came of them.
#[derive(Default)]
pub(crate) struct Values {
    given: BTreeMap<&'static str, Value>,
    /// What is in force where that is not just what was given. Noted by whoever applies a default, so that the two agree.
    in_force: RefCell<BTreeMap<String, String>>,
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.given.keys()).finish()
    }
}

impl Values {
    /// Reads a TOML file.
    pub(crate) fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::new(format!("cannot read {}: {error}", path.display())))?;
        let name = path.display().to_string();
        self.add_toml(&name, &text).map_err(|error| ConfigError::new(format!("{name}: {error}")))
    }

    fn add_toml(&mut self, file: &str, text: &str) -> Result<(), ConfigError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // The parser's own text quotes the line, which may hold a secret.
            let line = error.span().map_or(0, |span| text.get(..span.start).unwrap_or("").matches('\n').count() + 1);
            ConfigError::new(format!("line {line}: {}", error.message()))
        })?;
        let mut found = Vec::new();
        flatten("", table, &mut found);
        for (key, value) in found {
            let name = format!("the file's `{key}`");
            if let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) {
                let raw = from_toml(setting, value).ok_or_else(|| wrong_kind(&name, setting))?;
                self.insert(setting, Source::File(file.to_owned()), raw);
            } else if let Some(setting) = SETTINGS.iter().find(|s| s.secret && key == format!("{}_file", s.key)) {
                let toml::Value::String(path) = value else { return Err(wrong_kind(&name, setting)) };
                let secret = read_secret(&name, Path::new(&path))?;
                self.insert(setting, Source::File(file.to_owned()), Raw::Text(secret));
            } else {
                let known = SETTINGS
                    .iter()
                    .flat_map(|s| std::iter::once(s.key.to_owned()).chain(s.secret.then(|| format!("{}_file", s.key))));
                return Err(unknown(&format!("setting `{key}`"), &key, known));
            }
        }
        Ok(())
    }

    /// Reads the environment: everything that begins with `STEPWELL_` must be a setting, but for `STEPWELL_TEST_…`.
    pub(crate) fn add_environment(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        for (name, value) in variables {
            if !name.starts_with(PREFIX) || name.starts_with(TEST_PREFIX) || name == CONFIG_FILE_ENV {
                continue;
            }
            if let Some(setting) = SETTINGS.iter().find(|setting| setting.env == name) {
                let raw = from_text(setting, value).ok_or_else(|| wrong_kind(&name, setting))?;
                self.insert(setting, Source::Environment(name), raw);
            } else if let Some(setting) = SETTINGS.iter().find(|s| s.secret && name == format!("{}_FILE", s.env)) {
                let secret = read_secret(&name, Path::new(&value))?;
                self.insert(setting, Source::Environment(name), Raw::Text(secret));
            } else {
                let known = SETTINGS
                    .iter()
                    .flat_map(|s| std::iter::once(s.env.to_owned()).chain(s.secret.then(|| format!("{}_FILE", s.env))));
                let known = known.chain(std::iter::once(CONFIG_FILE_ENV.to_owned()));
                return Err(unknown(&format!("environment variable {name}"), &name, known));
            }
        }
        Ok(())
    }

    /// Takes a value from an option of the command line.
    pub(crate) fn add_option(&mut self, key: &str, value: String) -> Result<(), ConfigError> {
        let setting =
            SETTINGS.iter().find(|s| s.key == key).ok_or_else(|| ConfigError::new(format!("no setting `{key}`")))?;
        let raw = from_text(setting, value).ok_or_else(|| wrong_kind(flag(key), setting))?;
        self.insert(setting, Source::Flag, raw);
        Ok(())
    }

    fn insert(&mut self, setting: &'static Setting, source: Source, raw: Raw) {
        self.given.insert(setting.key, Value { source, raw });
    }

    /// The name under which the value of `key` was given, for errors.
    pub(crate) fn name(&self, key: &str) -> String {
        match self.source(key) {
            Some(Source::Environment(variable)) => variable.clone(),
            Some(Source::Flag) => flag(key).to_owned(),
            Some(Source::File(_)) | None => format!("`{key}`"),
        }
    }

    /// Where the value of `key` came from; none if it has its default. An empty text counts as not given.
    fn source(&self, key: &str) -> Option<&Source> {
        let value = self.given.get(key)?;
        let is_empty = matches!(&value.raw, Raw::Text(text) if text.is_empty());
        (!is_empty).then_some(&value.source)
    }

    /// Where the value of `key` came from, in words.
    fn origin(&self, key: &str) -> String {
        match self.source(key) {
            None => "default".to_owned(),
            Some(Source::File(path)) => format!("file: {path}"),
            Some(Source::Environment(variable)) => format!("environment: {variable}"),
            Some(Source::Flag) => format!("flag: {}", flag(key)),
        }
    }

    /// Notes what is in force for `key`: a default, or a given value in another form. Not a secret.
    pub(crate) fn settle(&self, key: &str, value: impl fmt::Display) {
        self.in_force.borrow_mut().insert(key.to_owned(), value.to_string());
    }

    /// Every setting of this way to run: what is in force, and where it came from; no secrets.
    pub(crate) fn describe(&self, mode: Mode) -> Vec<String> {
        let in_force = self.in_force.borrow();
        let describe = |setting: &&'static Setting| {
            let given = self.as_given(setting);
            let value = match (in_force.get(setting.key), given) {
                (_, Some(given)) if setting.secret => given,
                (Some(settled), _) => settled.clone(),
                (None, Some(given)) => given,
                // A number or switch that nothing read, or a text that has no default.
                (None, None) if matches!(setting.kind, Kind::Number | Kind::Switch) || setting.default.is_empty() => {
                    "not set".to_owned()
                }
                (None, None) => setting.default.replace('`', ""),
            };
            format!("{} = {value} ({})", setting.key, self.origin(setting.key))
        };
        SETTINGS.iter().filter(|setting| mode == Mode::Dev || !setting.dev_only).map(describe).collect()
    }

    /// The value of `key` as it was given, for showing; none if it has its default. Never a secret.
    fn as_given(&self, setting: &Setting) -> Option<String> {
        self.source(setting.key)?;
        let value = self.given.get(setting.key)?;
        Some(match &value.raw {
            _ if setting.secret => "[secret]".to_owned(),
            Raw::Text(text) => text.as_str().to_owned(),
            Raw::Number(number) => number.to_string(),
            Raw::Switch(on) => on.to_string(),
            Raw::List(items) => items.join(", "),
        })
    }

    /// An error about the value of `key`.
    pub(crate) fn error(&self, key: &str, problem: impl fmt::Display) -> ConfigError {
        ConfigError::new(format!("{}: {problem}", self.name(key)))
    }

    /// The settings that were given and are for `stepwell dev` alone.
    pub(crate) fn dev_settings(&self) -> impl Iterator<Item = &'static str> + '_ {
        SETTINGS
            .iter()
            .filter(|setting| setting.dev_only && self.given.contains_key(setting.key))
            .map(|setting| setting.key)
    }

    /// A text; an empty one counts as not given.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match &self.given.get(key)?.raw {
            Raw::Text(text) => Some(text.as_str()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// A text, or what stands for it where it was not given.
    pub(crate) fn text_or<'a>(&'a self, key: &str, default: &'a str) -> &'a str {
        self.text(key).unwrap_or_else(|| {
            self.settle(key, default);
            default
        })
    }

    /// A secret text; an empty one counts as not given.
    pub(crate) fn secret(&self, key: &str) -> Option<SecretString> {
        self.text(key).map(SecretString::from)
    }

    /// A number within bounds.
    pub(crate) fn number<T>(&self, key: &str, default: T, bounds: std::ops::RangeInclusive<T>) -> Result<T, ConfigError>
    where
        T: TryFrom<i64> + PartialOrd + fmt::Display,
    {
        let Some(Raw::Number(number)) = self.given.get(key).map(|value| &value.raw) else {
            self.settle(key, &default);
            return Ok(default);
        };
        T::try_from(*number).ok().filter(|number| bounds.contains(number)).ok_or_else(|| {
            self.error(key, format_args!("must be a number from {} to {}", bounds.start(), bounds.end()))
        })
    }

    /// A switch.
    pub(crate) fn switch(&self, key: &str, default: bool) -> bool {
        if let Some(Raw::Switch(on)) = self.given.get(key).map(|value| &value.raw) {
            return *on;
        }
        self.settle(key, default);
        default
    }

    /// A list; empty if not given.
    pub(crate) fn list(&self, key: &str) -> &[String] {
        match self.given.get(key).map(|value| &value.raw) {
            Some(Raw::List(items)) => items,
            _ => &[],
        }
    }
}

/// Turns nested tables into dotted keys.
fn flatten(prefix: &str, table: toml::Table, found: &mut Vec<(String, toml::Value)>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, found),
            value => found.push((key, value)),
        }
    }
}

fn from_toml(setting: &Setting, value: toml::Value) -> Option<Raw> {
    match (setting.kind, value) {
        (Kind::Text, toml::Value::String(text)) => Some(Raw::Text(text.into())),
        (Kind::Number, toml::Value::Integer(number)) => Some(Raw::Number(number)),
        (Kind::Switch, toml::Value::Boolean(on)) => Some(Raw::Switch(on)),
        (Kind::List, toml::Value::Array(items)) => items
            .into_iter()
            .map(|item| if let toml::Value::String(text) = item { Some(text) } else { None })
            .collect::<Option<Vec<_>>>()
            .map(Raw::List),
        _ => None,
    }
}

fn from_text(setting: &Setting, text: String) -> Option<Raw> {
    match setting.kind {
        Kind::Text => Some(Raw::Text(text.into())),
        Kind::Number => text.trim().parse().ok().map(Raw::Number),
        Kind::Switch => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => Some(Raw::Switch(true)),
            "false" | "0" | "off" | "no" => Some(Raw::Switch(false)),
            _ => None,
        },
        Kind::List => {
            Some(Raw::List(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()))
        }
    }
}

/// Reads a secret from a file, without the line end that editors add.
fn read_secret(name: &str, path: &Path) -> Result<SecretString, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::new(format!("{name}: cannot read {}: {error}", path.display())))?;
    let text = SecretString::from(text);
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
}

fn wrong_kind(name: &str, setting: &Setting) -> ConfigError {
    ConfigError::new(format!("{name} must be a {}. {}", setting.kind.name(), setting.doc))
}

fn unknown(what: &str, name: &str, known: impl Iterator<Item = String>) -> ConfigError {
    let distances = known.map(|candidate| (strsim::damerau_levenshtein(name, &candidate), candidate));
    let hint = match distances.min() {
        Some((distance, nearest)) if distance <= SLIPS => format!("did you mean {nearest}?"),
        _ => "all settings are in docs/reference/configuration.md".to_owned(),
    };
    ConfigError::new(format!("there is no {what}; {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Result<Values, ConfigError> {
        let mut values = Values::default();
        values.add_environment(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))?;
        Ok(values)
    }

    #[test]
    fn unknown_names_are_refused_with_the_nearest() {
        let error = Values::default().add_toml("f", "[server]\nlissen = \"127.0.0.1:1\"").unwrap_err();
        assert_eq!(error.to_string(), "there is no setting `server.lissen`; did you mean server.listen?");
        let error = environment(&[("STEPWELL_LISTN", "x")]).unwrap_err();
        assert_eq!(error.to_string(), "there is no environment variable STEPWELL_LISTN; did you mean STEPWELL_LISTEN?");
        let ours = [("PATH", "x"), ("STEPWELL_CONFIG", "y"), ("STEPWELL_TEST_BINARY", "z"), ("STEPWELL_TEST_X", "")];
        assert!(environment(&ours).unwrap().given.is_empty());
        // What is like nothing there is gets no silly suggestion.
        for far in ["STEPWELL_POOL_NAME", "STEPWELL_LISTEN_FILE", "STEPWELL_TESTING"] {
            let error = environment(&[(far, "x")]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("there is no environment variable {far}; ")), "{error}");
            assert!(!error.contains("did you mean") && error.contains("configuration.md"), "{error}");
        }
    }

    #[test]
    fn later_sources_win() {
        let mut values = Values::default();
        values.add_toml("f", "[server]\nlisten = \"a\"\nbody_limit = 5\n[email.smtp]\nhost = \"h\"").unwrap();
        values.add_environment([("STEPWELL_LISTEN".to_owned(), "b".to_owned())]).unwrap();
        assert_eq!(values.text("server.listen"), Some("b"));
        values.add_option("server.listen", "c".to_owned()).unwrap();
        assert_eq!(values.text("server.listen"), Some("c"));
        assert_eq!(values.text("email.smtp.host"), Some("h"));
        assert!(values.number("server.body_limit", 1_u64, 10..=20).is_err());
    }

    #[test]
    fn wrong_kinds_are_refused() {
        assert!(Values::default().add_toml("f", "[server]\nlisten = 5").is_err());
        assert!(Values::default().add_toml("f", "server = 5").is_err());
        assert!(environment(&[("STEPWELL_BODY_LIMIT", "many")]).is_err());
        assert!(environment(&[("STEPWELL_LIMITS_PER_ADDRESS", "perhaps")]).is_err());
    }

    #[test]
    fn secrets_come_from_files_and_are_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "hunter2\n").unwrap();
        let values = environment(&[("STEPWELL_SMTP_PASSWORD_FILE", path.to_str().unwrap())]).unwrap();
        assert_eq!(values.secret("email.smtp.password").unwrap().as_str(), "hunter2");
        let setting = SETTINGS.iter().find(|setting| setting.key == "email.smtp.password").unwrap();
        assert_eq!(values.as_given(setting).as_deref(), Some("[secret]"));
        assert_eq!(values.origin(setting.key), "environment: STEPWELL_SMTP_PASSWORD_FILE");
        assert!(!format!("{values:?}").contains("hunter2"));
        // Also not by way of a syntax error on its line.
        let error = Values::default().add_toml("f", "[email.smtp]\npassword = \"hunter2").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
        assert!(environment(&[("STEPWELL_LISTEN_FILE", "/x")]).is_err());
    }
}
