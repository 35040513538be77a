//! The sessions of users, where the pool tracks them.

use async_trait::async_trait;
use stepwell_core::Millis;
use stepwell_core::ports::store::{After, Conflict, StoreResult, UserSessionStore};
use stepwell_core::sessions::{SessionActivity, SessionKind, UserSession};

use crate::SqlStore;
use crate::document::{decode, encode, store_error};
use crate::engine::{Row, Value, statements};
use crate::plan::Plan;
use crate::range::newest;

statements! {
    const GET_SESSION = "SELECT last_used_at, activity, document FROM user_sessions
        WHERE pool_id = $1 AND sub = $2 AND id = $3";
    const GET_SESSION_BY_ORIGIN = "SELECT last_used_at, activity, document FROM user_sessions
        WHERE pool_id = $1 AND origin_jti = $2 LIMIT 1";
    const LIST_SESSIONS = "SELECT last_used_at, activity, document FROM user_sessions
        WHERE pool_id = $1 AND sub = $2 AND (created_at, id) < ($3, $4) AND expires_at > $5
        ORDER BY created_at DESC, id DESC LIMIT $6";
    const COUNT_SESSIONS = "SELECT COUNT(*) FROM user_sessions
        WHERE pool_id = $1 AND sub = $2 AND kind = $3 AND expires_at > $4";
    const LIST_LEAST_RECENTLY_USED = "SELECT last_used_at, activity, document FROM user_sessions
        WHERE pool_id = $1 AND sub = $2 AND kind = $3 AND expires_at > $4 ORDER BY last_used_at, id LIMIT $5";

    /// Not for a user who is gone. On PostgreSQL a deletion at this very moment is not seen: the session left behind
    /// opens nothing, since its tokens are checked against the user, and is pruned at its end. So the user's row need
    /// not be locked, and thereby rewritten, at every sign-in.
    const INSERT_SESSION = "INSERT INTO user_sessions
            (pool_id, sub, id, kind, origin_jti, created_at, last_used_at, expires_at, activity, document)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
        WHERE EXISTS (SELECT 1 FROM users WHERE pool_id = $1 AND sub = $2)
        ON CONFLICT DO NOTHING";
    const TOUCH_SESSION = "UPDATE user_sessions SET last_used_at = $4, activity = $5
        WHERE pool_id = $1 AND sub = $2 AND id = $3 AND last_used_at <= $4";
    const DELETE_SESSION = "DELETE FROM user_sessions WHERE pool_id = $1 AND sub = $2 AND id = $3";
}

impl Plan {
    pub(crate) fn insert_user_session(&mut self, session: &UserSession) -> StoreResult<()> {
        let mut params = key(&session.pool_id, &session.sub, &session.id);
        params.extend([
            session.kind.as_str().into(),
            session.origin_jti.as_ref().into(),
            session.created_at.into(),
            session.last_used_at.into(),
            session.expires_at.into(),
            encode(&session.activity)?.into(),
            encode(session)?.into(),
        ]);
        self.must(Conflict::Changed, INSERT_SESSION, params);
        Ok(())
    }

    pub(crate) fn touch_user_session(
        &mut self,
        pool_id: &str,
        sub: &str,
        id: &str,
        last_used_at: Millis,
        activity: &SessionActivity,
    ) -> StoreResult<()> {
        let mut params = key(pool_id, sub, id);
        params.extend([last_used_at.into(), encode(activity)?.into()]);
        self.then(TOUCH_SESSION, params);
        Ok(())
    }

    pub(crate) fn delete_user_session(&mut self, pool_id: &str, sub: &str, id: &str) {
        self.then(DELETE_SESSION, key(pool_id, sub, id));
    }
}

fn key(pool_id: &str, sub: &str, id: &str) -> Vec<Value> {
    vec![pool_id.into(), sub.into(), id.into()]
}

fn session(mut row: Row) -> StoreResult<UserSession> {
    let last_used_at = row.int(0).map_err(store_error)?;
    let activity = decode(&mut row, 1)?;
    Ok(UserSession { last_used_at, activity, ..decode(&mut row, 2)? })
}

#[async_trait]
impl UserSessionStore for SqlStore {
    async fn session(&self, pool_id: &str, sub: &str, id: &str) -> StoreResult<Option<UserSession>> {
        let rows = self.engine.query(GET_SESSION, &key(pool_id, sub, id)).await.map_err(store_error)?;
        rows.into_iter().next().map(session).transpose()
    }

    async fn by_origin(&self, pool_id: &str, origin_jti: &str) -> StoreResult<Option<UserSession>> {
        let params = [pool_id.into(), origin_jti.into()];
        let rows = self.engine.query(GET_SESSION_BY_ORIGIN, &params).await.map_err(store_error)?;
        rows.into_iter().next().map(session).transpose()
    }

    async fn list(
        &self,
        pool_id: &str,
        sub: &str,
        now: Millis,
        after: Option<&After>,
        limit: u32,
    ) -> StoreResult<Vec<UserSession>> {
        let (time, id) = newest(after)?;
        let params = vec![pool_id.into(), sub.into(), time.into(), id.into(), now.into(), limit.into()];
        self.engine.scan(LIST_SESSIONS, params).await.map_err(store_error)?.into_iter().map(session).collect()
    }

    /// Part of every sign-in where sessions are tracked, and a user has a hundred at most: a point read.
    async fn count(&self, pool_id: &str, sub: &str, kind: SessionKind, now: Millis) -> StoreResult<i64> {
        let params = [pool_id.into(), sub.into(), kind.as_str().into(), now.into()];
        let rows = self.engine.query(COUNT_SESSIONS, &params).await.map_err(store_error)?;
        rows.first().map_or(Ok(0), |row| row.int(0)).map_err(store_error)
    }

    async fn least_recently_used(
        &self,
        pool_id: &str,
        sub: &str,
        kind: SessionKind,
        now: Millis,
        limit: u32,
    ) -> StoreResult<Vec<UserSession>> {
        let params = vec![pool_id.into(), sub.into(), kind.as_str().into(), now.into(), limit.into()];
        let rows = self.engine.scan(LIST_LEAST_RECENTLY_USED, params).await.map_err(store_error)?;
        rows.into_iter().map(session).collect()
    }
}
