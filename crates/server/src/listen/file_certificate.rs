//! The certificate of `serve`: two PEM files, read again when they change, so that renewal needs no restart.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::RwLock;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::server::TlsFiles;
use crate::start::StartError;

const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// The certificate in use.
#[derive(Debug)]
pub(crate) struct FileCertificate {
    files: TlsFiles,
    current: RwLock<Arc<CertifiedKey>>,
}

impl FileCertificate {
    /// Reads the files; a key that does not belong to the certificate is refused.
    pub(crate) fn read(files: &TlsFiles) -> Result<Self, StartError> {
        let current = RwLock::new(Arc::new(read(files)?));
        Ok(Self { files: files.clone(), current })
    }

    /// Looks for changes until the task is dropped. A new pair that cannot be used leaves the old one in place.
    pub(crate) async fn keep_current(self: Arc<Self>) {
        let mut seen = self.modified();
        loop {
            tokio::time::sleep(LOOK_AGAIN).await;
            let now = self.modified();
            if now == seen {
                continue;
            }
            match read(&self.files) {
                Ok(fresh) => {
                    *self.current.write() = Arc::new(fresh);
                    seen = now;
                    tracing::info!("the TLS certificate was read again");
                }
                // Perhaps only one of the two files has been replaced yet: try again.
                Err(error) => tracing::warn!(%error, "the changed TLS certificate cannot be used"),
            }
        }
    }

    fn modified(&self) -> [Option<SystemTime>; 2] {
        [&self.files.certificate, &self.files.key]
            .map(|path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok())
    }
}

impl ResolvesServerCert for FileCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read()))
    }
}

const CERTIFICATE: &str = "server.tls_cert_file";
const KEY: &str = "server.tls_key_file";

fn read(files: &TlsFiles) -> Result<CertifiedKey, StartError> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable(CERTIFICATE, &files.certificate, &error))?;
    if chain.is_empty() {
        return Err(StartError::new(format!("{} holds no certificate", files.certificate.display())));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unreadable(KEY, &files.key, &error))?;
    let certified = CertifiedKey::from_der(chain, key, &rustls::crypto::aws_lc_rs::default_provider());
    certified.map_err(|error| {
        let why = match error {
            rustls::Error::InconsistentKeys(_) => "the key does not belong to the certificate".to_owned(),
            error => error.to_string(),
        };
        StartError::new(format!("{} and {}: {why}", files.certificate.display(), files.key.display()))
    })
}

fn unreadable(setting: &str, path: &Path, error: &rustls::pki_types::pem::Error) -> StartError {
    StartError::new(format!("{setting}: cannot read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_pair(folder: &Path, name: &str) -> TlsFiles {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
        let files =
            TlsFiles { certificate: folder.join(format!("{name}.pem")), key: folder.join(format!("{name}.key")) };
        std::fs::write(&files.certificate, certificate.pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }

    #[test]
    fn pairs_must_match() {
        let folder = tempfile::tempdir().unwrap();
        let a = write_pair(folder.path(), "a.example");
        let b = write_pair(folder.path(), "b.example");
        assert!(FileCertificate::read(&a).is_ok());
        let mixed = TlsFiles { certificate: a.certificate.clone(), key: b.key };
        assert!(FileCertificate::read(&mixed).is_err());
        let swapped = TlsFiles { certificate: a.key, key: a.certificate };
        assert!(FileCertificate::read(&swapped).is_err());
        let missing = TlsFiles { certificate: folder.path().join("none"), key: folder.path().join("none") };
        assert!(FileCertificate::read(&missing).unwrap_err().to_string().contains("none"));
    }
}
