//! Section `log`.

use tracing_subscriber::filter::LevelFilter;

use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "log.level",
        "STEPWELL_LOG",
        Kind::Text,
        "`info`",
        "`off`, `error`, `warn`, `info`, `debug` or `trace`. The log goes to standard error and holds no secrets at any level.",
    ),
    Setting::new(
        "log.format",
        "STEPWELL_LOG_FORMAT",
        Kind::Text,
        "`text`",
        "`text`, or `json` with one object a line.",
    ),
];

/// Section `log`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Log {
    /// What is written.
    pub(crate) level: LevelFilter,
    /// One JSON object a line instead of text.
    pub(crate) json: bool,
}

pub(super) fn read(values: &Values) -> Result<Log, ConfigError> {
    let level = match values.text("log.level") {
        None | Some("info") => LevelFilter::INFO,
        Some("off") => LevelFilter::OFF,
        Some("error") => LevelFilter::ERROR,
        Some("warn") => LevelFilter::WARN,
        Some("debug") => LevelFilter::DEBUG,
        Some("trace") => LevelFilter::TRACE,
        Some(_) => return Err(values.error("log.level", "must be off, error, warn, info, debug or trace")),
    };
    let json = match values.text("log.format") {
        None | Some("text") => false,
        Some("json") => true,
        Some(_) => return Err(values.error("log.format", "must be text or json")),
    };
    Ok(Log { level, json })
}
