//! TLS to PostgreSQL: always verified, chain and name.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::super::error::EngineError;
use super::super::url::Tls;

pub(super) fn connector(policy: &Tls) -> Result<MakeRustlsConnect, EngineError> {
    let mut roots = RootCertStore::empty();
    match policy {
        Tls::RootFile(path) => {
            let unreadable = |error: &dyn std::fmt::Display| {
                EngineError::Unusable(format!("cannot read certificates from sslrootcert {}: {error}", path.display()))
            };
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))? {
                let certificate = certificate.map_err(|error| unreadable(&error))?;
                roots.add(certificate).map_err(|error| unreadable(&error))?;
            }
        }
        Tls::SystemRoots | Tls::Disabled => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(EngineError::Unusable(
            "no certificate authorities to verify PostgreSQL with: give sslrootcert=FILE in the database URL"
                .to_owned(),
        ));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| EngineError::Unusable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
