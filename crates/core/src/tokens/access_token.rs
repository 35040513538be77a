//! Verifying access tokens for token-authorized operations.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::claims::ADMIN_SCOPE;
use super::generation::{self, Made};
use super::issuer;
use crate::auth::password;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::keyring::SigningUse;
use crate::users::{User, UserStatus};
use crate::{Millis, SECOND};
use stepwell_model::ErrorCode;

/// A verified access token and the user it speaks for, as read while verifying.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The pool.
    pub pool_id: String,
    /// The app client it was issued to.
    pub client_id: String,
    /// The user's sub.
    pub sub: String,
    /// The user's username.
    pub username: String,
    /// Its own id.
    pub jti: String,
    /// The sign-in it came from; absent where the client has revocation switched off.
    pub origin_jti: Option<String>,
    /// When the user signed in.
    pub auth_time: Millis,
    /// The device that was used, where the pool remembers devices.
    pub device_key: Option<String>,
    /// End of its life.
    pub expires_at: Millis,
    /// The scopes, separated by spaces.
    pub scope: String,
    /// The methods the user signed in with (`amr`).
    pub amr: Vec<String>,
    /// What it was made of. A token made of another one shows no sign-in of whoever holds it.
    pub made: Made,
    /// The user, read during this request.
    pub user: User,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    client_id: String,
    username: String,
    iss: String,
    token_use: String,
    jti: String,
    origin_jti: Option<String>,
    auth_time: i64,
    exp: i64,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    amr: Vec<String>,
    device_key: Option<String>,
}

/// Verifies signature, issuer, use, expiry, scope, revocation and generation, in this order; the errors are those the
/// token-authorized operations share.
pub async fn verify(domain: &Domain, token: &str) -> Result<AccessToken> {
    let invalid = || Error::not_authorized("Invalid Access Token");
    // The unverified payload only says which pool's keys to verify with.
    let client_id = unverified_client_id(token).ok_or_else(invalid)?;
    let (client, entry) = match domain.client_and_pool(&client_id).await {
        Ok(found) => found,
        Err(error) if error.code() == ErrorCode::ResourceNotFound => return Err(invalid()),
        Err(error) => return Err(error),
    };
    let payload = entry.signers.verify(SigningUse::Access, token).ok_or_else(invalid)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| invalid())?;
    if claims.token_use != "access" || claims.client_id != client.id || claims.iss != issuer(domain, &entry) {
        return Err(invalid());
    }
    if domain.clock.now() >= claims.exp.saturating_mul(SECOND) {
        return Err(Error::not_authorized("Access Token has expired"));
    }
    if !claims.scope.split(' ').any(|scope| scope == ADMIN_SCOPE) {
        return Err(Error::not_authorized("Access Token does not have required scopes"));
    }
    let revoked = || Error::not_authorized("Access Token has been revoked");
    if let Some(origin) = &claims.origin_jti
        && domain.stores.guards.is_revoked(&entry.pool.id, origin).await?
    {
        return Err(revoked());
    }
    let user = domain
        .stores
        .users
        .by_sub(&entry.pool.id, &claims.sub)
        .await?
        .ok_or_else(|| Error::new(ErrorCode::UserNotFound, "User does not exist."))?;
    if !user.enabled {
        return Err(Error::not_authorized("User is disabled."));
    }
    if user.status == UserStatus::ResetRequired {
        return Err(password::reset_required());
    }
    let made = generation::made(&entry.keys, &claims.jti, user.generation).ok_or_else(revoked)?;
    Ok(AccessToken {
        pool_id: entry.pool.id.clone(),
        client_id: claims.client_id,
        sub: claims.sub,
        username: claims.username,
        jti: claims.jti,
        origin_jti: claims.origin_jti,
        auth_time: claims.auth_time.saturating_mul(SECOND),
        device_key: claims.device_key,
        expires_at: claims.exp.saturating_mul(SECOND),
        scope: claims.scope,
        amr: claims.amr,
        made,
        user,
    })
}

fn unverified_client_id(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct ClientId {
        client_id: String,
    }
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims = serde_json::from_slice::<ClientId>(&payload).ok()?;
    // Nothing unverified reaches the store that is not shaped like a client id.
    claims.client_id.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(claims.client_id)
}
