//! Identities of users whom a developer's own backend vouches for.

use std::collections::BTreeMap;

use stepwell_model::ErrorCode;

use super::entry::IdentityPoolEntry;
use super::identity::{Identity, Login};
use super::issuer;
use super::login::{self, Claims, VerifiedLogin};
use super::openid_token::OpenIdToken;
use super::prove;
use super::settle::{self, Wanted, settle};
use super::{Logins, MAX_LOGINS, TRIES, changed_meanwhile, principal_tags};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::paging;
use crate::ports::store::{After, Conflict, Write};
use crate::{MINUTE, Millis, SECOND};

/// How long a token lives for which the backend names no time (API, `GetOpenIdTokenForDeveloperIdentity`).
const LIFETIME: Millis = 15 * MINUTE;

/// What a backend asks a token for.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'a> {
    /// The identity pool.
    pub pool_id: &'a str,
    /// The identity to link the logins to, if it is known.
    pub identity_id: Option<&'a str>,
    /// The user's name with the developer provider, and tokens of other providers.
    pub logins: &'a Logins,
    /// Session tags.
    pub tags: &'a BTreeMap<String, String>,
    /// The token's life, in seconds: 1 to 86,400.
    pub duration: Option<i64>,
}

/// `GetOpenIdTokenForDeveloperIdentity`: a token for the identity that the logins lead to.
pub async fn token(cx: &Context<'_>, request: TokenRequest<'_>) -> Result<OpenIdToken> {
    let entry = cx.domain.identity_pool(request.pool_id).await?;
    principal_tags::check_keys(request.tags.keys())?;
    if let Some(value) = request.tags.values().find(|value| !principal_tags::is_valid(value)) {
        return Err(Error::invalid_parameter(format!("Invalid principal tag value: {value}")));
    }
    let provider = developer_provider(&entry)?;
    let mut others = request.logins.clone();
    let Some(user) = others.remove(provider) else {
        return Err(Error::invalid_parameter(format!(
            "Logins must name the user with the developer provider {provider}."
        )));
    };
    let own = own_login(&entry, provider, &user)?;
    let mut logins = vec![own];
    if !others.is_empty() {
        logins.extend(login::verify_all(cx, &entry, &others).await.map_err(declared)?);
    }
    let identity = identity_of(cx, &entry, provider, request.identity_id, &logins).await?;
    let amr = prove::amr(&logins);
    let lifetime = request.duration.map_or(LIFETIME, |seconds| seconds.saturating_mul(SECOND));
    let claims = issuer::Claims {
        pool_id: &identity.pool_id,
        identity_id: &identity.id,
        amr: &amr,
        tags: request.tags,
        lifetime,
    };
    let token = issuer::issue(cx.domain, claims).await?;
    Ok(OpenIdToken { identity_id: identity.id, token })
}

/// `ExternalServiceException` is not among this operation's errors.
fn declared(error: Error) -> Error {
    match error.code() {
        ErrorCode::ExternalService => Error::new(ErrorCode::InternalError, error.message().to_owned()),
        _ => error,
    }
}

/// The user as the backend names it; the backend is believed.
fn own_login(entry: &IdentityPoolEntry, provider: &str, user: &str) -> Result<VerifiedLogin> {
    check_identifier(user)?;
    Ok(VerifiedLogin {
        role_key: provider.to_owned(),
        amr: format!("{provider}:{}:{user}", entry.id),
        login: Login { provider: provider.to_owned(), subject: user.to_owned() },
        claims: Claims::Read(serde_json::Map::new()),
    })
}

async fn identity_of(
    cx: &Context<'_>,
    entry: &IdentityPoolEntry,
    provider: &str,
    identity_id: Option<&str>,
    logins: &[VerifiedLogin],
) -> Result<Identity> {
    let logins: Vec<Login> = logins.iter().map(|login| login.login.clone()).collect();
    let Some(identity_id) = identity_id else {
        return settle(cx, &entry.id, Some(provider), &logins, Wanted::Any).await;
    };
    let asked = settle::read(cx, &entry.id, identity_id).await?;
    if let Some(own) = logins.first()
        && let Some(other) = cx.domain.stores.identity_pools.identity_of(&entry.id, own).await?
        && other.id != asked.id
        && asked.authenticated
        // A backend, too, goes on sending the id that it knows of before a merge.
        && settle::successor(cx, &asked).await? != Some(other.id)
    {
        return Err(Error::new(
            ErrorCode::DeveloperUserAlreadyRegistered,
            "The provided developer user identifier is already registered with Cognito under a different identity ID.",
        ));
    }
    settle(cx, &entry.id, Some(provider), &logins, Wanted::Trusted(&asked.id)).await
}

/// Users of the developer provider, and the identity they lead to.
#[derive(Debug)]
pub struct Lookup {
    /// The identity.
    pub identity_id: String,
    /// The developer's names of the users, one page.
    pub users: Vec<String>,
    /// The token of the next page.
    pub next_token: Option<String>,
}

