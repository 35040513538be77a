//! `AdminSetUserMFAPreference`.

use stepwell_core::mfa::preferences;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    AdminSetUserMFAPreference, AdminSetUserMFAPreferenceRequest, AdminSetUserMFAPreferenceResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for AdminSetUserMFAPreference {
    async fn call(
        cx: &Context<'_>,
        input: AdminSetUserMFAPreferenceRequest,
    ) -> Result<AdminSetUserMFAPreferenceResponse> {
        let change = shapes::preference_change(
            input.sms_mfa_settings,
            input.software_token_mfa_settings,
            input.email_mfa_settings,
            input.webauthn_mfa_settings,
        );
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        preferences::admin_set(cx, pool_id, input.username.as_deref().unwrap_or_default(), change).await?;
        Ok(AdminSetUserMFAPreferenceResponse::default())
    }
}
