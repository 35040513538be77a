//! Section `data`: where what must survive is kept.

use std::path::PathBuf;

use stepwell_core::SecretString;

use super::Mode;
use super::setting::{Kind, Setting};
use super::values::Values;

const DEFAULT_DEV: &str = "./.stepwell";
const DEFAULT_SERVE: &str = "./stepwell-data";

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "data.dir",
        "STEPWELL_DATA",
        Kind::Text,
        "`./.stepwell` in `dev`, `./stepwell-data` in `serve`",
        "The data folder, made with mode 0700 if it is missing.",
    ),
    Setting::secret(
        "data.database",
        "STEPWELL_DATABASE",
        "`stepwell.db` in the data folder",
        "Another database: `sqlite:PATH` or `postgres://user:password@host/database`.",
    ),
];

/// Section `data`.
#[derive(Debug)]
pub(crate) struct Data {
    /// The data folder.
    pub(crate) dir: PathBuf,
    /// The database, where it is not the one in the data folder. It may hold a password.
    pub(crate) database: Option<SecretString>,
}

impl Data {
    /// The database's URL.
    pub(crate) fn database_url(&self) -> SecretString {
        match &self.database {
            Some(url) => url.clone(),
            None => format!("sqlite:{}", self.dir.join("stepwell.db").display()).into(),
        }
    }
}

pub(super) fn read(values: &Values, mode: Mode) -> Data {
    let default = match mode {
        Mode::Dev => DEFAULT_DEV,
        Mode::Serve => DEFAULT_SERVE,
    };
    let dir: PathBuf = values.text_or("data.dir", default).into();
    let data = Data { dir, database: values.secret("data.database") };
    if data.database.is_none() {
        // Made of the folder's name, so there is no secret in it.
        values.settle("data.database", data.database_url().as_str());
    }
    data
}
