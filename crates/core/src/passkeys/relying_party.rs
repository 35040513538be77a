//! The relying party: the domain that passkeys are made for, and the origins that may use them (Web Authentication
//! Level 3, sections 5.1.2 and 13.4.9).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use stepwell_model::ErrorCode;

use crate::error::{Error, Result};
use crate::pools::PoolSettings;

/// The top of names that never leave a machine (RFC 6761): browsers allow passkeys for it, over HTTP too.
const LOCALHOST: &str = "localhost";
/// What an Android application sends as its origin, before the SHA-256 of its signing certificate in base64url.
const ANDROID: &str = "android:apk-key-hash:";
/// The longest label of a domain name.
const LONGEST_LABEL: usize = 63;

/// A native Android application that may use the passkeys of a relying party, as the operator named it. Android itself
/// asks the domain's `assetlinks.json` whether an application may; this is the server's own word on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AndroidApp {
    relying_party_id: String,
    origin: String,
}

impl AndroidApp {
    /// The application whose signing certificate has this SHA-256, in hexadecimal with or without colons, as
    /// `assetlinks.json` and `keytool` write it. `None` for anything else, and for a relying party that no pool can have.
    pub fn new(relying_party_id: &str, fingerprint: &str) -> Option<Self> {
        check(relying_party_id).ok()?;
        let digest: [u8; 32] = hex::decode(fingerprint.replace(':', "")).ok()?.try_into().ok()?;
        let origin = format!("{ANDROID}{}", URL_SAFE_NO_PAD.encode(digest));
        Some(Self { relying_party_id: relying_party_id.to_owned(), origin })
    }

    /// True if this origin is the application, and this relying party the one it belongs to.
    pub(super) fn is(&self, relying_party_id: &str, origin: &str) -> bool {
        self.relying_party_id == relying_party_id && self.origin == origin
    }
}

/// Checks a `RelyingPartyId`: a domain name in lower case and without a port, and one that a single owner can
/// register. Everybody below a public suffix would share its passkeys, and browsers refuse one. `localhost` and names
/// below it are accepted, for development.
pub fn check(id: &str) -> Result<()> {
    if !is_domain(id) {
        return Err(Error::invalid_parameter(
            "RelyingPartyId must be a domain name in lower case, without scheme, port or path.",
        ));
    }
    if is_localhost(id) || !is_public_suffix(id) {
        return Ok(());
    }
    Err(Error::invalid_parameter("RelyingPartyId must not be a public suffix."))
}

/// The pool's relying-party id; `WebAuthnConfigurationMissingException` if it has none.
pub fn of_pool(settings: &PoolSettings) -> Result<&str> {
    settings.webauthn.as_ref().and_then(|webauthn| webauthn.relying_party_id.as_deref()).ok_or_else(|| {
        Error::new(
            ErrorCode::WebAuthnConfigurationMissing,
            "The user pool has neither a relying party ID nor a domain.",
        )
    })
}

/// True if a page of this origin may use the relying party's passkeys: its host is the relying party's domain or below
/// it, and it came over HTTPS, or from the user's own machine. Native Android applications are [`AndroidApp`]s.
pub fn allows_origin(id: &str, origin: &str) -> bool {
    let (secure, rest) = match (origin.strip_prefix("https://"), origin.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return false,
    };
    let host = match rest.split_once(':') {
        Some((host, port)) if is_port(port) => host,
        Some(_) => return false,
        None => rest,
    };
    // A domain that is no public suffix may still have some below it, whose owners are others.
    let is_others = psl::suffix_str(host).is_some_and(|suffix| is_within(suffix, id));
    let is_local = is_localhost(host);
    is_domain(host) && is_within(host, id) && (is_local || (secure && !is_others))
}

fn is_within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|above| above.ends_with('.'))
}

