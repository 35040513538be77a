//! Whether a caller may act as an identity: by its logins, by an OpenID token of ours, or because it is a guest's.

use std::collections::BTreeMap;

use super::entry::IdentityPoolEntry;
use super::identity::{Identity, Login};
use super::login::{self, VerifiedLogin, expired, invalid};
use super::settle::{self, Wanted, settle};
use super::{
    IdentityToken, IdentityTokenError, Logins, forbidden, identity_not_found, issuer, logins_do_not_match, no_guests,
    provider,
};
use crate::SECOND;
use crate::context::Context;
use crate::domain::Domain;
use crate::error::{Error, Result};

/// A caller who may act as an identity.
#[derive(Debug)]
pub(super) struct Proven {
    /// The identity. Not always the one asked for: its successor, where it became part of another.
    pub(super) identity: Identity,
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

/// Verifies what the request brings for the identity it asks for. Logins that the identity does not have yet are linked, unless
/// `decide` refuses: it is asked what the caller gets for what is proven, before anything is written.
pub(super) async fn prove<T>(
    cx: &Context<'_>,
    identity_id: &str,
    logins: &Logins,
    decide: impl FnOnce(&IdentityPoolEntry, &Proof) -> Result<T>,
) -> Result<(Proven, T)> {
    let asked = cx.domain.stores.identity_pools.identity_and_iam_version(identity_id).await?;
    let (asked, iam_version) = asked.ok_or_else(|| identity_not_found(identity_id))?;
    // The identities of a deleted pool go in the background.
    let pool = cx.domain.identity_pool(&asked.pool_id).await.map_err(|error| match error.code() {
        stepwell_model::ErrorCode::ResourceNotFound => identity_not_found(identity_id),
        _ => error,
    })?;
    if logins.is_empty() {
        let identity = guest(&pool, asked)?;
        let decided = decide(&pool, &Proof::Guest)?;
        return Ok((Proven { identity, by: Proof::Guest, iam_version }, decided));
    }
    if let Some(token) = logins.get(provider::IDENTITY_POOLS) {
        if logins.len() > 1 {
            return Err(Error::invalid_parameter("A Cognito token must be the only login."));
        }
        let (identity, by) = by_token(cx, &pool, asked, token).await?;
        let decided = decide(&pool, &by)?;
        return Ok((Proven { identity, by, iam_version }, decided));
    }
    let verified = login::verify_all(cx, &pool, logins).await?;
    let logins: Vec<_> = verified.iter().map(|verified| verified.login.clone()).collect();
    let by = Proof::Logins(verified);
    let decided = decide(&pool, &by)?;
    // The usual case: nothing to find, nothing to write.
    let identity = if asked.is_enabled() && logins.iter().all(|login| asked.has(login)) {
        asked
    } else {
        let wanted = Wanted::Identity(&asked.id);
        settle(cx, &asked.pool_id, pool.developer_provider.as_deref(), &logins, wanted).await?
    };
    Ok((Proven { identity, by, iam_version }, decided))
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
    } else if settle::successor(cx, &asked).await?.as_ref() == Some(&token.identity_id) {
        let successor = cx.domain.stores.identity_pools.identity(&token.identity_id).await?;
        successor.ok_or_else(|| forbidden(&asked.id))?
    } else {
        return Err(logins_do_not_match());
    };
    if !is_signed_in(&token) {
        // Whatever it became since: a guest's token is no more than the identity id.
        return Ok((guest(pool, identity)?, Proof::Guest));
    }
    check_login(cx.domain, pool, &identity, &token)?;
    if !is_developers(pool, &token) {
        // It was made for the basic flow. By it alone nobody can say what the pool's role mappings would.
        pool.check_basic_flow()?;
    }
    Ok((identity, Proof::Token { amr: token.amr, tags: token.tags }))
}

/// Whether the identity of a genuine token of ours may still be used with it.
pub(super) fn check_token(
    domain: &Domain,
    pool: &IdentityPoolEntry,
    identity: Identity,
    token: &IdentityToken,
) -> Result<()> {
    if is_signed_in(token) { check_login(domain, pool, &identity, token) } else { guest(pool, identity).map(drop) }
}

fn is_signed_in(token: &IdentityToken) -> bool {
    token.amr.iter().any(|method| method == "authenticated")
}

/// Whether a developer's backend asked for the token.
fn is_developers(pool: &IdentityPoolEntry, token: &IdentityToken) -> bool {
    logins_of(token).any(|[provider, _]| pool.developer_provider.as_ref() == Some(provider))
}

/// The providers that stand in a token's `amr`, each with who it is there.
fn logins_of(token: &IdentityToken) -> impl Iterator<Item = &[String; 2]> {
    token.amr.get(1..).unwrap_or_default().as_chunks().0.iter()
}

/// A login that the token was given for must still lead to the identity, in a pool that still has the provider: whoever lost
/// the last one has no part in it any more, whoever else's it is.
fn check_login(domain: &Domain, pool: &IdentityPoolEntry, identity: &Identity, token: &IdentityToken) -> Result<()> {
    let is_there = |provider: &String| {
        pool.developer_provider.as_ref() == Some(provider) || pool.verifies(&domain.settings, provider)
    };
    let is_linked = logins_of(token).filter(|[provider, _]| is_there(provider)).any(|[provider, amr]| {
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
