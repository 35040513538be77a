//! `SetUserSettings`, of before there were other second factors than text messages.

use stepwell_core::mfa::settings;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{SetUserSettings, SetUserSettingsRequest, SetUserSettingsResponse};

use crate::operation::Operation;

impl Operation for SetUserSettings {
    async fn call(cx: &Context<'_>, input: SetUserSettingsRequest) -> Result<SetUserSettingsResponse> {
        settings::set_own(cx, input.mfa_options.as_deref().unwrap_or_default()).await?;
        Ok(SetUserSettingsResponse::default())
    }
}
