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
use crate::ports::store::{Conflict, RefreshTokenUser, Write};
use crate::sessions;
use crate::triggers::{Metadata, TokenSource};
use crate::users::{User, UserStatus};
use stepwell_model::ErrorCode;

/// A refresh token that is good, unless it was rotated out.
#[derive(Debug)]
pub struct Opened {
    /// The token.
    pub token: RefreshToken,
    /// Its user, as stored now.
    pub user: User,
    /// True if it was rotated out; where rotation is on, there is a time in which that does not count yet.
    is_rotated_out: bool,
}

/// `REFRESH_TOKEN_AUTH`: new ID and access tokens, never a new refresh token. Refused where rotation is on, so that
/// rotation cannot be walked around.
pub async fn refresh(
    cx: &Context<'_>,
    entry: &PoolEntry,
    client: &AppClient,
    opened: &Opened,
    client_metadata: &Metadata,
) -> Result<TokenSet> {
    let Opened { token, user, is_rotated_out } = opened;
    if client.settings.refresh_token_rotation.is_some() {
        return Err(Error::not_authorized(
            "Refresh token rotation is enabled for this client; use GetTokensFromRefreshToken.",
        ));
    }
    // A token rotated out stays out, also after rotation was switched off for the client.
    if *is_rotated_out {
        return Err(Error::not_authorized("Refresh Token has been revoked"));
    }
    let life = RefreshTokenLife::None;
    let tokens = issue(cx, entry, client, user, &token.facts, life, occasion(cx, client_metadata)).await?;
    sessions::at_refresh(cx, entry, &token.facts.origin_jti).await?;
    Ok(tokens)
}

/// `GetTokensFromRefreshToken`: with rotation on, also a new refresh token with the old one's remaining life, and the
/// old one ends after the grace period.
pub async fn refresh_or_rotate(
    cx: &Context<'_>,
    entry: &PoolEntry,
    client: &AppClient,
    opened: &Opened,
    client_metadata: &Metadata,
) -> Result<TokenSet> {
    let Some(grace) = client.settings.refresh_token_rotation else {
        return refresh(cx, entry, client, opened, client_metadata).await;
    };
    let Opened { token, user, .. } = opened;
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

/// Opens a refresh token of this client and checks all that can have ended it but rotation.
/// `device_key` is the device that the client names.
pub async fn open(
    cx: &Context<'_>,
    entry: &PoolEntry,
    client: &AppClient,
    token: &str,
    device_key: Option<&str>,
) -> Result<Opened> {
    let token = RefreshToken::open(entry, &client.id, token)?;
    if cx.now() >= token.expires_at {
        return Err(Error::not_authorized("Refresh Token has expired"));
    }
    let users = &cx.domain.stores.users;
    let found = users.of_refresh_token(&entry.pool.id, &token.sub, &token.facts.origin_jti, &token.id).await?;
    let RefreshTokenUser { user, is_revoked, is_rotated_out } =
        found.ok_or_else(|| Error::not_authorized("Invalid Refresh Token"))?;
    if !user.enabled {
        return Err(Error::not_authorized("User is disabled."));
    }
    if user.status == UserStatus::ResetRequired {
        return Err(password::reset_required());
    }
    if user.generation != token.generation || is_revoked {
        return Err(Error::not_authorized("Refresh Token has been revoked"));
    }
    devices::check_refresh(cx.domain, entry, &token, device_key).await?;
    Ok(Opened { token, user, is_rotated_out })
}
