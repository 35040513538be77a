//! Background work: the outbox, leases, pruning, and the rows of deleted pools.

use async_trait::async_trait;
use stepwell_core::ports::store::{JobStore, OutboxMessage, StoreResult};
use stepwell_core::risk::{EVENT_KEPT_FOR, MEMORY_KEPT_FOR};
use stepwell_core::{DAY, MINUTE, Millis};

use crate::SqlStore;
use crate::document::store_error;
use crate::engine::{EngineError, Row, Statement, SubmitError, statements};
use crate::plan::Plan;

statements! {
    const TAKE_LEASE = "INSERT INTO leases (name, owner, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
        WHERE leases.owner = excluded.owner OR leases.expires_at <= $4
        RETURNING owner";

    const ENQUEUE = "INSERT INTO outbox (id, pool_id, due_at, expires_at, attempts, sealed)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    /// A second worker waits for the first one's rows and then finds them no longer due.
    const TAKE_MESSAGES = "UPDATE outbox SET due_at = $2, attempts = attempts + 1
        WHERE due_at <= $1 AND id IN (SELECT id FROM outbox WHERE due_at <= $1 ORDER BY due_at LIMIT $3)
        RETURNING id, pool_id, due_at, expires_at, attempts, sealed";
    const DELETE_MESSAGE = "DELETE FROM outbox WHERE id = $1";
    const RETRY_MESSAGE = "UPDATE outbox SET due_at = $2 WHERE id = $1";

    const PRUNE_CODES = "DELETE FROM codes WHERE (pool_id, subject, purpose) IN
        (SELECT pool_id, subject, purpose FROM codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) RETURNING 1";
    const PRUNE_SPENT = "DELETE FROM spent WHERE (pool_id, id) IN
        (SELECT pool_id, id FROM spent WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) RETURNING 1";
    const PRUNE_SESSION_FAILURES = "DELETE FROM session_failures WHERE (pool_id, session_id) IN
        (SELECT pool_id, session_id FROM session_failures WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)
        RETURNING 1";
    const PRUNE_REVOKED = "DELETE FROM revoked_origins WHERE (pool_id, origin_jti) IN
        (SELECT pool_id, origin_jti FROM revoked_origins WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)
        RETURNING 1";
    const PRUNE_ROTATED = "DELETE FROM rotated_tokens WHERE (pool_id, token_id) IN
        (SELECT pool_id, token_id FROM rotated_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) RETURNING 1";
    const PRUNE_FAILURES = "DELETE FROM password_failures WHERE (pool_id, subject) IN
        (SELECT pool_id, subject FROM password_failures WHERE last_at < $1 ORDER BY last_at LIMIT $2) RETURNING 1";
    const PRUNE_USES = "DELETE FROM uses WHERE (pool_id, subject, action) IN
        (SELECT pool_id, subject, action FROM uses WHERE last_at < $1 ORDER BY last_at LIMIT $2) RETURNING 1";

    const PRUNE_PERMITS = "DELETE FROM permits WHERE (pool_id, id) IN
        (SELECT pool_id, id FROM permits WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) RETURNING 1";
    const PRUNE_USER_SESSIONS = "DELETE FROM user_sessions WHERE (pool_id, sub, id) IN
        (SELECT pool_id, sub, id FROM user_sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) RETURNING 1";
    const PRUNE_EVENTS = "DELETE FROM auth_events WHERE (pool_id, sub, id) IN
        (SELECT pool_id, sub, id FROM auth_events WHERE created_at < $1 ORDER BY created_at LIMIT $2) RETURNING 1";
    const PRUNE_MEMORY = "DELETE FROM risk_memory WHERE (pool_id, sub, kind, value_mac) IN
        (SELECT pool_id, sub, kind, value_mac FROM risk_memory WHERE last_at < $1 ORDER BY last_at LIMIT $2) RETURNING 1";

    const GET_DELETED_POOLS = "SELECT pool_id FROM deleted_pools ORDER BY empty_sweeps, pool_id LIMIT 10";
    const COUNT_EMPTY_SWEEP = "UPDATE deleted_pools SET empty_sweeps = empty_sweeps + 1 WHERE pool_id = $1";
    const DELETE_SWEPT_POOL = "DELETE FROM deleted_pools WHERE pool_id = $1 AND empty_sweeps >= $2";
    const SWEEP_CLIENTS = "DELETE FROM clients WHERE id IN
        (SELECT id FROM clients WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_WRAPPED_KEYS = "DELETE FROM wrapped_keys WHERE pool_id = $1 AND version IN
        (SELECT version FROM wrapped_keys WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_SIGNING_KEYS = "DELETE FROM signing_keys WHERE pool_id = $1 AND kid IN
        (SELECT kid FROM signing_keys WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_USERS = "DELETE FROM users WHERE pool_id = $1 AND sub IN
        (SELECT sub FROM users WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_INDEX = "DELETE FROM user_index WHERE pool_id = $1 AND (attribute, value_key, sub) IN
        (SELECT attribute, value_key, sub FROM user_index WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_ALIASES = "DELETE FROM aliases WHERE pool_id = $1 AND (attribute, value_key) IN
        (SELECT attribute, value_key FROM aliases WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_GROUPS = "DELETE FROM groups WHERE pool_id = $1 AND name IN
        (SELECT name FROM groups WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_MEMBERS = "DELETE FROM members WHERE pool_id = $1 AND (group_name, sub) IN
        (SELECT group_name, sub FROM members WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_RESOURCE_SERVERS = "DELETE FROM resource_servers WHERE pool_id = $1 AND identifier IN
        (SELECT identifier FROM resource_servers WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_DOCUMENTS = "DELETE FROM pool_documents WHERE pool_id = $1 AND (kind, key) IN
        (SELECT kind, key FROM pool_documents WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_DEVICES = "DELETE FROM devices WHERE pool_id = $1 AND (sub, device_key) IN
        (SELECT sub, device_key FROM devices WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_PASSKEYS = "DELETE FROM passkeys WHERE pool_id = $1 AND credential_id IN
        (SELECT credential_id FROM passkeys WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_USER_SESSIONS = "DELETE FROM user_sessions WHERE pool_id = $1 AND (sub, id) IN
        (SELECT sub, id FROM user_sessions WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_EVENTS = "DELETE FROM auth_events WHERE pool_id = $1 AND (sub, id) IN
        (SELECT sub, id FROM auth_events WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_MEMORY = "DELETE FROM risk_memory WHERE pool_id = $1 AND (sub, kind, value_mac) IN
        (SELECT sub, kind, value_mac FROM risk_memory WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_PERMITS = "DELETE FROM permits WHERE pool_id = $1 AND id IN
        (SELECT id FROM permits WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_IDENTITIES = "DELETE FROM identities WHERE id IN
        (SELECT id FROM identities WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_IDENTITY_LOGINS = "DELETE FROM identity_logins WHERE pool_id = $1 AND (provider, subject) IN
        (SELECT provider, subject FROM identity_logins WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_CODES = "DELETE FROM codes WHERE pool_id = $1 AND (subject, purpose) IN
        (SELECT subject, purpose FROM codes WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_SPENT = "DELETE FROM spent WHERE pool_id = $1 AND id IN
        (SELECT id FROM spent WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_SESSION_FAILURES = "DELETE FROM session_failures WHERE pool_id = $1 AND session_id IN
        (SELECT session_id FROM session_failures WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_REVOKED = "DELETE FROM revoked_origins WHERE pool_id = $1 AND origin_jti IN
        (SELECT origin_jti FROM revoked_origins WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_ROTATED = "DELETE FROM rotated_tokens WHERE pool_id = $1 AND token_id IN
        (SELECT token_id FROM rotated_tokens WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_FAILURES = "DELETE FROM password_failures WHERE pool_id = $1 AND subject IN
        (SELECT subject FROM password_failures WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_USES = "DELETE FROM uses WHERE pool_id = $1 AND (subject, action) IN
        (SELECT subject, action FROM uses WHERE pool_id = $1 LIMIT $2) RETURNING 1";
    const SWEEP_OUTBOX = "DELETE FROM outbox WHERE id IN
        (SELECT id FROM outbox WHERE pool_id = $1 LIMIT $2) RETURNING 1";

    const PING = "SELECT 1";
}

/// Rows that forbid something stay this long after the thing itself has ended, since another node's clock may be behind.
const CLOCK_SKEW: Millis = 5 * MINUTE;

/// Each with how long its rows stay after their column's time.
const PRUNES: [(&str, Millis); 11] = [
    (PRUNE_CODES, CLOCK_SKEW),
    (PRUNE_SPENT, CLOCK_SKEW),
    (PRUNE_SESSION_FAILURES, CLOCK_SKEW),
    (PRUNE_REVOKED, CLOCK_SKEW),
    (PRUNE_ROTATED, CLOCK_SKEW),
    (PRUNE_FAILURES, DAY),
    (PRUNE_USES, DAY),
    (PRUNE_PERMITS, CLOCK_SKEW),
    (PRUNE_USER_SESSIONS, CLOCK_SKEW),
    (PRUNE_EVENTS, EVENT_KEPT_FOR),
    (PRUNE_MEMORY, MEMORY_KEPT_FOR),
];

/// Every table with rows of a pool.
pub(crate) const SWEEPS: [&str; 26] = [
    SWEEP_CLIENTS,
    SWEEP_WRAPPED_KEYS,
    SWEEP_SIGNING_KEYS,
    SWEEP_USERS,
    SWEEP_INDEX,
    SWEEP_ALIASES,
    SWEEP_GROUPS,
    SWEEP_MEMBERS,
    SWEEP_RESOURCE_SERVERS,
    SWEEP_DOCUMENTS,
    SWEEP_DEVICES,
    SWEEP_PASSKEYS,
    SWEEP_USER_SESSIONS,
    SWEEP_EVENTS,
    SWEEP_MEMORY,
    SWEEP_PERMITS,
    SWEEP_CODES,
    SWEEP_SPENT,
    SWEEP_SESSION_FAILURES,
    SWEEP_REVOKED,
    SWEEP_ROTATED,
    SWEEP_FAILURES,
    SWEEP_USES,
    SWEEP_OUTBOX,
    SWEEP_IDENTITIES,
    SWEEP_IDENTITY_LOGINS,
];

/// A deleted pool is swept until this many sweeps found nothing: a node that had it cached may still add rows for seconds.
const EMPTY_SWEEPS: i64 = 10;

impl Plan {
    pub(crate) fn enqueue(&mut self, message: &OutboxMessage) {
        let params = vec![
            (&message.id).into(),
            (&message.pool_id).into(),
            message.due_at.into(),
            message.expires_at.into(),
            message.attempts.into(),
            (&message.sealed).into(),
        ];
        self.then(ENQUEUE, params);
    }
}

fn message(mut row: Row) -> Result<OutboxMessage, EngineError> {
    Ok(OutboxMessage {
        id: row.text(0)?,
        pool_id: row.text(1)?,
        due_at: row.int(2)?,
        expires_at: row.int(3)?,
        attempts: row.int(4)?,
        sealed: row.bytes(5)?,
    })
}

impl SqlStore {
    async fn change(&self, statement: Statement) -> StoreResult<()> {
        match self.engine.submit(vec![statement]).await {
            Ok(()) | Err(SubmitError::Precondition { .. }) => Ok(()),
            Err(SubmitError::Engine(error)) => Err(store_error(error)),
        }
    }
}

#[async_trait]
impl JobStore for SqlStore {
    async fn take_lease(&self, name: &str, owner: &str, now: Millis, ttl: Millis) -> StoreResult<bool> {
        let params = vec![name.into(), owner.into(), now.saturating_add(ttl).into(), now.into()];
        let rows = self.engine.write_returning(TAKE_LEASE, params).await.map_err(store_error)?;
        Ok(!rows.is_empty())
    }

    async fn take_messages(&self, now: Millis, ttl: Millis, limit: u32) -> StoreResult<Vec<OutboxMessage>> {
        let params = vec![now.into(), now.saturating_add(ttl).into(), limit.into()];
        let rows = self.engine.write_returning(TAKE_MESSAGES, params).await.map_err(store_error)?;
        rows.into_iter().map(message).collect::<Result<_, _>>().map_err(store_error)
    }

    async fn finish_message(&self, id: &str) -> StoreResult<()> {
        self.change(Statement::any(DELETE_MESSAGE, vec![id.into()])).await
    }

    async fn retry_message(&self, id: &str, due_at: Millis) -> StoreResult<()> {
        self.change(Statement::any(RETRY_MESSAGE, vec![id.into(), due_at.into()])).await
    }

    async fn prune(&self, now: Millis, limit: u32) -> StoreResult<u64> {
        let mut left = u64::from(limit);
        for (sql, kept_for) in PRUNES {
            let params = vec![now.saturating_sub(kept_for).into(), i64::try_from(left).unwrap_or(0).into()];
            let gone = self.engine.write_returning(sql, params).await.map_err(store_error)?.len() as u64;
            left = left.saturating_sub(gone);
            if left == 0 {
                break;
            }
        }
        Ok(u64::from(limit) - left)
    }

    async fn delete_leftovers(&self, limit: u32) -> StoreResult<u64> {
        let mut left = u64::from(limit);
        let pools = self.engine.query(GET_DELETED_POOLS, &[]).await.map_err(store_error)?;
        for mut pool in pools {
            let pool_id = pool.text(0).map_err(store_error)?;
            let before = left;
            for sql in SWEEPS {
                let params = vec![(&pool_id).into(), i64::try_from(left).unwrap_or(0).into()];
                let gone = self.engine.write_returning(sql, params).await.map_err(store_error)?.len() as u64;
                left = left.saturating_sub(gone);
                if left == 0 {
                    return Ok(u64::from(limit));
                }
            }
            if left == before {
                self.change(Statement::any(COUNT_EMPTY_SWEEP, vec![(&pool_id).into()])).await?;
                self.change(Statement::any(DELETE_SWEPT_POOL, vec![pool_id.into(), EMPTY_SWEEPS.into()])).await?;
            }
        }
        Ok(u64::from(limit) - left)
    }

    async fn ping(&self) -> StoreResult<()> {
        self.engine.query(PING, &[]).await.map(drop).map_err(store_error)
    }
}
