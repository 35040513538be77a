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

/// The writes that begin a session and end those beyond the pool's limit, least recently used first.
pub async fn at_sign_in(cx: &Context<'_>, realm: &Realm, user: &User, facts: &SignInFacts) -> Result<Vec<Write>> {
    let entry = &realm.entry;
    if !entry.session_tracking.enabled {
        return Ok(Vec::new());
    }
    let (now, pool_id) = (cx.now(), &entry.pool.id);
    let mut writes = end_beyond(cx, entry, user, 1).await?;
    writes.push(Write::InsertUserSession(Box::new(UserSession {
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
        last_used_at: now,
        activity: SessionActivity::of(cx),
    })));
    Ok(writes)
}

/// Ends what sign-ins that began together left beyond the pool's limit: each counted before the others had written. To be
/// called once the writes of [`at_sign_in`] are committed; whoever comes last sees them all, and all end the same ones.
pub async fn after_sign_in(cx: &Context<'_>, realm: &Realm, user: &User) -> Result<()> {
    if !realm.entry.session_tracking.enabled {
        return Ok(());
    }
    let writes = end_beyond(cx, &realm.entry, user, 0).await?;
    if writes.is_empty() { Ok(()) } else { cx.domain.commit(writes).await }
}

/// The writes that make the user's sessions, with so many new ones, no more than the pool allows.
async fn end_beyond(cx: &Context<'_>, entry: &PoolEntry, user: &User, new: i64) -> Result<Vec<Write>> {
    let (now, pool_id, store) = (cx.now(), &entry.pool.id, &cx.domain.stores.user_sessions);
    let live = store.count(pool_id, &user.sub, SessionKind::Token, now).await?;
    let beyond = live + new - i64::from(entry.session_tracking.max_per_user);
    let mut writes = Vec::new();
    if let Ok(beyond @ 1..) = u32::try_from(beyond) {
        for session in store.least_recently_used(pool_id, &user.sub, SessionKind::Token, now, beyond).await? {
            writes.extend(end(cx, entry, &session).await?);
        }
    }
    Ok(writes)
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
