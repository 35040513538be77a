//! The relying party: the domain that passkeys are made for, and the origins that may use them (Web Authentication
//! Level 3, sections 5.1.2 and 13.4.9).

use stepwell_model::ErrorCode;

use crate::error::{Error, Result};
use crate::pools::PoolSettings;

/// The top of names that never leave a machine (RFC 6761): browsers allow passkeys for it, over HTTP too.
const LOCALHOST: &str = "localhost";
/// The longest label of a domain name.
const LONGEST_LABEL: usize = 63;

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
/// it, and it came over HTTPS, or from the user's own machine. Origins of native Android applications
/// (`android:apk-key-hash:…`) are not accepted: nothing in a pool's settings says which applications are its own.
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
