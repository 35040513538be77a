//! The certificate of `dev`: made on this machine for this machine, by an authority whose private key is forgotten at
//! once. Whoever trusts `<data>/ca.pem` therefore trusts these names and nothing else, ever.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use stepwell_core::{DAY, Millis, SECOND};
use time::OffsetDateTime;

use crate::files;
use crate::start::StartError;

/// Apple's systems refuse certificates of private authorities that live longer than 825 days.
const LIFE: Millis = 820 * DAY;
/// A certificate that ends sooner than this is made anew.
const RENEW_BEFORE: Millis = 30 * DAY;

/// What a web browser, or a client whose DNS points here, may call this machine.
const LOCAL_NAMES: &[&str] = &["localhost", "127.0.0.1", "::1"];

/// The authority's certificate, to be trusted by clients.
pub(crate) const CA_FILE: &str = "ca.pem";
const CHAIN_FILE: &str = "https.pem";
const KEY_FILE: &str = "https.key";
const NAMES_FILE: &str = "https.names";

/// The local certificate.
#[derive(Debug)]
pub(crate) struct LocalCertificate(Arc<CertifiedKey>);

impl ResolvesServerCert for LocalCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// The names AWS's clients use for the services that are or will be here.
pub(crate) fn aws_hostnames(region: &str) -> Vec<String> {
    ["cognito-idp", "issuer-cognito-idp", "cognito-identity"]
        .iter()
        .map(|service| format!("{service}.{region}.amazonaws.com"))
        .collect()
}

/// The certificate in the data folder, made if it is missing, ending soon or without one of the names.
pub(crate) fn get_or_make(data: &Path, extra_names: &[String], now: Millis) -> Result<LocalCertificate, StartError> {
    let names: Vec<String> =
        LOCAL_NAMES.iter().map(|name| (*name).to_owned()).chain(extra_names.iter().cloned()).collect();
    let usable = read_names(&data.join(NAMES_FILE))
        .is_some_and(|(ends, found)| found == names && ends > now.saturating_add(RENEW_BEFORE));
    if usable && let Ok(certificate) = load(data) {
        return Ok(certificate);
    }
    make(data, &names, now)?;
    load(data)
}

fn load(data: &Path) -> Result<LocalCertificate, StartError> {
    let wrong = |error: rustls::pki_types::pem::Error| StartError::new(format!("the local certificate: {error}"));
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(data.join(CHAIN_FILE)).and_then(Iterator::collect).map_err(wrong)?;
    let key = PrivateKeyDer::from_pem_file(data.join(KEY_FILE)).map_err(wrong)?;
    let certified = CertifiedKey::from_der(chain, key, &rustls::crypto::aws_lc_rs::default_provider())
        .map_err(|error| StartError::new(format!("the local certificate: {error}")))?;
    Ok(LocalCertificate(Arc::new(certified)))
}

/// The first line is the end of its life in milliseconds, the others are its names.
fn read_names(path: &Path) -> Option<(Millis, Vec<String>)> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut lines = text.lines();
    Some((lines.next()?.parse().ok()?, lines.map(str::to_owned).collect()))
}

fn make(data: &Path, names: &[String], now: Millis) -> Result<(), StartError> {
    let failed = |error: rcgen::Error| StartError::new(format!("cannot make a local certificate: {error}"));
    let ends = now.saturating_add(LIFE);
    let (not_before, not_after) = (date(now.saturating_sub(DAY))?, date(ends)?);

    let ca_key = KeyPair::generate().map_err(failed)?;
    let mut ca = CertificateParams::default();
    ca.distinguished_name.push(DnType::CommonName, "Stepwell local development");
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    (ca.not_before, ca.not_after) = (not_before, not_after);
    let ca_certificate = ca.self_signed(&ca_key).map_err(failed)?;
    let issuer = rcgen::Issuer::new(ca, ca_key);

    let key = KeyPair::generate().map_err(failed)?;
    let mut leaf = CertificateParams::new(names.to_vec()).map_err(failed)?;
    leaf.distinguished_name.push(DnType::CommonName, "localhost");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    (leaf.not_before, leaf.not_after) = (not_before, not_after);
    let certificate = leaf.signed_by(&key, &issuer).map_err(failed)?;

    let key_pem = zeroize::Zeroizing::new(key.serialize_pem());
    files::write_private(&data.join(KEY_FILE), key_pem.as_bytes())?;
    files::write(&data.join(CHAIN_FILE), format!("{}{}", certificate.pem(), ca_certificate.pem()).as_bytes())?;
    files::write(&data.join(CA_FILE), ca_certificate.pem().as_bytes())?;
    files::write(&data.join(NAMES_FILE), format!("{ends}\n{}\n", names.join("\n")).as_bytes())
}

fn date(at: Millis) -> Result<OffsetDateTime, StartError> {
    OffsetDateTime::from_unix_timestamp(at / SECOND)
        .map_err(|_| StartError::new("the system's clock is out of range; no certificate can be made"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_800_000_000_000;

    #[test]
    fn kept_until_it_ends_or_the_names_change() {
        let folder = tempfile::tempdir().unwrap();
        let ca = || std::fs::read(folder.path().join(CA_FILE)).unwrap();
        get_or_make(folder.path(), &[], NOW).unwrap();
        let first = ca();
        get_or_make(folder.path(), &[], NOW + 700 * DAY).unwrap();
        assert_eq!(ca(), first);
        get_or_make(folder.path(), &[], NOW + 800 * DAY).unwrap();
        let second = ca();
        assert_ne!(second, first);
        get_or_make(folder.path(), &aws_hostnames("us-east-1"), NOW + 800 * DAY).unwrap();
        assert_ne!(ca(), second);
        assert!(!folder.path().join("ca.key").exists());
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(folder.path().join(KEY_FILE)).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "TLS libraries compare certificates with the real clock")]
    async fn clients_that_trust_the_authority_accept_the_names() {
        let folder = tempfile::tempdir().unwrap();
        let now = OffsetDateTime::now_utc().unix_timestamp() * SECOND;
        let certificate = get_or_make(folder.path(), &aws_hostnames("us-east-1"), now).unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(super::super::tls_config(Arc::new(certificate)).unwrap());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(folder.path().join(CA_FILE)).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let client = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
        let own = ["localhost", "127.0.0.1", "::1", "cognito-idp.us-east-1.amazonaws.com"];
        for (names, accepted) in [(&own[..], true), (&["example.com", "127.0.0.2"][..], false)] {
            for name in names {
                let (near, far) = tokio::io::duplex(1 << 16);
                let name = rustls::pki_types::ServerName::try_from(*name).unwrap();
                let (client, _) = tokio::join!(connector.connect(name.clone(), near), acceptor.accept(far));
                assert_eq!(client.is_ok(), accepted, "{name:?}");
            }
        }
    }
}
