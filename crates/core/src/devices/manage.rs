//! What users and administrators do with devices: see them, forget them, have them remembered or not.

use super::{Device, Owner, find, not_found};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::paging;
use crate::ports::store::{After, Conflict, Write};

/// The longest page, and the one without a limit (API, `QueryLimitType`).
const LARGEST_PAGE: u32 = 60;
/// How often a change is tried again when the record was changed meanwhile.
const TRIES: u32 = 5;

/// `GetDevice`, `AdminGetDevice`.
pub async fn get(cx: &Context<'_>, owner: &Owner, key: &str) -> Result<Device> {
    let device = find(cx.domain, &owner.entry.id, &owner.user.sub, key).await?;
    device.filter(|device| owner.sees(device)).ok_or_else(not_found)
}

/// `ListDevices`, `AdminListDevices`: one page ordered by key, and where the next begins.
pub async fn list(
    cx: &Context<'_>,
    owner: &Owner,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<(Vec<Device>, Option<String>)> {
    let (pool_id, sub) = (owner.entry.id.as_str(), owner.user.sub.as_str());
    let limit = limit.and_then(|limit| u32::try_from(limit).ok()).filter(|limit| (1..=LARGEST_PAGE).contains(limit));
    let limit = limit.unwrap_or(LARGEST_PAGE);
    let list = ["ListDevices", pool_id, sub];
    let mut position = paging::after(cx.domain, &list, token)?.map(|after| after.id);
    let mut shown = Vec::new();
    // What is not shown is in the store all the same, and must not make a page look like the last one.
    loop {
        let read = cx.domain.stores.devices.list(pool_id, sub, position.as_deref(), LARGEST_PAGE).await?;
        let is_last = read.len() < LARGEST_PAGE as usize;
        position = read.last().map(|device| device.key.clone());
        shown.extend(read.into_iter().filter(|device| owner.sees(device)));
        if is_last || shown.len() > limit as usize {
            break;
        }
    }
    paging::page(cx.domain, &list, shown, limit, |device| After { value: device.key.clone(), id: device.key.clone() })
}

/// `ForgetDevice`, `AdminForgetDevice`. Its refresh tokens end with it.
pub async fn forget(cx: &Context<'_>, owner: &Owner, key: &str) -> Result<()> {
    let write =
        Write::DeleteDevice { pool_id: owner.entry.id.clone(), sub: owner.user.sub.clone(), key: key.to_owned() };
    match cx.domain.submit(vec![write]).await? {
        Ok(()) => Ok(()),
        Err(Conflict::Changed) => Err(not_found()),
        Err(conflict) => Err(Error::internal(format!("forgetting a device: unexpected {conflict:?}"))),
    }
}

/// `UpdateDeviceStatus`, `AdminUpdateDeviceStatus`. Without a status nothing changes.
pub async fn set_remembered(cx: &Context<'_>, owner: &Owner, key: &str, remembered: Option<bool>) -> Result<()> {
    for _ in 0..TRIES {
        let device = find(cx.domain, &owner.entry.id, &owner.user.sub, key).await?.ok_or_else(not_found)?;
        let Some(remembered) = remembered.filter(|remembered| *remembered != device.remembered) else { return Ok(()) };
        let device = Device { remembered, modified_at: cx.now(), ..device };
        match cx.domain.submit(vec![Write::UpdateDevice(Box::new(device))]).await? {
            Ok(()) => return Ok(()),
            Err(Conflict::Changed) => {}
            Err(conflict) => return Err(Error::internal(format!("changing a device: unexpected {conflict:?}"))),
        }
    }
    Err(Error::new(
        stepwell_model::ErrorCode::TooManyRequests,
        "The resource was changed by another request; try again.",
    ))
}
