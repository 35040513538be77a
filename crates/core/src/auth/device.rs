//! `DEVICE_SRP_AUTH` and `DEVICE_PASSWORD_VERIFIER`: a remembered device proves itself.

use super::machine::Proven;
use super::progress::Progress;
use super::session::{self, Entered};
use super::{Next, Realm, Request};
use crate::context::Context;
use crate::error::Result;
use crate::users::User;

/// The state of an SRP exchange with a device, sealed into `SECRET_BLOCK`.
#[derive(Debug)]
pub struct DeviceBlock {}

impl DeviceBlock {
    /// Opens a block offered to this client that has not expired.
    pub fn open(_cx: &Context<'_>, _realm: &Realm, _block: &str) -> Result<Self> {
        Err(session::invalid())
    }
}

/// True if the device that the client named at the start is one of the user's that can prove itself.
pub async fn may_prove(_cx: &Context<'_>, _realm: &Realm, _user: &User, _progress: &Progress) -> Result<bool> {
    Ok(false)
}

/// Commits the writes and offers `DEVICE_SRP_AUTH`.
pub async fn ask(_cx: &Context<'_>, _realm: &Realm, _proven: Proven) -> Result<Next> {
    Err(session::invalid())
}

/// The answer to `DEVICE_SRP_AUTH`: offers `DEVICE_PASSWORD_VERIFIER`.
pub async fn offer(_cx: &Context<'_>, _realm: &Realm, _entered: Entered<'_>, _request: &Request<'_>) -> Result<Next> {
    Err(session::invalid())
}

/// The same without a Session, as clients of the first generation answer: allowed once after a password was proven.
pub async fn offer_without_session(_cx: &Context<'_>, _realm: &Realm, _request: &Request<'_>) -> Result<Next> {
    Err(session::invalid())
}

/// Checks the claim of a device.
pub async fn verify(_cx: &Context<'_>, _realm: &Realm, _block: &DeviceBlock, _request: &Request<'_>) -> Result<Proven> {
    Err(session::invalid())
}
