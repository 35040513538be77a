//! `GetOpenIdToken`: the basic (classic) flow, in which the client takes the token to STS and chooses the role itself.

use stepwell_model::SecretString;

use super::issuer::{self, Claims};
use super::login::invalid;
use super::prove::{Proof, Proven, prove};
use super::{Logins, principal_tags, provider};
use crate::context::Context;
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
    let Proven { identity, pool, by } = prove(cx, identity_id, logins).await?;
    if !pool.allow_classic_flow {
        return Err(Error::invalid_parameter("Basic (classic) flow is not enabled, please use enhanced flow."));
    }
    if !pool.role_mappings.is_empty() {
        return Err(Error::invalid_parameter(
            "Basic (classic) flow is not supported with RoleMappings enabled, please use enhanced flow.",
        ));
    }
    let tags = match &by {
        Proof::Logins(logins) => principal_tags::of_logins(&pool, logins)?,
        Proof::Guest | Proof::Token { .. } => std::collections::BTreeMap::new(),
    };
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