fn is_localhost(name: &str) -> bool {
    is_within(name, LOCALHOST)
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

/// A name unknown to the list has the last label for its suffix, so a single label is always one.
fn is_public_suffix(name: &str) -> bool {
    psl::suffix_str(name).is_none_or(|suffix| suffix == name)
}

/// Letters, digits and hyphens in lower case, as browsers write hosts (international names in their `xn--` form). An
/// address is no domain: its last label is a number.
fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= LONGEST_LABEL
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.split('.').all(is_label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relying_party_is_a_domain_of_one_owner() {
        for good in ["example.com", "auth.example.com", "example.co.uk", "xn--bcher-kva.example", "a.corp.internal"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for good in ["localhost", "app.localhost"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for suffix in ["com", "co.uk", "github.io", "intranet", "x.kobe.jp", "auth.us-east-1.amazoncognito.com"] {
            assert_eq!(check(suffix).unwrap_err().message(), "RelyingPartyId must not be a public suffix.", "{suffix}");
        }
        for bad in [
            "",
            ".",
            "example.com.",
            ".example.com",
            "Example.com",
            "https://example.com",
            "example.com:443",
            "example.com/",
            "127.0.0.1",
            "[::1]",
            "bücher.example",
            "a_b.example",
            "-a.example",
            "a b.example",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check(&format!("{}.example", "a".repeat(64))).is_err());
    }

    #[test]
    fn android_applications_are_named_by_certificate_and_relying_party() {
        let colons = "14:6D:E9:83:C5:73:06:50:D8:EE:B9:95:2F:34:FC:64:16:A0:83:42:E6:1D:BE:A8:8A:04:96:B2:3F:CF:44:E5";
        let origin = "android:apk-key-hash:FG3pg8VzBlDY7rmVLzT8ZBagg0LmHb6oigSWsj_PROU";
        for given in [colons.to_owned(), colons.replace(':', "").to_lowercase()] {
            let app = AndroidApp::new("example.com", &given).unwrap();
            assert!(app.is("example.com", origin));
            assert!(!app.is("app.example.com", origin));
            assert!(!app.is("example.com", &origin.replace("PROU", "PROV")));
            assert!(!app.is("example.com", &format!("{origin}=")));
        }
        for (relying_party, fingerprint) in [
            ("com", colons),
            ("https://example.com", colons),
            ("example.com", ""),
            ("example.com", "14:6D"),
            ("example.com", origin),
        ] {
            assert!(AndroidApp::new(relying_party, fingerprint).is_none(), "{relying_party} {fingerprint}");
        }
    }

    #[test]
    fn origins_are_of_the_domain_and_secure() {
        for good in ["https://example.com", "https://example.com:8443", "https://a.b.example.com"] {
            assert!(allows_origin("example.com", good), "{good}");
        }
        for bad in [
            "http://example.com",
            "https://example.org",
            "https://badexample.com",
            "https://example.com.evil.test",
            "https://com",
            "https://example.com/",
            "https://evil.test/.example.com",
            "https://evil.test@example.com",
            "https://example.com@evil.test",
            "https://example.com:",
            "https://example.com:x",
            "https://example.com:99999",
            "https://example.com#.example.com",
            "https://.example.com",
            "https://EXAMPLE.com",
            "https://",
            "example.com",
            "null",
            "",
            "android:apk-key-hash:pYC6Lb3DRXg",
            "ios:bundle-id:com.example",
            "file://example.com",
            "https://xhttps://example.com",
        ] {
            assert!(!allows_origin("example.com", bad), "{bad}");
        }
        assert!(allows_origin("amazonaws.com", "https://amazonaws.com"));
        assert!(!allows_origin("amazonaws.com", "https://bucket.s3.amazonaws.com"));
        for good in ["http://localhost:3000", "https://localhost", "http://app.localhost:5173"] {
            assert!(allows_origin("localhost", good), "{good}");
        }
        assert!(!allows_origin("localhost", "http://localhost.evil.test"));
        assert!(!allows_origin("localhost", "http://127.0.0.1:3000"));
    }
}
