//! `SetUserMFAPreference`.

use stepwell_core::mfa::preferences;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{SetUserMFAPreference, SetUserMFAPreferenceRequest, SetUserMFAPreferenceResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for SetUserMFAPreference {
    async fn call(cx: &Context<'_>, input: SetUserMFAPreferenceRequest) -> Result<SetUserMFAPreferenceResponse> {
        let change = shapes::preference_change(
            input.sms_mfa_settings,
            input.software_token_mfa_settings,
            input.email_mfa_settings,
            input.webauthn_mfa_settings,
        );
        preferences::set_own(cx, change).await?;
        Ok(SetUserMFAPreferenceResponse::default())
    }
}
