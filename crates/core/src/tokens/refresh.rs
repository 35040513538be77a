//! Refreshing: new tokens for an old sign-in, with or without rotation.

use super::issue::{Occasion, RefreshTokenLife, TokenSet, issue};
use super::refresh_token::RefreshToken;
use super::revoke;
use crate::auth::password;
use crate::cache::PoolEntry;
use crate::clients::AppClient;
use crate::context::Context;
use crate::devices;
use crate::error::{Error, Result};
use crate::ports::store::{Conflict, Write};
use crate::sessions;
use crate::triggers::{Metadata, TokenSource};
use crate::users::{User, UserStatus};
use stepwell_model::ErrorCode;

/// `REFRESH_TOKEN_AUTH`: new ID and access tokens, never a new refresh token. Refused where rotation is on, so that
/// rotation cannot be walked around.
pub async fn refresh(
    cx: &Context<'_>,
    entry: &PoolEntry,
    client: &AppClient,
    token: &RefreshToken,
    user: &User,
    client_metadata: &Metadata,
) -> Result<TokenSet> {
    if client.settings.refresh_token_rotation.is_some() {
        return Err(Error::not_authorized(
            "Refresh token rotation is enabled for this client; use GetTokensFromRefreshToken.",
        ));
    }
    refuse_rotated_out(cx, entry, token).await?;
    let life = RefreshTokenLife::None;
    let tokens = issue(cx, entry, client, user, &token.facts, life, occasion(cx, client_metadata)).await?;
    sessions::at_refresh(cx, entry, &token.facts.origin_jti).await?;
    Ok(tokens)
}

/// A token rotated out stays out, also after rotation was switched off for the client.
async fn refuse_rotated_out(cx: &Context<'_>, entry: &PoolEntry, token: &RefreshToken) -> Result<()> {
    match cx.domain.stores.guards.rotated_at(&entry.pool.id, &token.id).await? {
        None => Ok(()),
        Some(_) => Err(Error::not_authorized("Refresh Token has been revoked")),
    }
}

/// `GetTokensFromRefreshToken`: with rotation on, also a new refresh token with the old one's remaining life, and the
/// old one ends after the grace period.
pub async fn refresh_or_rotate(
    cx: &Context<'_>,
    entry: &PoolEntry,
    client: &AppClient,
    token: &RefreshToken,
    user: &User,
    client_metadata: &Metadata,
) -> Result<TokenSet> {
    let Some(grace) = client.settings.refresh_token_rotation else {
        return refresh(cx, entry, client, token, user, client_metadata).await;
    };
    let domain = cx.domain;
    // Before the rotation: where the pool's trigger refuses, the token stays good.
    let life = RefreshTokenLife::Until(token.expires_at);
    let tokens = issue(cx, entry, client, user, &token.facts, life, occasion(cx, client_metadata)).await?;
    let write = Write::Rotate {
        pool_id: entry.pool.id.clone(),
        token_id: token.id.clone(),
        now: cx.now(),
        expires_at: token.expires_at,
    };
    match domain.submit(vec![write]).await? {
        Ok(()) => {}
        Err(Conflict::Spent) => {
            let rotated_at = domain.stores.guards.rotated_at(&entry.pool.id, &token.id).await?;
            if rotated_at.is_none_or(|rotated_at| cx.now() >= rotated_at + grace) {
                // Two hold this token, and one of them is not the user: the sign-in ends (RFC 9700, section 4.14.2).
                let mut writes = vec![revoke::of_sign_in(cx, entry, client, token)];
                writes.extend(sessions::forget(cx, entry, &token.facts.origin_jti).await?);
                domain.commit(writes).await?;
                return Err(Error::new(ErrorCode::RefreshTokenReuse, "Refresh token has been reused."));
            }
        }
        Err(conflict) => return Err(Error::internal(format!("rotation: {conflict:?}"))),
    }
    sessions::at_refresh(cx, entry, &token.facts.origin_jti).await?;
    Ok(tokens)
}

fn occasion<'a>(cx: &'a Context<'_>, client_metadata: &'a Metadata) -> Occasion<'a> {
    Occasion { source: TokenSource::RefreshTokens, client_metadata, event_id: &cx.caller.request_id }
}

/// Opens a refresh token of this client and checks all that can have ended it but rotation; returns it with its user.
/// `device_key` is the device that the client names.
pub async fn open(
    cx: &Context<'_>,
    entry: &PoolEntry,
    client: &AppClient,
    token: &str,
    device_key: Option<&str>,
) -> Result<(RefreshToken, User)> {
    let token = RefreshToken::open(entry, &client.id, token)?;
    if cx.now() >= token.expires_at {
        return Err(Error::not_authorized("Refresh Token has expired"));
    }
    let stores = &cx.domain.stores;
    let user = stores
        .users
        .by_sub(&entry.pool.id, &token.sub)
        .await?
        .ok_or_else(|| Error::not_authorized("Invalid Refresh Token"))?;
    if !user.enabled {
        return Err(Error::not_authorized("User is disabled."));
    }
    if user.status == UserStatus::ResetRequired {
        return Err(password::reset_required());
    }
    if user.generation != token.generation || stores.guards.is_revoked(&entry.pool.id, &token.facts.origin_jti).await? {
        return Err(Error::not_authorized("Refresh Token has been revoked"));
    }
    devices::check_refresh(cx.domain, entry, &token, device_key).await?;
    Ok((token, user))
}
