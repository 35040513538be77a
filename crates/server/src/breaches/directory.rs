//! A breach corpus in a folder: a file for each range, named `ABCDE.txt` or `ABCDE`, as the usual downloaders write them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use stepwell_core::ports::breaches::{Breaches, BreachesError};

/// The folder.
#[derive(Debug)]
pub(super) struct Directory(PathBuf);

impl Directory {
    /// Makes sure that it is there.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let unusable = |why: &str| format!("the breach corpus {} {why}", path.display());
        let mut entries = std::fs::read_dir(path).map_err(|error| unusable(&format!("cannot be read: {error}")))?;
        let is_range = |name: &str| {
            let digits = name.strip_suffix(".txt").unwrap_or(name);
            digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(is_range))) {
            Ok(Self(path.to_owned()))
        } else {
            Err(unusable("holds no range file such as 00000.txt"))
        }
    }

    fn read(&self, prefix: &str) -> Result<String, BreachesError> {
        for name in [format!("{prefix}.txt"), prefix.to_owned()] {
            match std::fs::read_to_string(self.0.join(&name)) {
                Ok(range) => return Ok(range),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(BreachesError(format!("{name}: {error}"))),
            }
        }
        if !self.0.is_dir() {
            return Err(BreachesError(format!("{} is gone", self.0.display())));
        }
        // A corpus need not have all ranges: nothing in this one has leaked.
        Ok(String::new())
    }
}

#[async_trait]
impl Breaches for Directory {
    fn is_configured(&self) -> bool {
        true
    }

    async fn range(&self, prefix: &str) -> Result<String, BreachesError> {
        let (folder, prefix) = (Self(self.0.clone()), prefix.to_owned());
        let read = tokio::task::spawn_blocking(move || folder.read(&prefix)).await;
        read.unwrap_or_else(|error| Err(BreachesError(error.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ranges_come_from_their_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert!(Directory::open(path).unwrap_err().contains("holds no range file"));
        std::fs::write(path.join("5BAA6.txt"), "1E4C9B93F3F0682250B6CF8331B7EE68FD8:3\n").unwrap();
        std::fs::write(path.join("00000"), "x:1\n").unwrap();
        let corpus = Directory::open(path).unwrap();
        assert_eq!(corpus.range("5BAA6").await.unwrap(), "1E4C9B93F3F0682250B6CF8331B7EE68FD8:3\n");
        assert_eq!(corpus.range("00000").await.unwrap(), "x:1\n");
        assert_eq!(corpus.range("FFFFF").await.unwrap(), "");
        assert!(Directory::open(&path.join("nowhere")).unwrap_err().contains("cannot be read"));
        drop(folder);
        // A folder that went away does not say that a password is good.
        assert!(corpus.range("5BAA6").await.unwrap_err().to_string().contains("is gone"));
    }
}
