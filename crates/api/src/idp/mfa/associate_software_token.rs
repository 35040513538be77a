//! `AssociateSoftwareToken`: by access token, or with the Session of `MFA_SETUP`.

use stepwell_core::auth::mfa_setup;
use stepwell_core::mfa::associate;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AssociateSoftwareToken, AssociateSoftwareTokenRequest, AssociateSoftwareTokenResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for AssociateSoftwareToken {
    async fn call(cx: &Context<'_>, input: AssociateSoftwareTokenRequest) -> Result<AssociateSoftwareTokenResponse> {
        shapes::one_authorization(input.access_token.as_ref(), input.session.as_ref())?;
        let (secret, session) = match &input.session {
            Some(session) => {
                let (secret, session) = mfa_setup::associate(cx, session).await?;
                (secret, Some(session))
            }
            None => (associate::with_token(cx).await?, None),
        };
        Ok(AssociateSoftwareTokenResponse { secret_code: Some(secret.as_str().into()), session })
    }
}
