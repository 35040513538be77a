//! ID tokens of user pools of this deployment.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use stepwell_model::ErrorCode;

use super::identity::Login;
use super::login::{Claims, VerifiedLogin, expired, invalid, not_a_token, not_supported};
use super::{issuer, provider};
use crate::SECOND;
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::keyring::SigningUse;
use crate::tokens::{self, generation};
use crate::users::UserStatus;

/// Verifies an ID token of the user pool for one of the app `clients` that the identity pool names. Where the client has
/// the `ServerSideTokenCheck`, the user is looked at, too.
pub(super) async fn verify(
    cx: &Context<'_>,
    user_pool: &str,
    clients: &BTreeMap<String, bool>,
    token: &str,
) -> Result<VerifiedLogin> {
    let entry = match cx.domain.pool(user_pool).await {
        Ok(entry) => entry,
        Err(error) if error.code() == ErrorCode::ResourceNotFound => return Err(not_supported()),
        Err(error) => return Err(error),
    };
    let Some(payload) = entry.signers.verify(SigningUse::Id, token) else {
        return Err(why_not(cx, &entry, token));
    };
    let claims: IdClaims<'_> = serde_json::from_slice(&payload).map_err(|_| not_a_token())?;
    if claims.token_use != Some("id") {
        return Err(not_a_token());
    }
    if claims.iss != Some(&tokens::issuer(cx.domain, &entry)) {
        return Err(invalid("Issuer doesn't match providerName"));
    }
    let expires_at = claims.exp.ok_or_else(|| invalid("Missing a required claim: exp"))?;
    let now = cx.now() / SECOND;
    if now >= expires_at {
        return Err(expired(now, expires_at));
    }
    let client_id = claims.aud.ok_or_else(|| invalid("Missing a required claim: aud"))?;
    if claims.azp.is_some_and(|azp| azp != client_id) {
        // A derived token (`GetDerivedToken`) that another app client had made for somebody by this name.
        return Err(not_supported());
    }
    let subject = claims.sub.ok_or_else(|| invalid("Missing a required claim: sub"))?.to_owned();
    let server_side_check = *clients.get(client_id).ok_or_else(not_supported)?;
    if server_side_check {
        check_user(cx, &entry, client_id, &subject, &claims).await?;
    }
    let name = provider::of_user_pool(&cx.domain.settings, user_pool);
    Ok(VerifiedLogin {
        role_key: [&name, ":", client_id].concat(),
        amr: [&name, ":CognitoSignIn:", &subject].concat(),
        login: Login { provider: name, subject },
        claims: Claims::Payload(payload),
    })
}

/// What is asked of every ID token. The pool itself writes these claims, and none that counts here with a character that JSON
/// escapes.
#[derive(Deserialize)]
struct IdClaims<'a> {
    token_use: Option<&'a str>,
    iss: Option<&'a str>,
    aud: Option<&'a str>,
    /// In derived tokens alone: the app client that had it made.
    azp: Option<&'a str>,
    sub: Option<&'a str>,
    jti: Option<&'a str>,
    origin_jti: Option<&'a str>,
    exp: Option<i64>,
}

/// Words for a token that no key of the pool signed as an ID token.
fn why_not(cx: &Context<'_>, entry: &PoolEntry, token: &str) -> Error {
    let Some(claims) = issuer::unverified(token) else { return not_a_token() };
    if claims.get("iss").and_then(Value::as_str) != Some(tokens::issuer(cx.domain, entry).as_str()) {
        return invalid("Issuer doesn't match providerName");
    }
    if !claims.contains_key("aud") {
        return invalid("Missing a required claim: aud");
    }
    invalid("Token signature invalid.")
}

/// That nothing has ended the sign-in: revocation, sign-out everywhere, and the user's or client's end.
async fn check_user(
    cx: &Context<'_>,
    entry: &PoolEntry,
    client_id: &str,
    subject: &str,
    claims: &IdClaims<'_>,
) -> Result<()> {
    let ended = || invalid("The user is signed out, disabled or deleted.");
    match cx.domain.client_of_pool(&entry.pool.id, client_id).await {
        Ok(_) => {}
        Err(error) if error.code() == ErrorCode::ResourceNotFound => return Err(ended()),
        Err(error) => return Err(error),
    }
    let stores = &cx.domain.stores;
    if let Some(origin) = claims.origin_jti
        && stores.guards.is_revoked(&entry.pool.id, origin).await?
    {
        return Err(ended());
    }
    let user = stores.users.by_sub(&entry.pool.id, subject).await?.ok_or_else(ended)?;
    let lives = claims.jti.is_some_and(|jti| generation::made(&entry.keys, jti, user.generation).is_some());
    if lives && user.enabled && user.status != UserStatus::ResetRequired { Ok(()) } else { Err(ended()) }
}
