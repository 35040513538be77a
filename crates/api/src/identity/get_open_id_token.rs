//! `GetOpenIdToken`.

use stepwell_core::identity_pools::openid_token;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{GetOpenIdToken, GetOpenIdTokenRequest, GetOpenIdTokenResponse};

use crate::operation::Operation;

impl Operation for GetOpenIdToken {
    async fn call(cx: &Context<'_>, input: GetOpenIdTokenRequest) -> Result<GetOpenIdTokenResponse> {
        let identity_id = input.identity_id.as_deref().unwrap_or_default();
        let logins = input.logins.unwrap_or_default();
        let given = openid_token::get(cx, identity_id, &logins).await?;
        Ok(GetOpenIdTokenResponse { identity_id: Some(given.identity_id), token: Some(given.token) })
    }
}
