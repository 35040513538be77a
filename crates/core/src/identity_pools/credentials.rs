//! `GetCredentialsForIdentity`: the enhanced flow. The pool chooses the role, and STS gives credentials of it, ours or
//! another.

use std::collections::BTreeMap;

use super::entry::IdentityPoolEntry;
use super::external_sts;
use super::issuer::{self, Claims};
use super::prove::{Proof, prove};
use super::{Logins, guest, invalid_roles, principal_tags, provider, role_choice};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::iam::Federated;
use crate::sts::credentials::TemporaryCredentials;
use crate::sts::{self, IdentityGrant};
use crate::{MINUTE, Millis};

/// The life of a token that only travels to an external STS.
const TOKEN_LIFETIME: Millis = 10 * MINUTE;

/// Credentials, and whose they are.
#[derive(Debug)]
pub struct IdentityCredentials {
    /// The identity: its successor, where the one asked for became part of another.
    pub identity_id: String,
    /// The credentials.
    pub credentials: TemporaryCredentials,
}

/// Credentials for the identity.
pub async fn get(
    cx: &Context<'_>,
    identity_id: &str,
    logins: &Logins,
    custom_role: Option<&str>,
) -> Result<IdentityCredentials> {
    let decide = |pool: &IdentityPoolEntry, by: &Proof| Ok((role(pool, by, custom_role)?, tags(pool, by)?));
    let (proven, (role_arn, tags)) = prove(cx, identity_id, logins, decide).await?;
    let amr = proven.by.amr();
    let iam_version = proven.iam_version;
    let identity = proven.identity;
    if let Some(endpoint) = cx.domain.outside.external_sts.of_pool(&identity.pool_id) {
        let claims = Claims {
            pool_id: &identity.pool_id,
            identity_id: &identity.id,
            amr: &amr,
            tags: &tags,
            lifetime: TOKEN_LIFETIME,
        };
        let token = issuer::issue(cx.domain, claims).await?;
        let policy = matches!(proven.by, Proof::Guest).then_some(guest::INLINE_SESSION_POLICY);
        let credentials = external_sts::assume(cx, endpoint, &role_arn, &token, policy).await?;
        return Ok(IdentityCredentials { identity_id: identity.id, credentials });
    }
    let session_policies = match proven.by {
        Proof::Guest => guest::session_policies(),
        Proof::Logins(_) | Proof::Token { .. } => Vec::new(),
    };
    let pool_id = identity.pool_id;
    let keys = BTreeMap::from([
        ("aud".to_owned(), vec![pool_id]),
        ("sub".to_owned(), vec![identity.id.clone()]),
        ("amr".to_owned(), amr),
    ]);
    let federated = Federated {
        provider: provider::IDENTITY_POOLS.to_owned(),
        principal: provider::IDENTITY_POOLS.to_owned(),
        keys,
    };
    let grant = IdentityGrant { role_arn: &role_arn, federated, tags, session_policies, iam_version };
    let credentials = sts::for_identity(cx, grant).await.map_err(refused)?;
    Ok(IdentityCredentials { identity_id: identity.id, credentials })
}

fn role(pool: &IdentityPoolEntry, by: &Proof, custom: Option<&str>) -> Result<String> {
    match (by, custom) {
        (Proof::Guest, Some(custom)) => Err(role_choice::role_forbidden(custom)),
        (Proof::Guest, None) => pool.guest_role.clone().ok_or_else(invalid_roles),
        (Proof::Logins(logins), custom) => role_choice::choose(pool, logins, custom),
        (Proof::Token { .. }, custom) => role_choice::choose(pool, &[], custom),
    }
}

fn tags(pool: &IdentityPoolEntry, by: &Proof) -> Result<BTreeMap<String, String>> {
    match by {
        Proof::Guest => Ok(BTreeMap::new()),
        Proof::Logins(logins) => principal_tags::of_logins(pool, logins),
        Proof::Token { tags, .. } => Ok(tags.clone()),
    }
}

/// A role that is not there or does not trust the pool is for the administrator to know, not for the caller.
fn refused(error: Error) -> Error {
    if error.code().http_status() >= 500 {
        return error;
    }
    tracing::info!(reason = error.message(), "a role could not be assumed for an identity");
    invalid_roles()
}
