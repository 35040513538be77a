//! `VerifySoftwareToken`: by access token, or with the Session of `AssociateSoftwareToken`.

use stepwell_core::auth::mfa_setup;
use stepwell_core::mfa::verify;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    VerifySoftwareToken, VerifySoftwareTokenRequest, VerifySoftwareTokenResponse, VerifySoftwareTokenResponseType,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for VerifySoftwareToken {
    async fn call(cx: &Context<'_>, input: VerifySoftwareTokenRequest) -> Result<VerifySoftwareTokenResponse> {
        shapes::one_authorization(input.access_token.as_ref(), input.session.as_ref())?;
        let code = input.user_code.as_deref().unwrap_or_default();
        let name = input.friendly_device_name.as_deref();
        let session = if let Some(session) = &input.session {
            Some(mfa_setup::verify(cx, session, code, name).await?)
        } else {
            verify::with_token(cx, code, name).await?;
            None
        };
        Ok(VerifySoftwareTokenResponse { session, status: Some(VerifySoftwareTokenResponseType::Success) })
    }
}
