//! `SetUserPoolMfaConfig`.

use stepwell_core::pools::{self, MfaChange, webauthn::WebAuthnSettings};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{SetUserPoolMfaConfig, SetUserPoolMfaConfigRequest, SetUserPoolMfaConfigResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for SetUserPoolMfaConfig {
    async fn call(cx: &Context<'_>, input: SetUserPoolMfaConfigRequest) -> Result<SetUserPoolMfaConfigResponse> {
        let change = MfaChange {
            mode: input.mfa_configuration,
            sms: input.sms_mfa_configuration,
            software_token: input.software_token_mfa_configuration,
            email: input.email_mfa_configuration,
            webauthn: input.webauthn_configuration,
        };
        let pool = pools::set_mfa(cx, input.user_pool_id.as_deref().unwrap_or_default(), &change).await?;
        Ok(SetUserPoolMfaConfigResponse {
            mfa_configuration: Some(pool.settings.mfa.mode.to_model()),
            sms_mfa_configuration: shapes::sms_mfa(&pool),
            software_token_mfa_configuration: shapes::software_token_mfa(&pool),
            webauthn_configuration: pool.settings.webauthn.as_ref().map(WebAuthnSettings::as_given),
            email_mfa_configuration: pool.settings.mfa.email,
        })
    }
}
