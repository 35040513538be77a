//! `GetUserPoolMfaConfig`.

use stepwell_core::pools::{self, webauthn::WebAuthnSettings};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{GetUserPoolMfaConfig, GetUserPoolMfaConfigRequest, GetUserPoolMfaConfigResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetUserPoolMfaConfig {
    async fn call(cx: &Context<'_>, input: GetUserPoolMfaConfigRequest) -> Result<GetUserPoolMfaConfigResponse> {
        let pool = pools::read(cx, input.user_pool_id.as_deref().unwrap_or_default()).await?;
        Ok(GetUserPoolMfaConfigResponse {
            mfa_configuration: Some(pool.settings.mfa.mode.to_model()),
            sms_mfa_configuration: shapes::sms_mfa(&pool),
            software_token_mfa_configuration: shapes::software_token_mfa(&pool),
            webauthn_configuration: pool.settings.webauthn.as_ref().map(WebAuthnSettings::as_given),
            email_mfa_configuration: pool.settings.mfa.email,
        })
    }
}
