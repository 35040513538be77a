//! Section `root`: the administrator's access key.

use stepwell_core::SecretString;

use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "root.access_key_id",
        "STEPWELL_ROOT_ACCESS_KEY_ID",
        Kind::Text,
        "made at first start and shown once",
        "The administrator's access key id: 16 to 128 letters, digits and underscores.",
    ),
    Setting::secret(
        "root.secret_access_key",
        "STEPWELL_ROOT_SECRET_ACCESS_KEY",
        "made at first start and shown once",
        "Its secret, at least 16 characters.",
    ),
];

/// An access key given by the operator.
#[derive(Debug)]
pub(crate) struct RootKey {
    /// The id.
    pub(crate) access_key_id: String,
    /// The secret.
    pub(crate) secret_access_key: SecretString,
}

pub(super) fn read(values: &Values) -> Result<Option<RootKey>, ConfigError> {
    let (id, secret) = match (values.text("root.access_key_id"), values.secret("root.secret_access_key")) {
        (None, None) => return Ok(None),
        (Some(id), Some(secret)) => (id, secret),
        (Some(_), None) => return Err(values.error("root.secret_access_key", "is missing: an access key needs both")),
        (None, Some(_)) => return Err(values.error("root.access_key_id", "is missing: an access key needs both")),
    };
    // IAM's pattern for AccessKeyId: [\w]{16,128}.
    if !(16..=128).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(values.error("root.access_key_id", "must be 16 to 128 letters, digits and underscores"));
    }
    if !(16..=256).contains(&secret.len()) || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(values.error("root.secret_access_key", "must be 16 to 256 printable ASCII characters"));
    }
    Ok(Some(RootKey { access_key_id: id.to_owned(), secret_access_key: secret }))
}
