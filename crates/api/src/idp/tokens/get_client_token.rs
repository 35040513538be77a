//! `GetClientToken`.

use stepwell_core::tokens::client_token;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    ClientAuthenticationResultType, GetClientToken, GetClientTokenRequest, GetClientTokenResponse,
};

use crate::operation::Operation;

impl Operation for GetClientToken {
    async fn call(cx: &Context<'_>, input: GetClientTokenRequest) -> Result<GetClientTokenResponse> {
        let client_id = input.client_id.as_deref().unwrap_or_default();
        let secret = input.secret.as_deref().unwrap_or_default();
        let requested = input.scopes.as_deref().unwrap_or_default();
        let metadata = input.client_metadata.unwrap_or_default();
        let token = client_token::issue(cx, client_id, secret, requested, &metadata).await?;
        Ok(GetClientTokenResponse {
            client_authentication_result: Some(ClientAuthenticationResultType {
                access_token: Some(token.access_token),
                expires_in: i32::try_from(token.expires_in).ok(),
                token_type: Some("Bearer".to_owned()),
            }),
        })
    }
}
