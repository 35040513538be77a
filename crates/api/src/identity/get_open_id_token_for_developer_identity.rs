//! `GetOpenIdTokenForDeveloperIdentity`.

use stepwell_core::identity_pools::developer::{self, TokenRequest};
use stepwell_core::{Context, Result};
use stepwell_model::identity::{
    GetOpenIdTokenForDeveloperIdentity, GetOpenIdTokenForDeveloperIdentityRequest,
    GetOpenIdTokenForDeveloperIdentityResponse,
};

use crate::operation::Operation;

impl Operation for GetOpenIdTokenForDeveloperIdentity {
    async fn call(
        cx: &Context<'_>,
        input: GetOpenIdTokenForDeveloperIdentityRequest,
    ) -> Result<GetOpenIdTokenForDeveloperIdentityResponse> {
        let request = TokenRequest {
            pool_id: input.identity_pool_id.as_deref().unwrap_or_default(),
            identity_id: input.identity_id.as_deref(),
            logins: &input.logins.unwrap_or_default(),
            tags: &input.principal_tags.unwrap_or_default(),
            duration: input.token_duration,
        };
        let given = developer::token(cx, request).await?;
        Ok(GetOpenIdTokenForDeveloperIdentityResponse {
            identity_id: Some(given.identity_id),
            token: Some(given.token),
        })
    }
}
