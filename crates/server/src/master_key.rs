//! The master key: given by the operator, or made once and kept in a file of mode 0600.

use std::fmt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stepwell_core::keyring::{MasterKey, SYSTEM};
use stepwell_core::ports::rng::Rng;
use stepwell_core::ports::store::Stores;
use zeroize::Zeroizing;

use crate::config::{Config, Mode};
use crate::files;
use crate::start::StartError;

/// Where the master key came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MasterKeySource {
    /// The configuration.
    Configured,
    /// The file made at an earlier start.
    Found(PathBuf),
    /// The file made just now.
    Made(PathBuf),
}

impl fmt::Display for MasterKeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configured => f.write_str("master key from the configuration"),
            Self::Found(path) | Self::Made(path) => write!(f, "master key in {}", path.display()),
        }
    }
}

/// Where the key is kept if the operator gives none: in `dev` with the data, in `serve` beside the data folder, so that
/// a copy of the folder does not carry the key to its own seals.
pub(crate) fn default_path(config: &Config) -> PathBuf {
    match config.mode {
        Mode::Dev => config.data.dir.join("master-key"),
        Mode::Serve => {
            // Absolute, because `..` and `.` have no name to stand beside.
            let folder = std::path::absolute(&config.data.dir).unwrap_or_else(|_| config.data.dir.clone());
            let mut name = folder.components().collect::<PathBuf>().into_os_string();
            name.push(".master-key");
            name.into()
        }
    }
}

/// The master key. A new one is made only for a database that holds nothing sealed yet.
pub(crate) async fn obtain(
    config: &Config,
    stores: &Stores,
    rng: &dyn Rng,
) -> Result<(MasterKey, MasterKeySource), StartError> {
    if let Some(secret) = &config.master_key {
        return Ok((MasterKey::new(secret.clone())?, MasterKeySource::Configured));
    }
    let path = default_path(config);
    if path.exists() {
        return Ok((MasterKey::new(read(&path)?)?, MasterKeySource::Found(path)));
    }
    if !stores.config.wrapped_keys(SYSTEM).await?.is_empty() {
        return Err(StartError::new(format!(
            "the database is sealed under a master key that is not here: give it as STEPWELL_MASTER_KEY, or put it back \
             at {}. Nothing was changed",
            path.display()
        )));
    }
    let secret = Zeroizing::new(rng.bytes::<32>());
    write_new(&path, &secret)?;
    Ok((MasterKey::new(secret)?, MasterKeySource::Made(path)))
}

/// Reads a key file.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<[u8; 32]>, StartError> {
    let cannot = |error: &std::io::Error| StartError::new(format!("cannot read {}: {error}", path.display()));
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| cannot(&error))?);
    let mode = std::fs::metadata(path).map_err(|error| cannot(&error))?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others may read the master key; its mode should be 0600");
    }
    crate::config::master_key::parse(&text).ok_or_else(|| {
        StartError::new(format!("{} does not hold a master key: 32 bytes in base64 or hexadecimal", path.display()))
    })
}

/// Writes a new key file, durably, before anything is sealed under it.
pub(crate) fn write_new(path: &Path, secret: &Zeroizing<[u8; 32]>) -> Result<(), StartError> {
    let mut text = Zeroizing::new(STANDARD.encode(secret.as_ref()));
    text.push('\n');
    files::create_private(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Overrides;

    fn config(mode: Mode, dir: &str) -> Config {
        let settings = vec![("data.dir", dir.to_owned())];
        Config::load(mode, Overrides { file: None, settings }, &[]).unwrap()
    }

    #[test]
    fn in_serve_the_key_is_outside_the_data_folder() {
        let path = |mode, dir| default_path(&config(mode, dir));
        assert_eq!(path(Mode::Dev, "/x/data"), Path::new("/x/data/master-key"));
        assert_eq!(path(Mode::Serve, "/x/data"), Path::new("/x/data.master-key"));
        assert_eq!(path(Mode::Serve, "/x/data/"), Path::new("/x/data.master-key"));
        let relative = path(Mode::Serve, "./data");
        assert!(relative.is_absolute() && relative.ends_with("data.master-key"), "{}", relative.display());
        assert!(!path(Mode::Serve, ".").starts_with(std::env::current_dir().unwrap()));
    }

    #[test]
    fn files_are_private_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let secret = Zeroizing::new([7; 32]);
        write_new(&path, &secret).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(*read(&path).unwrap(), *secret);
        assert!(write_new(&path, &secret).is_err());
        std::fs::write(&path, "nonsense").unwrap();
        assert!(!read(&path).unwrap_err().to_string().contains("nonsense"));
    }
}
