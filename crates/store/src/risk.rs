//! Threat protection: the events of users, and what is remembered of their sign-ins.

use async_trait::async_trait;
use stepwell_core::ports::store::{After, AuthEventStore, Conflict, RiskStore, StoreResult};
use stepwell_core::risk::{AuthEvent, MEMORIES_PER_USER, Remembered};

use crate::SqlStore;
use crate::document::{decode, encode, store_error};
use crate::engine::{Row, statements};
use crate::plan::Plan;
use crate::range::newest;

statements! {
    const GET_EVENT = "SELECT version, document FROM auth_events WHERE pool_id = $1 AND sub = $2 AND id = $3";
    const LIST_EVENTS = "SELECT version, document FROM auth_events
        WHERE pool_id = $1 AND sub = $2 AND (created_at, id) < ($3, $4) ORDER BY created_at DESC, id DESC LIMIT $5";
    /// Not for a user who is gone. On PostgreSQL a deletion at this very moment is not seen; what is left behind then is
    /// pruned in its time. So the user's row need not be locked, and thereby rewritten, at every attempt.
    const INSERT_EVENT = "INSERT INTO auth_events (pool_id, sub, id, created_at, version, document)
        SELECT $1, $2, $3, $4, 1, $5 WHERE EXISTS (SELECT 1 FROM users WHERE pool_id = $1 AND sub = $2)
        ON CONFLICT DO NOTHING";
    const UPDATE_EVENT = "UPDATE auth_events SET version = version + 1, document = $5
        WHERE pool_id = $1 AND sub = $2 AND id = $3 AND version = $4";

    const LIST_REMEMBERED = "SELECT last_at, document FROM risk_memory WHERE pool_id = $1 AND sub = $2
        ORDER BY last_at DESC, kind DESC, value_mac DESC LIMIT $3";
    const REMEMBER = "INSERT INTO risk_memory (pool_id, sub, kind, value_mac, last_at, document)
        SELECT $1, $2, $3, $4, $5, $6 WHERE EXISTS (SELECT 1 FROM users WHERE pool_id = $1 AND sub = $2)
        ON CONFLICT (pool_id, sub, kind, value_mac) DO UPDATE SET last_at = excluded.last_at,
            document = excluded.document WHERE risk_memory.last_at <= excluded.last_at";
    /// What was last seen before the latest `$3 + 1`; nothing while there are fewer.
    const FORGET_OLDEST = "DELETE FROM risk_memory WHERE pool_id = $1 AND sub = $2 AND last_at <
        (SELECT last_at FROM risk_memory WHERE pool_id = $1 AND sub = $2 ORDER BY last_at DESC LIMIT 1 OFFSET $3)";
}

impl Plan {
    pub(crate) fn insert_auth_event(&mut self, event: &AuthEvent) -> StoreResult<()> {
        let params = vec![
            (&event.pool_id).into(),
            (&event.sub).into(),
            (&event.id).into(),
            event.created_at.into(),
            encode(event)?.into(),
        ];
        self.then(INSERT_EVENT, params);
        Ok(())
    }

    pub(crate) fn update_auth_event(&mut self, event: &AuthEvent) -> StoreResult<()> {
        let params = vec![
            (&event.pool_id).into(),
            (&event.sub).into(),
            (&event.id).into(),
            event.version.into(),
            encode(event)?.into(),
        ];
        self.must(Conflict::Changed, UPDATE_EVENT, params);
        Ok(())
    }

    pub(crate) fn remember(&mut self, memory: &Remembered) -> StoreResult<()> {
        let (pool_id, sub) = (&memory.pool_id, &memory.sub);
        // One sign-in of a user after the other: each changes several rows and removes others, and two at once would
        // wait for each other.
        self.lock_user(pool_id, sub);
        let params = vec![
            pool_id.into(),
            sub.into(),
            memory.kind.as_str().into(),
            (&memory.value_mac).into(),
            memory.last_at.into(),
            encode(memory)?.into(),
        ];
        self.then(REMEMBER, params);
        self.then(FORGET_OLDEST, vec![pool_id.into(), sub.into(), (MEMORIES_PER_USER - 1).into()]);
        Ok(())
    }
}

fn event(mut row: Row) -> StoreResult<AuthEvent> {
    let version = row.int(0).map_err(store_error)?;
    Ok(AuthEvent { version, ..decode(&mut row, 1)? })
}

fn remembered(mut row: Row) -> StoreResult<Remembered> {
    let last_at = row.int(0).map_err(store_error)?;
    Ok(Remembered { last_at, ..decode(&mut row, 1)? })
}

#[async_trait]
impl AuthEventStore for SqlStore {
    async fn event(&self, pool_id: &str, sub: &str, id: &str) -> StoreResult<Option<AuthEvent>> {
        let params = [pool_id.into(), sub.into(), id.into()];
        let rows = self.engine.query(GET_EVENT, &params).await.map_err(store_error)?;
        rows.into_iter().next().map(event).transpose()
    }

    async fn list(&self, pool_id: &str, sub: &str, after: Option<&After>, limit: u32) -> StoreResult<Vec<AuthEvent>> {
        let (time, id) = newest(after)?;
        let params = vec![pool_id.into(), sub.into(), time.into(), id.into(), limit.into()];
        self.engine.scan(LIST_EVENTS, params).await.map_err(store_error)?.into_iter().map(event).collect()
    }
}

#[async_trait]
impl RiskStore for SqlStore {
    /// Part of every sign-in that threat protection judges, and bounded: a point read.
    async fn remembered(&self, pool_id: &str, sub: &str) -> StoreResult<Vec<Remembered>> {
        let params = [pool_id.into(), sub.into(), MEMORIES_PER_USER.into()];
        self.engine.query(LIST_REMEMBERED, &params).await.map_err(store_error)?.into_iter().map(remembered).collect()
    }
}
