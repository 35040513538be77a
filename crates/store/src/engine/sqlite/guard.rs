//! Who may use a SQLite file: one server at a time, and short-lived tools beside it.
//!
//! A server locks `<file>.lock` for as long as it lives; the operating system drops the lock with the process, however it
//! dies. A second server is refused, since each would believe that the other's cached configuration and leases are its
//! own. A tool takes the lock if it is free (and may then migrate); if it is not, it works beside the server as another
//! SQLite process, which WAL and the busy timeout make safe.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::super::Role;
use super::super::error::EngineError;

/// Holds the lock until it is dropped.
#[derive(Debug)]
pub(super) struct Guard {
    lock: Option<File>,
}

impl Guard {
    pub(super) fn is_held(&self) -> bool {
        self.lock.is_some()
    }

    pub(super) fn acquire(database: &Path, role: Role) -> Result<Self, EngineError> {
        if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| cannot(folder, &error))?;
        }
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        let file = open_private(&path)?;
        match (file.try_lock(), role) {
            (Ok(()), _) => Ok(Self { lock: Some(file) }),
            (Err(TryLockError::WouldBlock), Role::Tool) => Ok(Self { lock: None }),
            (Err(TryLockError::WouldBlock), Role::Server) => Err(EngineError::Unusable(format!(
                "another Stepwell server is using {}: stop it first, or give this one its own data folder \
                 (several servers share PostgreSQL, not SQLite)",
                database.display()
            ))),
            (Err(TryLockError::Error(error)), _) => Err(cannot(&path, &error)),
        }
    }
}

/// Makes sure that the database file exists and that only its owner may read it. SQLite gives its log the same mode.
pub(super) fn create_private_file(path: &Path) -> Result<(), EngineError> {
    let file = open_private(path)?;
    let mode = file.metadata().map_err(|error| cannot(path, &error))?.permissions().mode();
    if mode & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600)).map_err(|error| cannot(path, &error))?;
    }
    Ok(())
}

fn open_private(path: &Path) -> Result<File, EngineError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map_err(|error| cannot(path, &error))
}

fn cannot(path: &Path, error: &std::io::Error) -> EngineError {
    EngineError::Unusable(format!("cannot use {}: {error}", path.display()))
}
