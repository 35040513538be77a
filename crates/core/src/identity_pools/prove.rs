//! Whether a caller may act as an identity: by its logins, by an OpenID token of ours, or because it is a guest's.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::entry::IdentityPoolEntry;
use super::identity::{Identity, Login};
use super::login::{self, VerifiedLogin, expired, invalid};
use super::settle::{Wanted, settle};
use super::{
    IdentityToken, IdentityTokenError, Logins, forbidden, identity_not_found, issuer, logins_do_not_match, no_guests,
    provider,
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
    /// The version of IAM when the identity was read.
    pub(super) iam_version: i64,
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
    let asked = cx.domain.stores.identity_pools.identity_and_iam_version(identity_id).await?;
    let (asked, iam_version) = asked.ok_or_else(|| identity_not_found(identity_id))?;
    // The identities of a deleted pool go in the background.
    let pool = cx.domain.identity_pool(&asked.pool_id).await.map_err(|error| match error.code() {
        stepwell_model::ErrorCode::ResourceNotFound => identity_not_found(identity_id),
        _ => error,
    })?;
    if logins.is_empty() {
        let identity = guest(&pool, asked)?;
        return Ok(Proven { identity, pool, by: Proof::Guest, iam_version });
    }
    if let Some(token) = logins.get(provider::IDENTITY_POOLS) {
        if logins.len() > 1 {
            return Err(Error::invalid_parameter("A Cognito token must be the only login."));
        }
        let (identity, by) = by_token(cx, &pool, asked, token).await?;
        return Ok(Proven { identity, pool, by, iam_version });
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
    Ok(Proven { identity, pool, by: Proof::Logins(verified), iam_version })
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

async fn by_token(
    cx: &Context<'_>,
    pool: &IdentityPoolEntry,
    asked: Identity,
    token: &str,
) -> Result<(Identity, Proof)> {
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
    if !is_signed_in(&token) {
        // Whatever it became since: a guest's token is no more than the identity id.
        return Ok((guest(pool, identity)?, Proof::Guest));
    }
    check_login(&identity, &token)?;
    Ok((identity, Proof::Token { amr: token.amr, tags: token.tags }))
}

/// Whether the identity of a genuine token of ours may still be used with it.
pub(super) fn check_token(pool: &IdentityPoolEntry, identity: Identity, token: &IdentityToken) -> Result<()> {
    if is_signed_in(token) { check_login(&identity, token) } else { guest(pool, identity).map(drop) }
}

fn is_signed_in(token: &IdentityToken) -> bool {
    token.amr.iter().any(|method| method == "authenticated")
}

/// A login that the token was given for must still lead to the identity: whoever lost the last one has no part in it any more,
/// whoever else's it is.
fn check_login(identity: &Identity, token: &IdentityToken) -> Result<()> {
    let names = token.amr.get(1..).unwrap_or_default();
    let is_linked = names.as_chunks().0.iter().any(|[provider, amr]: &[String; 2]| {
        identity.logins.iter().any(|login| login.provider == *provider && names_login(amr, &identity.pool_id, login))
    });
    if identity.is_enabled() && is_linked { Ok(()) } else { Err(forbidden(&identity.id)) }
}

/// Whether an entry of [`amr`] is of this login. The pool stands there in place of an app for the developer's own users.
fn names_login(amr: &str, pool_id: &str, login: &Login) -> bool {
    let Some(rest) = after(amr, &login.provider) else { return false };
    match after(rest, pool_id) {
        Some(user) => user == login.subject,
        None => rest.strip_suffix(&login.subject).is_some_and(|app| app.ends_with(':')),
    }
}

/// What follows `start` and a colon.
fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.strip_prefix(start)?.strip_prefix(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_named_exactly() {
        let login = |provider: &str, subject: &str| Login { provider: provider.into(), subject: subject.into() };
        let named = |amr: &str, login: &Login| names_login(amr, "us-east-1:1", login);
        assert!(named("dev:us-east-1:1:ann", &login("dev", "ann")));
        assert!(named("dev:us-east-1:1:a:b", &login("dev", "a:b")));
        assert!(!named("dev:us-east-1:1:a:b", &login("dev", "b")));
        assert!(!named("dev:us-east-1:1:mann", &login("dev", "ann")));
        assert!(named("op.example/r:app:x:repo:a", &login("op.example/r", "repo:a")));
        assert!(!named("op.example/r:app:ann", &login("op.example", "ann")));
        assert!(!named("op.example:app:joann", &login("op.example", "ann")));
        assert!(!named("op.example:ann", &login("op.example", "ann")));
    }
}
