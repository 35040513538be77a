//! `GetOpenIdToken`: the basic (classic) flow, in which the client takes the token to STS and chooses the role itself.

use std::collections::BTreeMap;

use stepwell_model::SecretString;

use super::issuer::{self, Claims, IdentityToken};
use super::login::invalid;
use super::prove::{Proof, Proven, check_token, prove};
use super::{Logins, identity_not_found, principal_tags, provider};
use crate::context::Context;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::{MINUTE, Millis};

/// How long the token lives (API, `GetOpenIdToken`).
const LIFETIME: Millis = 10 * MINUTE;

/// An OpenID token, and whose it is.
#[derive(Debug)]
pub struct OpenIdToken {
    /// The identity: its successor, where the one asked for became part of another.
    pub identity_id: String,
    /// The token.
    pub token: SecretString,
}

/// An OpenID token for the identity.
pub async fn get(cx: &Context<'_>, identity_id: &str, logins: &Logins) -> Result<OpenIdToken> {
    if logins.contains_key(provider::IDENTITY_POOLS) {
        return Err(invalid("Can't pass in a Cognito token."));
    }
    let (Proven { identity, by, .. }, tags) = prove(cx, identity_id, logins, |pool, by| {
        pool.check_basic_flow()?;
        match by {
            // `InvalidIdentityPoolConfigurationException` is not among this operation's errors.
            Proof::Logins(logins) => principal_tags::of_logins(pool, logins)
                .map_err(|error| Error::invalid_parameter(error.message().to_owned())),
            Proof::Guest | Proof::Token { .. } => Ok(BTreeMap::new()),
        }
    })
    .await?;
    let claims = Claims {
        pool_id: &identity.pool_id,
        identity_id: &identity.id,
        amr: &by.amr(),
        tags: &tags,
        lifetime: LIFETIME,
    };
    let token = issuer::issue(cx.domain, claims).await?;
    Ok(OpenIdToken { identity_id: identity.id, token })
}

/// Whether the basic flow is open to the holder of a genuine token of ours, from `GetOpenIdToken` or from a developer's backend:
/// the pool and the identity are there, the token still counts for it, and the pool has the flow on.
pub async fn check(domain: &Domain, token: &IdentityToken) -> Result<()> {
    let identity = domain.stores.identity_pools.identity(&token.identity_id).await?;
    let identity = identity
        .filter(|identity| identity.pool_id == token.pool_id)
        .ok_or_else(|| identity_not_found(&token.identity_id))?;
    let pool = domain.identity_pool(&token.pool_id).await?;
    check_token(domain, &pool, identity, token)?;
    pool.check_basic_flow()
}
