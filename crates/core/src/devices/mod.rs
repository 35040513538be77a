//! Devices that the pool remembers (developer guide, "Working with user devices in your user pool"): the record, what a
//! sign-in does for them, and what users and administrators do with them.
//!
//! ```text
//! sign-in that names no device ──► NewDeviceMetadata, and a permit to confirm that key
//!     ConfirmDevice (uses the permit up) ──► tracked ──UpdateDeviceStatus──► remembered
//!     ForgetDevice ──► gone: its key is never confirmed again, and its refresh tokens end
//! ```
//!
//! Until it is confirmed a device has no record: a sign-in without a device leaves nothing behind that does not end by
//! itself.

mod confirm;
mod manage;
mod owner;
mod permits;
mod refresh;
mod sign_in;
mod verifier;

use serde::{Deserialize, Serialize};
use stepwell_model::ErrorCode;

use crate::Millis;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::pools::{DeviceSettings, UserPool};

pub use confirm::confirm;
pub use manage::{forget, get, list, set_remembered};
pub use owner::Owner;
pub(crate) use permits::sign_in_permit;
pub(crate) use refresh::check_refresh;
pub use sign_in::{SignInDevice, at_sign_in, replaces_mfa};
pub(crate) use sign_in::{Unknown, note_use, take_note};
pub(crate) use verifier::open as open_verifier;

/// The longest device key (API, `DeviceKeyType`).
const LONGEST_KEY: usize = 55;

/// A user's device as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The pool.
    pub pool_id: String,
    /// The user.
    pub sub: String,
    /// `<region>_<uuid>`.
    pub key: String,
    /// What stands in the place of the pool's name in the device's SRP.
    pub group_key: String,
    /// What the user calls it (`ConfirmDevice`).
    pub name: Option<String>,
    /// SRP salt and verifier, sealed by the pool's key and bound to user and device; none if the app confirmed the device
    /// without them: it is tracked then, and can never prove itself.
    #[serde(with = "crate::encoding::optional_bytes", default)]
    pub sealed_verifier: Option<Vec<u8>>,
    /// True if the device may stand in for a second factor.
    pub remembered: bool,
    /// When it was confirmed.
    pub created_at: Millis,
    /// When its record last changed, sign-ins included.
    pub modified_at: Millis,
    /// When somebody last signed in with it.
    pub last_authenticated_at: Millis,
    /// The address of that sign-in.
    pub last_ip: Option<String>,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}

impl Device {
    /// True if it is remembered and has what it takes to prove itself.
    pub fn can_prove_itself(&self) -> bool {
        self.remembered && self.sealed_verifier.is_some()
    }
}

/// True for what can be a device key: letters, digits, `-` and `_`, the last `_` followed by hexadecimal digits and `-`
/// (API, `DeviceKeyType`).
pub(crate) fn is_key(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.len() <= LONGEST_KEY
        && text.rsplit_once('_').is_some_and(|(region, id)| {
            !region.is_empty()
                && region.bytes().all(is_word)
                && !id.is_empty()
                && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
        })
}

/// The pool's settings for devices; refuses where it remembers none.
pub(crate) fn settings_of(pool: &UserPool) -> Result<DeviceSettings> {
    pool.settings.devices.ok_or_else(|| {
        Error::new(
            ErrorCode::InvalidUserPoolConfiguration,
            "User pool has not been configured to support device tracking.",
        )
    })
}

/// A device of a user. Another user's does not exist here, and neither does one that was never confirmed.
pub(crate) async fn find(domain: &Domain, pool_id: &str, sub: &str, key: &str) -> Result<Option<Device>> {
    if !is_key(key) {
        return Ok(None);
    }
    Ok(domain.stores.devices.device(pool_id, sub, key).await?)
}

/// The refusal that clients wait for to forget a device key of theirs and try again without it. They compare the text.
pub(crate) fn not_found() -> Error {
    Error::not_found("Device does not exist.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_shape_of_the_model() {
        for good in ["us-east-1_0c43f6a5-9d2e-4a8f-8e75-5c2f1d4a7b90", "eu-west-1_0", "a_b_c", "_-_f"] {
            assert!(is_key(good), "{good}");
        }
        let long = format!("us-east-1_{}", "0".repeat(46));
        for bad in
            ["", "_", "us-east-1", "_0", "us-east-1_", "us-east-1_G", "us-east-1_0\0", "us east_0", long.as_str()]
        {
            assert!(!is_key(bad), "{bad}");
        }
    }
}
