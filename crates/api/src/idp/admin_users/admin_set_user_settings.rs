//! `AdminSetUserSettings`, of before there were other second factors than text messages.

use stepwell_core::mfa::settings;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminSetUserSettings, AdminSetUserSettingsRequest, AdminSetUserSettingsResponse};

use crate::operation::Operation;

impl Operation for AdminSetUserSettings {
    async fn call(cx: &Context<'_>, input: AdminSetUserSettingsRequest) -> Result<AdminSetUserSettingsResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        settings::admin_set(cx, pool_id, username, input.mfa_options.as_deref().unwrap_or_default()).await?;
        Ok(AdminSetUserSettingsResponse::default())
    }
}
