//! Whose devices a request is about: those of the signed-in user, or of a user whom an administrator names.

use std::sync::Arc;

use super::{Device, settings_of};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::Result;
use crate::pools::DeviceSettings;
use crate::users::{User, find};

/// A user whose devices a request is about.
#[derive(Debug)]
pub struct Owner {
    pub(super) entry: Arc<PoolEntry>,
    pub(super) settings: DeviceSettings,
    pub(super) user: User,
    by_admin: bool,
}

impl Owner {
    /// The signed-in user.
    pub async fn signed_in(cx: &Context<'_>) -> Result<Self> {
        let token = cx.access_token()?;
        let entry = cx.domain.pool(&token.pool_id).await?;
        let settings = settings_of(&entry)?;
        Ok(Self { entry, settings, user: token.user.clone(), by_admin: false })
    }

    /// The user whom an administrator names; `UserNotFoundException` if there is none.
    pub async fn named(cx: &Context<'_>, pool_id: &str, name: &str) -> Result<Self> {
        let entry = cx.domain.pool(pool_id).await?;
        let settings = settings_of(&entry)?;
        let user = find::for_admin(cx.domain, &entry, name).await?;
        Ok(Self { entry, settings, user, by_admin: true })
    }

    /// True if a device is shown to who asks: users see what is remembered, administrators everything that was confirmed
    /// (amazon-cognito-identity-js, "listDevices only returns remembered devices").
    pub(super) fn sees(&self, device: &Device) -> bool {
        self.by_admin || device.remembered
    }

    /// `DeviceAttributes`, in Cognito's order. Users see none of those that begin with `dev:`.
    pub fn attributes(&self, cx: &Context<'_>, device: &Device) -> Vec<(&'static str, String)> {
        let settings = &cx.domain.settings;
        let owner = format!("{}.{}", self.user.username, self.entry.id);
        let arn = format!(
            "arn:aws:cognito-idp:{}:{}:owner/{owner}/device/{}",
            settings.region, settings.account_id, device.key
        );
        let status = if device.remembered { "remembered" } else { "not_remembered" };
        let for_admin = |value: String| self.by_admin.then_some(value);
        let attributes = [
            ("device_status", Some("valid".to_owned())),
            ("device_name", device.name.clone()),
            ("dev:device_arn", for_admin(arn)),
            ("dev:device_owner", for_admin(owner)),
            ("last_ip_used", device.last_ip.clone()),
            ("dev:device_remembered_status", for_admin(status.to_owned())),
        ];
        attributes.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
