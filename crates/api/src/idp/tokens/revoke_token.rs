//! `RevokeToken`.

use stepwell_core::auth::Realm;
use stepwell_core::tokens::revoke;
use stepwell_core::{Context, Error, ErrorCode, Result, clients};
use stepwell_model::idp::{RevokeToken, RevokeTokenRequest, RevokeTokenResponse};

use crate::operation::Operation;

impl Operation for RevokeToken {
    async fn call(cx: &Context<'_>, input: RevokeTokenRequest) -> Result<RevokeTokenResponse> {
        // The model gives this operation `UnauthorizedException` where others answer `ResourceNotFoundException`.
        let unauthorized = |error: Error| match error.code() {
            ErrorCode::ResourceNotFound | ErrorCode::NotAuthorized => {
                Error::new(ErrorCode::Unauthorized, error.message().to_owned())
            }
            _ => error,
        };
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await.map_err(unauthorized)?;
        clients::secret::authenticate(cx.domain, &realm.entry, &realm.client, input.client_secret.as_deref())
            .await
            .map_err(unauthorized)?;
        revoke::revoke(cx, &realm.entry, &realm.client, input.token.as_deref().unwrap_or_default()).await?;
        Ok(RevokeTokenResponse::default())
    }
}
