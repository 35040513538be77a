//! Which identity a set of proven logins leads to: an old one, a new one, or one made of several.
//!
//! All logins of one request belong to one person, who has proven each. So whatever they lead to becomes one identity: new
//! logins are linked to it, and identities beside it become part of it and are disabled.

use std::collections::BTreeMap;

use stepwell_model::ErrorCode;

use super::identity::{Identity, Login};
use super::{MAX_LOGINS, TRIES, changed_meanwhile, forbidden, identity_not_found, logins_do_not_match};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Conflict, Write};

/// What the request is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// Whatever the logins lead to; a new identity if they lead nowhere.
    Any,
    /// The identity with this id. What is told about somebody else's is nothing.
    Identity(&'a str),
    /// The same, asked by a backend that may link what it likes.
    Trusted(&'a str),
}

/// Makes all `logins` lead to one identity of the pool, and returns it. `developer_provider` may have several of the logins.
pub(super) async fn settle(
    cx: &Context<'_>,
    pool_id: &str,
    developer_provider: Option<&str>,
    logins: &[Login],
    wanted: Wanted<'_>,
) -> Result<Identity> {
    for _ in 0..TRIES {
        let (parent, children, is_new) = match wanted {
            Wanted::Any => find_any(cx, pool_id, logins).await?,
            Wanted::Identity(id) | Wanted::Trusted(id) => {
                let asked = read(cx, pool_id, id).await?;
                // The usual case: nothing to find, nothing to write.
                if asked.is_enabled() && logins.iter().all(|login| asked.has(login)) {
                    return Ok(asked);
                }
                let trusted = matches!(wanted, Wanted::Trusted(_));
                find_around(cx, pool_id, asked, logins, trusted).await?
            }
        };
        let mut merged = parent.clone();
        for login in children.iter().flat_map(|child| &child.logins).chain(logins) {
            link(&mut merged, login, developer_provider)?;
        }
        if !is_new && children.is_empty() && merged.logins == parent.logins {
            return Ok(parent);
        }
        merged.modified_at = cx.now();
        match cx.domain.submit(writes(&parent, &merged, children, is_new, cx.now())).await? {
            Ok(()) => return Ok(merged),
            // Somebody else was faster: with the same first sign-in, or another link or merge.
            Err(Conflict::Changed | Conflict::AliasTaken) => {
                if is_new && cx.domain.stores.identity_pools.identity_pool(pool_id).await?.is_none() {
                    return Err(super::pool_not_found(pool_id));
                }
            }
            Err(conflict) => return Err(Error::internal(format!("linking logins: unexpected {conflict:?}"))),
        }
    }
    Err(changed_meanwhile())
}

/// An identity of this pool.
pub(super) async fn read(cx: &Context<'_>, pool_id: &str, identity_id: &str) -> Result<Identity> {
    let found = cx.domain.stores.identity_pools.identity(identity_id).await?;
    found.filter(|identity| identity.pool_id == pool_id).ok_or_else(|| identity_not_found(identity_id))
}

/// The id of what a disabled identity became part of, however many merges ago; none of one that is in use. Nobody is merged as
/// often as an identity may have logins.
pub(super) async fn successor(cx: &Context<'_>, identity: &Identity) -> Result<Option<String>> {
    let mut successor = identity.merged_into.clone();
    for _ in 0..MAX_LOGINS {
        let Some(id) = &successor else { break };
        match cx.domain.stores.identity_pools.identity(id).await?.and_then(|identity| identity.merged_into) {
            Some(next) => successor = Some(next),
            None => break,
        }
    }
    Ok(successor)
}

/// A new identity, not stored yet.
pub(super) fn fresh(cx: &Context<'_>, pool_id: &str) -> Identity {
    let now = cx.now();
    Identity {
        pool_id: pool_id.to_owned(),
        id: cx.domain.identity_uuid(),
        created_at: now,
        modified_at: now,
        logins: Vec::new(),
        authenticated: false,
        merged_into: None,
        version: 0,
    }
}

type Found = (Identity, Vec<Identity>, bool);

/// The identities that the logins lead to, by id.
async fn led_to(cx: &Context<'_>, pool_id: &str, logins: &[Login]) -> Result<BTreeMap<String, Identity>> {
    let mut found = BTreeMap::new();
    for login in logins {
        if let Some(identity) = cx.domain.stores.identity_pools.identity_of(pool_id, login).await? {
            found.insert(identity.id.clone(), identity);
        }
    }
    Ok(found)
}

/// The oldest of what the logins lead to is the parent of the others.
async fn find_any(cx: &Context<'_>, pool_id: &str, logins: &[Login]) -> Result<Found> {
    let mut found: Vec<Identity> = led_to(cx, pool_id, logins).await?.into_values().collect();
    found.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
    let mut found = found.into_iter();
    Ok(match found.next() {
        Some(oldest) => (oldest, found.collect(), false),
        None => (fresh(cx, pool_id), Vec::new(), true),
    })
}

/// What `asked` becomes with the logins. One that has logins is only for who proves one of them, and stays the parent; a
/// guest's becomes part of what the logins lead to already.
async fn find_around(
    cx: &Context<'_>,
    pool_id: &str,
    asked: Identity,
    logins: &[Login],
    trusted: bool,
) -> Result<Found> {
    let mut found = led_to(cx, pool_id, logins).await?;
    if let Some(parent) = successor(cx, &asked).await? {
        // Clients go on sending the id they have; the logins prove whose it is now.
        return match found.remove(&parent) {
            Some(parent) => Ok((parent, found.into_values().collect(), false)),
            None => Err(forbidden(&asked.id)),
        };
    }
    found.remove(&asked.id);
    if asked.authenticated {
        if !trusted && !logins.iter().any(|login| asked.has(login)) {
            return Err(logins_do_not_match());
        }
        return Ok((asked, found.into_values().collect(), false));
    }
    let oldest =
        found.values().min_by_key(|identity| (identity.created_at, &identity.id)).map(|oldest| oldest.id.clone());
    Ok(match oldest.and_then(|oldest| found.remove(&oldest)) {
        Some(parent) => (parent, std::iter::once(asked).chain(found.into_values()).collect(), false),
        None => (asked, Vec::new(), false),
    })
}

/// Adds a login that the identity may not have yet. Nobody is two users of one provider, except of a developer's own.
fn link(identity: &mut Identity, login: &Login, developer_provider: Option<&str>) -> Result<()> {
    if identity.has(login) {
        return Ok(());
    }
    let is_developers = developer_provider == Some(login.provider.as_str());
    if !is_developers && identity.logins.iter().any(|other| other.provider == login.provider) {
        return Err(Error::new(ErrorCode::ResourceConflict, "Login is already linked to another account."));
    }
    if identity.logins.len() >= MAX_LOGINS {
        return Err(Error::new(
            ErrorCode::ResourceConflict,
            format!("An identity can have at most {MAX_LOGINS} linked logins."),
        ));
    }
    identity.logins.push(login.clone());
    identity.authenticated = true;
    Ok(())
}

/// From `parent` and `children` as read to `merged`. Records change in the order of their ids, so that two merges never wait
/// for each other in a circle.
fn writes(
    parent: &Identity,
    merged: &Identity,
    children: Vec<Identity>,
    is_new: bool,
    now: crate::Millis,
) -> Vec<Write> {
    let pool_id = &merged.pool_id;
    let mut moves = Vec::new();
    let mut records = BTreeMap::new();
    for mut child in children {
        for login in std::mem::take(&mut child.logins) {
            moves.push(Write::ReleaseLogin { pool_id: pool_id.clone(), login, identity_id: child.id.clone() });
        }
        child.merged_into = Some(merged.id.clone());
        child.modified_at = now;
        records.insert(child.id.clone(), Write::UpdateIdentity(Box::new(child)));
    }
    let record = Box::new(merged.clone());
    let record = if is_new { Write::InsertIdentity(record) } else { Write::UpdateIdentity(record) };
    records.insert(merged.id.clone(), record);
    let added = merged.logins.iter().filter(|login| !parent.has(login));
    let claims = added.map(|login| Write::ClaimLogin {
        pool_id: pool_id.clone(),
        login: login.clone(),
        identity_id: merged.id.clone(),
    });
    records.into_values().chain(moves).chain(claims).collect()
}
