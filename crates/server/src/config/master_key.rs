//! Section `master_key`: the one secret that opens everything sealed in the database.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::setting::Setting;
use super::values::{ConfigError, Values};

pub(super) const SETTINGS: &[Setting] = &[Setting::secret(
    "master_key.key",
    "STEPWELL_MASTER_KEY",
    "made at first start",
    "The master key: 32 bytes in base64 or hexadecimal (`openssl rand -base64 32`). Without it, one is made at first start and kept in a file with mode 0600: `<data>/master-key` in `dev`, `<data>.master-key` **beside** the data folder in `serve`. Without the master key the database is worthless; keep it, and keep it elsewhere than the backups.",
)];

/// The configured master key, if there is one.
pub(super) fn read(values: &Values) -> Result<Option<Zeroizing<[u8; 32]>>, ConfigError> {
    values
        .text("master_key.key")
        .map(|text| {
            parse(text).ok_or_else(|| values.error("master_key.key", "must be 32 bytes in base64 or hexadecimal"))
        })
        .transpose()
}

/// Reads 32 bytes from base64 or hexadecimal.
pub(crate) fn parse(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let text = text.trim();
    let bytes = Zeroizing::new(if text.len() == 64 { hex::decode(text).ok()? } else { STANDARD.decode(text).ok()? });
    let mut key = Zeroizing::new([0; 32]);
    (bytes.len() == key.len()).then(|| {
        key.copy_from_slice(&bytes);
        key
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let key = [7_u8; 32];
        assert_eq!(*parse(&STANDARD.encode(key)).unwrap(), key);
        assert_eq!(*parse(&format!("{}\n", hex::encode(key))).unwrap(), key);
        for bad in ["", "short", &STANDARD.encode([7; 31]), &STANDARD.encode([7; 33]), &"g".repeat(64)] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
