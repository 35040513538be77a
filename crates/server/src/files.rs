//! Files of the data folder: written whole or not at all, secrets for their owner alone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::start::StartError;

/// Makes a folder for its owner alone, and the folders above it, unless it is there.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), StartError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => StartError::new(format!("{} is not a folder", path.display())),
        _ => StartError::new(format!("cannot make the folder {}: {error}", path.display())),
    })
}

/// Writes a file that everybody may read.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), StartError> {
    replace(path, content, 0o644).map_err(|error| cannot_write(path, &error))
}

/// Writes a file for its owner alone.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), StartError> {
    replace(path, content, 0o600).map_err(|error| cannot_write(path, &error))
}

/// Writes a file for its owner alone, durably, and fails if it is there already.
pub(crate) fn create_private(path: &Path, content: &[u8]) -> Result<(), StartError> {
    let create = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(content)?;
        file.sync_all()?;
        sync_folder(path)
    };
    create().map_err(|error| cannot_write(path, &error))
}

/// Writes beside the file and renames, so that a reader sees the old content or the new.
fn replace(path: &Path, content: &[u8], mode: u32) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let beside = Path::new(&name);
    match std::fs::remove_file(beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(beside, path)?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> StartError {
    StartError::new(format!("cannot write {}: {error}", path.display()))
}
