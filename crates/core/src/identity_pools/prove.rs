//! Whether a caller may act as an identity: by its logins, by an OpenID token of ours, or because it is a guest's.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::entry::IdentityPoolEntry;
use super::identity::Identity;
use super::login::{self, VerifiedLogin, expired, invalid};
use super::settle::{Wanted, settle};
use super::{
    IdentityTokenError, Logins, forbidden, identity_not_found, issuer, logins_do_not_match, no_guests, provider,
};
use crate::SECOND;
use crate::context::Context;
use crate::error::{Error, Result};

/// A caller who may act as an identity.
#[derive(Debug)]
pub(super) struct Proven {
    /// The identity. Not always the one asked for: its successor, where it became part of another.
    pub(super) identity: Identity,
    /// Its pool.
    pub(super) pool: Arc<IdentityPoolEntry>,
    /// By what.
    pub(super) by: Proof,
}

/// What a caller has proven.
#[derive(Debug)]
pub(super) enum Proof {
    /// Nothing: a guest.
    Guest,
    /// These logins.
    Logins(Vec<VerifiedLogin>),
    /// An OpenID token of ours, with its `amr` and session tags.
    Token {
        /// `authenticated`, and by which logins.
        amr: Vec<String>,
        /// Session tags.
        tags: BTreeMap<String, String>,
    },
}

impl Proof {
    /// The `amr` of a token or a session.
    pub(super) fn amr(&self) -> Vec<String> {
        match self {
            Self::Guest => vec!["unauthenticated".to_owned()],
            Self::Logins(logins) => amr(logins),
            Self::Token { amr, .. } => amr.clone(),
        }
    }
}

/// The `amr` of who has signed in by these logins.
pub(super) fn amr(logins: &[VerifiedLogin]) -> Vec<String> {
    let each = logins.iter().flat_map(|login| [login.login.provider.clone(), login.amr.clone()]);
    std::iter::once("authenticated".to_owned()).chain(each).collect()
}

/// Verifies what the request brings for the identity it asks for. Logins that the identity does not have yet are linked.
pub(super) async fn prove(cx: &Context<'_>, identity_id: &str, logins: &Logins) -> Result<Proven> {
    let asked = cx.domain.stores.identity_pools.identity(identity_id).await?;
    let asked = asked.ok_or_else(|| identity_not_found(identity_id))?;
    // The identities of a deleted pool go in the background.
    let pool = cx.domain.identity_pool(&asked.pool_id).await.map_err(|error| match error.code() {
        stepwell_model::ErrorCode::ResourceNotFound => identity_not_found(identity_id),
        _ => error,
    })?;
    if logins.is_empty() {
        let identity = guest(&pool, asked)?;
        return Ok(Proven { identity, pool, by: Proof::Guest });
    }
    if let Some(token) = logins.get(provider::IDENTITY_POOLS) {
        if logins.len() > 1 {
            return Err(Error::invalid_parameter("A Cognito token must be the only login."));
        }
        return by_token(cx, pool, asked, token).await;
    }
    let verified = login::verify_all(cx, &pool, logins).await?;
    // The usual case: nothing to find, nothing to write.
    let identity = if asked.is_enabled() && verified.iter().all(|verified| asked.has(&verified.login)) {
        asked
    } else {
        let logins: Vec<_> = verified.iter().map(|verified| verified.login.clone()).collect();
        let wanted = Wanted::Identity(&asked.id);
        settle(cx, &asked.pool_id, pool.developer_provider.as_deref(), &logins, wanted).await?
    };
    Ok(Proven { identity, pool, by: Proof::Logins(verified) })
}

/// An identity id alone is enough for an identity that never had a login.
fn guest(pool: &IdentityPoolEntry, asked: Identity) -> Result<Identity> {
    if asked.authenticated || !asked.is_enabled() {
        return Err(forbidden(&asked.id));
    }
    if !pool.allow_guests {
        return Err(no_guests());
    }
    Ok(asked)
}

async fn by_token(cx: &Context<'_>, pool: Arc<IdentityPoolEntry>, asked: Identity, token: &str) -> Result<Proven> {
    let token = match issuer::verify(cx.domain, token).await? {
        Ok(token) => token,
        Err(IdentityTokenError::Invalid(_)) => return Err(invalid("Not a Cognito token.")),
        Err(IdentityTokenError::Expired(at)) => return Err(expired(cx.now() / SECOND, at / SECOND)),
    };
    if token.pool_id != asked.pool_id {
        return Err(logins_do_not_match());
    }
    let identity = if token.identity_id == asked.id {
        asked
    } else if asked.merged_into.as_deref() == Some(&token.identity_id) {
        let successor = cx.domain.stores.identity_pools.identity(&token.identity_id).await?;
        successor.ok_or_else(|| forbidden(&asked.id))?
    } else {
        return Err(logins_do_not_match());
    };
    if !token.amr.iter().any(|method| method == "authenticated") {
        // Whatever it became since: a guest's token is no more than the identity id.
        let identity = guest(&pool, identity)?;
        return Ok(Proven { identity, pool, by: Proof::Guest });
    }
    if !identity.is_enabled() || identity.logins.is_empty() {
        return Err(forbidden(&identity.id));
    }
    Ok(Proven { identity, pool, by: Proof::Token { amr: token.amr, tags: token.tags } })
}