/// `LookupDeveloperIdentity`: by identity, by user, or both.
pub async fn lookup(
    cx: &Context<'_>,
    pool_id: &str,
    identity_id: Option<&str>,
    user: Option<&str>,
    limit: u32,
    token: Option<&str>,
) -> Result<Lookup> {
    let entry = cx.domain.identity_pool(pool_id).await?;
    let provider = developer_provider(&entry)?;
    let identity = match (identity_id, user) {
        (None, None) => {
            return Err(Error::invalid_parameter("Either IdentityId or DeveloperUserIdentifier must be given."));
        }
        (Some(identity_id), None) => settle::read(cx, pool_id, identity_id).await?,
        (None, Some(user)) => led_to(cx, pool_id, provider, user).await?,
        (Some(identity_id), Some(user)) => {
            let identity = settle::read(cx, pool_id, identity_id).await?;
            if !identity.has(&Login { provider: provider.to_owned(), subject: user.to_owned() }) {
                return Err(Error::new(
                    ErrorCode::ResourceConflict,
                    "The developer user identifier is not linked to this identity.",
                ));
            }
            return Ok(Lookup { identity_id: identity.id, users: vec![user.to_owned()], next_token: None });
        }
    };
    let list = ["LookupDeveloperIdentity", pool_id, &identity.id];
    let after = paging::after(cx.domain, &list, token)?;
    let mut users: Vec<String> = subjects(&identity, provider).map(str::to_owned).collect();
    users.sort();
    users.retain(|user| after.as_ref().is_none_or(|after| *user > after.id));
    let (users, next_token) =
        paging::page(cx.domain, &list, users, limit, |user| After { value: user.clone(), id: user.clone() })?;
    Ok(Lookup { identity_id: identity.id, users, next_token })
}

/// `MergeDeveloperIdentities`: the source's identity becomes part of the destination's.
pub async fn merge(
    cx: &Context<'_>,
    pool_id: &str,
    provider_name: &str,
    source: &str,
    destination: &str,
) -> Result<String> {
    let entry = cx.domain.identity_pool(pool_id).await?;
    let provider = own_provider(&entry, provider_name)?;
    for _ in 0..TRIES {
        let mut child = led_to(cx, pool_id, provider, source).await?;
        let mut parent = led_to(cx, pool_id, provider, destination).await?;
        if child.id == parent.id {
            return Ok(parent.id);
        }
        let conflict = |text: String| Err(Error::new(ErrorCode::ResourceConflict, text));
        let moved = std::mem::take(&mut child.logins);
        if parent.logins.len() + moved.len() > MAX_LOGINS {
            return conflict(format!("An identity can have at most {MAX_LOGINS} linked logins."));
        }
        let twice = |login: &Login| {
            login.provider != provider && parent.logins.iter().any(|other| other.provider == login.provider)
        };
        if moved.iter().any(twice) {
            return conflict("The users are different users of one public provider.".to_owned());
        }
        let mut transfers = Vec::new();
        for login in &moved {
            let (pool_id, login) = (pool_id.to_owned(), login.clone());
            transfers.push(Write::ReleaseLogin {
                pool_id: pool_id.clone(),
                login: login.clone(),
                identity_id: child.id.clone(),
            });
            transfers.push(Write::ClaimLogin { pool_id, login, identity_id: parent.id.clone() });
        }
        parent.logins.extend(moved);
        parent.modified_at = cx.now();
        child.modified_at = cx.now();
        child.merged_into = Some(parent.id.clone());
        let parent_id = parent.id.clone();
        // In the order of their ids, so that two merges never wait for each other in a circle.
        let mut records = [parent, child];
        records.sort_by(|one, other| one.id.cmp(&other.id));
        let records = records.map(|identity| Write::UpdateIdentity(Box::new(identity)));
        match cx.domain.submit(records.into_iter().chain(transfers).collect()).await? {
            Ok(()) => return Ok(parent_id),
            Err(Conflict::Changed | Conflict::AliasTaken) => {}
            Err(conflict) => return Err(Error::internal(format!("merging identities: unexpected {conflict:?}"))),
        }
    }
    Err(changed_meanwhile())
}

/// `UnlinkDeveloperIdentity`: the user leads nowhere from now on.
pub async fn unlink(cx: &Context<'_>, pool_id: &str, identity_id: &str, provider_name: &str, user: &str) -> Result<()> {
    let entry = cx.domain.identity_pool(pool_id).await?;
    let provider = own_provider(&entry, provider_name)?;
    let login = Login { provider: provider.to_owned(), subject: user.to_owned() };
    super::unlink::change(cx, pool_id, identity_id, |identity| {
        if identity.has(&login) { Ok(vec![login.clone()]) } else { Err(user_not_found(user)) }
    })
    .await
}

/// The identity that a user of the developer provider leads to.
async fn led_to(cx: &Context<'_>, pool_id: &str, provider: &str, user: &str) -> Result<Identity> {
    check_identifier(user)?;
    let login = Login { provider: provider.to_owned(), subject: user.to_owned() };
    let found = cx.domain.stores.identity_pools.identity_of(pool_id, &login).await?;
    found.ok_or_else(|| user_not_found(user))
}

fn subjects<'a>(identity: &'a Identity, provider: &'a str) -> impl Iterator<Item = &'a str> {
    identity.logins.iter().filter(move |login| login.provider == provider).map(|login| login.subject.as_str())
}

fn developer_provider(entry: &IdentityPoolEntry) -> Result<&str> {
    entry
        .pool
        .developer_provider
        .as_deref()
        .ok_or_else(|| Error::invalid_parameter("The identity pool has no developer provider."))
}

fn own_provider<'a>(entry: &'a IdentityPoolEntry, name: &str) -> Result<&'a str> {
    let own = developer_provider(entry)?;
    if own == name {
        Ok(own)
    } else {
        Err(Error::invalid_parameter(format!("{name} is not the developer provider of this identity pool.")))
    }
}

fn user_not_found(user: &str) -> Error {
    Error::not_found(format!("Developer user identifier '{user}' not found."))
}

/// The most that `DeveloperUserIdentifier` allows; the value of a login may be longer.
fn check_identifier(user: &str) -> Result<()> {
    const LONGEST: usize = 1024;
    if user.chars().count() <= LONGEST {
        Ok(())
    } else {
        Err(Error::invalid_parameter(format!("A developer user identifier has at most {LONGEST} characters.")))
    }
}
