//! What a sign-in does for devices: it takes note of the one that the client names, and makes a key for one that has
//! none.

use std::net::IpAddr;

use super::{Device, find, not_found, permits};
use crate::auth::progress::{Progress, Proof};
use crate::auth::{Door, NewDevice, Realm, Request};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Conflict, Write};
use crate::users::User;
use crate::{DAY, SECOND};

/// How long a new key can be confirmed: as long as an access token that names it can live.
const CONFIRM_WITHIN: crate::Millis = DAY;
/// How often noting a use is tried again when the record was changed meanwhile.
const TRIES: u32 = 5;

/// What becomes of a device key that is none of the user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// `ResourceNotFoundException`, with nothing used up: the client forgets the key, and answers again without it.
    Refused,
    /// The sign-in goes on as if none had been named, and gets a new key.
    Ignored,
}

/// Takes note of the device that a call names. Only to be asked once the first factor has been proven: before, it would
/// tell who has which device. A device that has proven itself stays the sign-in's device.
pub(crate) async fn take_note(
    cx: &Context<'_>,
    realm: &Realm,
    user: &User,
    progress: &mut Progress,
    request: &Request<'_>,
    unknown: Unknown,
) -> Result<()> {
    if realm.entry.settings.devices.is_none() || progress.proofs.contains(&Proof::Device) {
        return Ok(());
    }
    let Some(key) = request.optional("DEVICE_KEY") else { return Ok(()) };
    progress.device_key = find(cx.domain, &realm.entry.id, &user.sub, key).await?.map(|device| device.key);
    if progress.device_key.is_none() && unknown == Unknown::Refused { Err(not_found()) } else { Ok(()) }
}

/// True if a device that proved itself stands in for the second factor.
pub fn replaces_mfa(entry: &PoolEntry) -> bool {
    entry.settings.devices.is_some_and(|settings| settings.replaces_mfa)
}

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

/// Decides what a finished sign-in does for devices: nothing where the pool remembers none.
pub async fn at_sign_in(cx: &Context<'_>, realm: &Realm, user: &User, progress: &Progress) -> Result<SignInDevice> {
    let entry = &realm.entry;
    if entry.settings.devices.is_none() {
        return Ok(SignInDevice::default());
    }
    if let Some(key) = progress.device_key.as_deref()
        && let Some(known) = find(cx.domain, &entry.id, &user.sub, key).await?
    {
        return Ok(SignInDevice { known: Some(known), ..SignInDevice::default() });
    }
    let key = format!("{}_{}", cx.domain.settings.region, cx.domain.rng.uuid());
    let permit = Write::Permit {
        pool_id: entry.id.clone(),
        id: permits::to_confirm(&user.sub, &key),
        expires_at: cx.now() + CONFIRM_WITHIN,
    };
    let group_key = group_key(entry, &user.sub);
    Ok(SignInDevice { known: None, new_device: Some(NewDevice { key, group_key }), writes: vec![permit] })
}

/// Notes in a device's record that it was signed in with. A record that somebody else changes at the same time is read
/// again; one that is gone is not missed.
pub(crate) async fn note_use(cx: &Context<'_>, device: Option<Device>, request: &Request<'_>) -> Result<()> {
    let Some(mut device) = device else { return Ok(()) };
    for _ in 0..TRIES {
        let claimed = request.user_context.ip_address.as_deref().filter(|_| request.door == Door::Admin);
        let claimed = claimed.and_then(|claimed| claimed.trim().parse::<IpAddr>().ok());
        device.last_ip = claimed.map(text_of).or_else(|| address_of(cx));
        device.modified_at = cx.now();
        // Cognito knows this time by the second.
        device.last_authenticated_at = cx.now() / SECOND * SECOND;
        match cx.domain.submit(vec![Write::UpdateDevice(Box::new(device.clone()))]).await? {
            Ok(()) => return Ok(()),
            Err(Conflict::Changed) => {}
            Err(conflict) => return Err(Error::internal(format!("noting a device's use: unexpected {conflict:?}"))),
        }
        let Some(now) = find(cx.domain, &device.pool_id, &device.sub, &device.key).await? else { return Ok(()) };
        device = now;
    }
    tracing::warn!(pool = device.pool_id, "a device's record kept changing; its last use was not noted");
    Ok(())
}

/// The address that a device's record shows for this request.
pub(super) fn address_of(cx: &Context<'_>) -> Option<String> {
    cx.caller.address.map(text_of)
}

fn text_of(address: IpAddr) -> String {
    address.to_canonical().to_string()
}

/// The group of a user's devices: always the same for a user, and not secret.
pub(super) fn group_key(entry: &PoolEntry, sub: &str) -> String {
    let mac = entry.keys.name_mac(&["device-group", sub]);
    let eight: String = hex::encode(mac).chars().take(8).collect();
    format!("-{eight}")
}
