//! `ConfirmDevice`: a device that a sign-in made a key for tells its secret's verifier, and is tracked from then on.

use stepwell_model::ErrorCode;
use stepwell_model::idp::DeviceSecretVerifierConfigType;

use super::{Device, Owner, find, permits, sign_in, verifier};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Conflict, Write};

/// Confirms the device key of the signed-in user's own sign-in, once. True if the user must be asked whether the device is
/// to be remembered.
pub async fn confirm(
    cx: &Context<'_>,
    key: &str,
    secret: Option<&DeviceSecretVerifierConfigType>,
    name: Option<String>,
) -> Result<bool> {
    let token = cx.access_token()?;
    let owner = Owner::signed_in(cx).await?;
    let (entry, sub) = (&owner.entry, &owner.user.sub);
    if token.device_key.as_deref() != Some(key) {
        return Err(Error::invalid_parameter("Invalid device key given."));
    }
    let secret = secret.map(verifier::parse).transpose()?.flatten();
    let sealed_verifier =
        secret.map(|secret| verifier::seal(&*cx.domain.rng, &entry.keys, sub, key, &secret)).transpose()?;
    let device = Device {
        pool_id: entry.id.clone(),
        sub: sub.clone(),
        key: key.to_owned(),
        group_key: sign_in::group_key(entry, sub),
        name,
        sealed_verifier,
        remembered: !owner.settings.user_opts_in,
        created_at: cx.now(),
        modified_at: cx.now(),
        last_authenticated_at: token.auth_time,
        last_ip: sign_in::address_of(cx),
        version: 0,
    };
    let writes = vec![
        Write::UsePermit { pool_id: entry.id.clone(), id: permits::to_confirm(sub, key), now: cx.now() },
        Write::InsertDevice(Box::new(device)),
    ];
    match cx.domain.submit(writes).await? {
        Ok(()) => Ok(owner.settings.user_opts_in),
        Err(Conflict::Spent | Conflict::Exists) => Err(match find(cx.domain, &entry.id, sub, key).await? {
            Some(_) => Error::new(ErrorCode::DeviceKeyExists, "Device key already exists."),
            // It was confirmed and has been forgotten since, or too long ago to be a sign-in's new key.
            None => Error::invalid_parameter("Invalid device key given."),
        }),
        Err(Conflict::Changed) => Err(crate::users::not_found()),
        Err(conflict) => Err(Error::internal(format!("confirming a device: unexpected {conflict:?}"))),
    }
}
