//! Beginning a session at sign-in and noting its use at refresh, where the pool tracks them.

use super::{SessionActivity, SessionKind, UserSession, end};
use crate::auth::Realm;
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::Result;
use crate::ports::rng::Rng;
use crate::ports::store::Write;
use crate::tokens::claims::SignInFacts;
use crate::users::User;

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// More than the limit of a pool and as many sign-ins as could begin together.
const ALL: u32 = 1_000;

/// The writes that begin a session. [`after_sign_in`] follows once they are committed.
pub async fn at_sign_in(cx: &Context<'_>, realm: &Realm, user: &User, facts: &SignInFacts) -> Result<Vec<Write>> {
    let entry = &realm.entry;
    if !entry.session_tracking.enabled {
        return Ok(Vec::new());
    }
    let (now, pool_id) = (cx.now(), &entry.pool.id);
    // Where one must go it is an older one, also where another node's clock is ahead of ours.
    let latest = beyond(cx, entry, user, 1).await?.last().map_or(0, |session| session.last_used_at + 1);
    Ok(vec![Write::InsertUserSession(Box::new(UserSession {
        pool_id: pool_id.clone(),
        sub: user.sub.clone(),
        id: id(&*cx.domain.rng, SessionKind::Token),
        kind: SessionKind::Token,
        client_id: realm.client.id.clone(),
        origin_jti: Some(facts.origin_jti.clone()),
        generation: user.generation,
        created_at: now,
        expires_at: now + realm.client.settings.refresh_token_validity,
        linked_to: None,
        last_used_at: now.max(latest),
        activity: SessionActivity::of(cx),
    }))])
}

/// Ends what goes beyond the pool's limit, least recently used first, once the writes of [`at_sign_in`] are committed.
///
/// Of sign-ins that begin together each looks after it has written: the last one sees all. And none ends a session that
/// belongs to those that stay, since whoever looks sees no more newer ones than there are in the end.
pub async fn after_sign_in(cx: &Context<'_>, realm: &Realm, user: &User) -> Result<()> {
    let entry = &realm.entry;
    if !entry.session_tracking.enabled {
        return Ok(());
    }
    let mut sessions = beyond(cx, entry, user, 0).await?;
    sessions.truncate(sessions.len().saturating_sub(entry.session_tracking.max_per_user as usize));
    let mut writes = Vec::new();
    for session in &sessions {
        writes.extend(end(cx, entry, session).await?);
    }
    if writes.is_empty() { Ok(()) } else { cx.domain.commit(writes).await }
}

/// The user's sessions, least recently used first, if with so many new ones they are more than the pool allows.
async fn beyond(cx: &Context<'_>, entry: &PoolEntry, user: &User, new: i64) -> Result<Vec<UserSession>> {
    let (now, pool_id, store) = (cx.now(), &entry.pool.id, &cx.domain.stores.user_sessions);
    let live = store.count(pool_id, &user.sub, SessionKind::Token, now).await?;
    if live + new <= i64::from(entry.session_tracking.max_per_user) {
        return Ok(Vec::new());
    }
    Ok(store.least_recently_used(pool_id, &user.sub, SessionKind::Token, now, ALL).await?)
}

/// Notes that a session was used by a refresh.
pub async fn at_refresh(cx: &Context<'_>, entry: &PoolEntry, origin_jti: &str) -> Result<()> {
    if !entry.session_tracking.enabled {
        return Ok(());
    }
    let Some(session) = cx.domain.stores.user_sessions.by_origin(&entry.pool.id, origin_jti).await? else {
        return Ok(());
    };
    cx.domain
        .commit(vec![Write::TouchUserSession {
            pool_id: session.pool_id,
            sub: session.sub,
            id: session.id,
            last_used_at: cx.now(),
            activity: SessionActivity::of(cx),
        }])
        .await
}

/// A new session id: `tkn` or `sso`, and 25 letters and digits.
fn id(rng: &dyn Rng, kind: SessionKind) -> String {
    let prefix = match kind {
        SessionKind::Token => "tkn",
        SessionKind::Sso => "sso",
    };
    format!("{prefix}{}", rng.text(LETTERS, 25))
}
