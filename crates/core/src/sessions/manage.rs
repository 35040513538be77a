//! Listing and ending a user's sessions.

use super::{SessionKind, UserSession, configuration};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::paging;
use crate::ports::store::{After, Write};
use crate::tokens::revoke;
use crate::users::{User, find};

/// The most sessions in one page (API, `AdminListUserSessions`).
const PAGE: u32 = 125;

/// Whether a revocation reaches the sessions linked with the one that is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Only that one.
    Alone,
    /// `LINKED`: a token session's SSO session, an SSO session's token sessions.
    Linked,
}

/// A page of sessions, newest first.
#[derive(Debug)]
pub struct SessionPage {
    /// The sessions.
    pub sessions: Vec<UserSession>,
    /// Where the next page starts.
    pub next_token: Option<String>,
}

/// `ListUserSessions`; with the `origin_jti` of the calling token, whose session is the current one.
pub async fn list_own(cx: &Context<'_>, token: Option<&str>) -> Result<(SessionPage, Option<String>)> {
    let access = cx.access_token()?;
    let entry = cx.domain.pool(&access.pool_id).await?;
    Ok((list(cx, &entry, &access.user, token).await?, access.origin_jti.clone()))
}

/// `AdminListUserSessions`.
pub async fn list_for_admin(cx: &Context<'_>, pool_id: &str, name: &str, token: Option<&str>) -> Result<SessionPage> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    list(cx, &entry, &user, token).await
}

async fn list(cx: &Context<'_>, entry: &PoolEntry, user: &User, token: Option<&str>) -> Result<SessionPage> {
    configuration::check_enabled(entry)?;
    let name = ["ListUserSessions", entry.pool.id.as_str(), user.sub.as_str()];
    let after = paging::after(cx.domain, &name, token)?;
    let store = &cx.domain.stores.user_sessions;
    let found = store.list(&entry.pool.id, &user.sub, cx.now(), after.as_ref(), PAGE + 1).await?;
    let (mut sessions, next_token) =
        paging::page(cx.domain, &name, found, PAGE, |session| After::at(session.created_at, &session.id))?;
    // Signing out everywhere ended these with the user's generation.
    sessions.retain(|session| session.is_of(user));
    Ok(SessionPage { sessions, next_token })
}

/// `RevokeUserSession`: another session of the caller's own.
pub async fn revoke_own(cx: &Context<'_>, session_id: &str, reach: Reach) -> Result<()> {
    let access = cx.access_token()?;
    let entry = cx.domain.pool(&access.pool_id).await?;
    let session = find_session(cx, &entry, &access.user, session_id).await?;
    if access.origin_jti.is_some() && session.origin_jti == access.origin_jti {
        return Err(Error::invalid_parameter("The session of the access token in use cannot be revoked."));
    }
    let writes = writes(cx, &entry, &session, reach, access.origin_jti.as_deref()).await?;
    cx.domain.commit(writes).await
}

/// `AdminRevokeUserSession`.
pub async fn revoke_for_admin(
    cx: &Context<'_>,
    pool_id: &str,
    name: &str,
    session_id: &str,
    reach: Reach,
) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    let session = find_session(cx, &entry, &user, session_id).await?;
    let writes = writes(cx, &entry, &session, reach, None).await?;
    cx.domain.commit(writes).await
}

async fn find_session(cx: &Context<'_>, entry: &PoolEntry, user: &User, id: &str) -> Result<UserSession> {
    configuration::check_enabled(entry)?;
    let session = cx.domain.stores.user_sessions.session(&entry.pool.id, &user.sub, id).await?;
    session
        .filter(|session| session.expires_at > cx.now() && session.is_of(user))
        .ok_or_else(|| Error::not_found("Session does not exist."))
}

/// The writes that end a session and what is linked with it; the one the caller uses is spared.
async fn writes(
    cx: &Context<'_>,
    entry: &PoolEntry,
    session: &UserSession,
    reach: Reach,
    spare: Option<&str>,
) -> Result<Vec<Write>> {
    let mut writes = end(cx, entry, session).await?;
    if reach == Reach::Alone {
        return Ok(writes);
    }
    let store = &cx.domain.stores.user_sessions;
    let mut after = None;
    loop {
        let page = store.list(&session.pool_id, &session.sub, cx.now(), after.as_ref(), PAGE).await?;
        for other in &page {
            let linked = match session.kind {
                SessionKind::Token => session.linked_to.as_ref() == Some(&other.id),
                SessionKind::Sso => other.linked_to.as_ref() == Some(&session.id),
            };
            let spared = spare.is_some() && other.origin_jti.as_deref() == spare;
            if linked && !spared {
                writes.extend(end(cx, entry, other).await?);
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = Some(After::at(last.created_at, &last.id)),
            _ => return Ok(writes),
        }
    }
}

/// The writes that end a session: its record goes, and its tokens end.
pub(super) async fn end(cx: &Context<'_>, entry: &PoolEntry, session: &UserSession) -> Result<Vec<Write>> {
    let mut writes = vec![Write::DeleteUserSession {
        pool_id: session.pool_id.clone(),
        sub: session.sub.clone(),
        id: session.id.clone(),
    }];
    if let Some(origin_jti) = &session.origin_jti {
        // The session may be another client's, whose access tokens live as long as that client says.
        let longest = match cx.domain.client_of_pool(&entry.pool.id, &session.client_id).await {
            Ok(client) => client.settings.access_token_validity.max(client.settings.id_token_validity),
            Err(_) => crate::DAY,
        };
        writes.push(revoke::origin(&entry.pool.id, origin_jti, session.expires_at.max(cx.now()) + longest));
    }
    Ok(writes)
}

/// The write that forgets the session of a sign-in whose tokens are being revoked.
pub(crate) async fn forget(cx: &Context<'_>, entry: &PoolEntry, origin_jti: &str) -> Result<Vec<Write>> {
    if !entry.session_tracking.enabled {
        return Ok(Vec::new());
    }
    let found = cx.domain.stores.user_sessions.by_origin(&entry.pool.id, origin_jti).await?;
    Ok(found
        .map(|session| Write::DeleteUserSession { pool_id: session.pool_id, sub: session.sub, id: session.id })
        .into_iter()
        .collect())
}
