//! Section `passkeys`: which native applications may use the passkeys of a domain.

use stepwell_core::passkeys::AndroidApp;

use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};

pub(super) const SETTINGS: &[Setting] = &[Setting::new(
    "passkeys.android_apps",
    "STEPWELL_ANDROID_APPS",
    Kind::List,
    "none",
    "Native Android applications that may use passkeys: `<relying party id>=<SHA-256 of the signing certificate>`, the fingerprint as in the domain's `assetlinks.json`. They send it in place of a web origin.",
)];

pub(super) fn read(values: &Values) -> Result<Vec<AndroidApp>, ConfigError> {
    const KEY: &str = "passkeys.android_apps";
    let app = |entry: &String| {
        let named = entry.split_once('=').and_then(|(id, fingerprint)| AndroidApp::new(id.trim(), fingerprint.trim()));
        named.ok_or_else(|| {
            values.error(KEY, "each entry is `<relying party id>=<SHA-256 fingerprint, 32 bytes in hexadecimal>`")
        })
    };
    values.list(KEY).iter().map(app).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(apps: &str) -> Result<Vec<AndroidApp>, ConfigError> {
        let mut values = Values::default();
        values.add_environment([("STEPWELL_ANDROID_APPS".to_owned(), apps.to_owned())]).unwrap();
        read(&values)
    }

    #[test]
    fn an_app_is_a_domain_and_a_fingerprint() {
        let fingerprint = ["AB"; 32].join(":");
        let apps = given(&format!("example.com={fingerprint}, app.example.org = {}", "cd".repeat(32))).unwrap();
        assert_eq!(apps[0], AndroidApp::new("example.com", &fingerprint).unwrap());
        assert_eq!(apps.len(), 2);
        for wrong in [fingerprint.as_str(), "example.com=", "example.com=AB:CD", "com=00"] {
            assert!(given(wrong).is_err(), "{wrong}");
        }
    }
}
