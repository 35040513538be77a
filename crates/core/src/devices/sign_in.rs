//! What a sign-in does for devices: a new key for a device that named none.

use super::Device;
use crate::auth::progress::Progress;
use crate::auth::{NewDevice, Realm};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::Result;
use crate::ports::store::Write;
use crate::users::User;

/// The device of a finished sign-in.
#[derive(Debug, Default)]
pub struct SignInDevice {
    /// The device that proved itself or was named.
    pub known: Option<Device>,
    /// A key made for a device that has none.
    pub new_device: Option<NewDevice>,
    /// What to write with the sign-in.
    pub writes: Vec<Write>,
}

impl SignInDevice {
    /// `newDeviceUsed` of the post-authentication trigger.
    pub fn is_new(&self) -> bool {
        self.new_device.is_some()
    }

    /// The `device_key` claim.
    pub fn key(&self) -> Option<&str> {
        let known = self.known.as_ref().map(|device| device.key.as_str());
        known.or_else(|| self.new_device.as_ref().map(|device| device.key.as_str()))
    }
}

/// True if a device that proved itself stands in for the second factor.
pub fn replaces_mfa(_entry: &PoolEntry) -> bool {
    false
}

/// Decides what a finished sign-in does for devices.
pub async fn at_sign_in(_cx: &Context<'_>, _realm: &Realm, _user: &User, _progress: &Progress) -> Result<SignInDevice> {
    Ok(SignInDevice::default())
}
