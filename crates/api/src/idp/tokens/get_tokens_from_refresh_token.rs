//! `GetTokensFromRefreshToken`.

use stepwell_core::auth::Realm;
use stepwell_core::tokens::refresh;
use stepwell_core::{Context, Error, ErrorCode, Result, clients};
use stepwell_model::idp::{
    GetTokensFromRefreshToken, GetTokensFromRefreshTokenRequest, GetTokensFromRefreshTokenResponse,
};

use crate::idp::auth::shapes;
use crate::operation::Operation;

impl Operation for GetTokensFromRefreshToken {
    async fn call(
        cx: &Context<'_>,
        input: GetTokensFromRefreshTokenRequest,
    ) -> Result<GetTokensFromRefreshTokenResponse> {
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await?;
        clients::secret::authenticate(cx.domain, &realm.entry, &realm.client, input.client_secret.as_deref()).await?;
        let given = input.refresh_token.as_deref().unwrap_or_default();
        let device_key = input.device_key.as_deref();
        // The model gives this operation no error of its own for a user who must reset the password.
        let opened = refresh::open(cx, &realm.entry, &realm.client, given, device_key).await;
        let opened = opened.map_err(|error| match error.code() {
            ErrorCode::PasswordResetRequired => Error::not_authorized("Refresh Token has been revoked"),
            _ => error,
        })?;
        let metadata = input.client_metadata.unwrap_or_default();
        let tokens = refresh::refresh_or_rotate(cx, &realm.entry, &realm.client, &opened, &metadata).await?;
        Ok(GetTokensFromRefreshTokenResponse { authentication_result: Some(shapes::result(tokens, None)) })
    }
}
