//! Devices that the pool remembers: the record (developer guide, "Working with user devices in your user pool").

mod sign_in;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Millis;

pub use sign_in::{SignInDevice, at_sign_in, replaces_mfa};

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
    /// SRP salt and verifier, sealed by the pool's key and bound to user and device; none until `ConfirmDevice`.
    #[serde(with = "crate::encoding::optional_bytes", default)]
    pub sealed_verifier: Option<Vec<u8>>,
    /// True if the device may stand in for a second factor.
    pub remembered: bool,
    /// When the key was made.
    pub created_at: Millis,
    /// When the device was last changed.
    pub modified_at: Millis,
    /// When somebody last signed in with it.
    pub last_authenticated_at: Millis,
    /// The address of that sign-in.
    pub last_ip: Option<String>,
    /// What else is told of it (`DeviceAttributes`), by name.
    pub attributes: BTreeMap<String, String>,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}
