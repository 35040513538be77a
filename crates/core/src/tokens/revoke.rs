//! Ending tokens before their time.

use super::refresh_token::RefreshToken;
use crate::Millis;
use crate::cache::PoolEntry;
use crate::clients::AppClient;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Conflict, Write};
use crate::sessions;
use crate::users::User;
use stepwell_model::ErrorCode;

/// Revokes a refresh token and the access tokens that came from the same sign-in (RFC 7009; developer guide, "Ending
/// user sessions with token revocation"). Revoking an expired token again does nothing and is no error.
pub async fn revoke(cx: &Context<'_>, entry: &PoolEntry, client: &AppClient, token: &str) -> Result<()> {
    if !client.settings.token_revocation {
        return Err(Error::new(ErrorCode::UnsupportedOperation, "Token revocation is not enabled for this client."));
    }
    let token = RefreshToken::open(entry, &client.id, token)
        .map_err(|_| Error::new(ErrorCode::UnsupportedTokenType, "The token type is not supported."))?;
    let mut writes = vec![of_sign_in(cx, entry, client, &token)];
    writes.extend(sessions::forget(cx, entry, &token.facts.origin_jti).await?);
    cx.domain.commit(writes).await
}

/// The write that ends all tokens of a sign-in. Access tokens may outlive the refresh token by their own life.
pub(super) fn of_sign_in(cx: &Context<'_>, entry: &PoolEntry, client: &AppClient, token: &RefreshToken) -> Write {
    let longest = client.settings.access_token_validity.max(client.settings.id_token_validity);
    origin(&entry.pool.id, &token.facts.origin_jti, token.expires_at.max(cx.now()) + longest)
}

/// The write that ends all tokens of a sign-in, remembered until the last of them has expired.
pub(crate) fn origin(pool_id: &str, origin_jti: &str, expires_at: Millis) -> Write {
    Write::RevokeOrigin { pool_id: pool_id.to_owned(), origin_jti: origin_jti.to_owned(), expires_at }
}

/// Signs a user out everywhere: all tokens of the user's generation end.
pub async fn sign_out_everywhere(cx: &Context<'_>, pool_id: &str, user: User) -> Result<()> {
    let mut user = user;
    loop {
        user.generation += 1;
        let sub = user.sub.clone();
        match cx.domain.submit(vec![Write::UpdateUser(Box::new(user))]).await? {
            Ok(()) => return Ok(()),
            Err(Conflict::Changed) => {
                user = cx
                    .domain
                    .stores
                    .users
                    .by_sub(pool_id, &sub)
                    .await?
                    .ok_or_else(|| Error::new(ErrorCode::UserNotFound, "User does not exist."))?;
            }
            Err(conflict) => return Err(Error::internal(format!("sign-out: {conflict:?}"))),
        }
    }
}
