//! What guards sign-in: codes, failures, single use, permits, revocation, quotas. Every count goes up in the statement that
//! returns it, so that two requests never see the same one.

use async_trait::async_trait;
use stepwell_core::Millis;
use stepwell_core::ports::store::{Code, CodePurpose, Conflict, Failures, GuardStore, StoreError, StoreResult};

use crate::SqlStore;
use crate::document::store_error;
use crate::engine::{EngineError, Row, Value, statements};
use crate::plan::Plan;

statements! {
    const PUT_CODE = "INSERT INTO codes (pool_id, subject, purpose, mac, destination, expires_at, attempts)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (pool_id, subject, purpose) DO UPDATE SET mac = excluded.mac, destination = excluded.destination,
            expires_at = excluded.expires_at, attempts = excluded.attempts";
    const GET_CODE = "SELECT mac, destination, expires_at, attempts FROM codes
        WHERE pool_id = $1 AND subject = $2 AND purpose = $3";
    const ATTEMPT_CODE = "UPDATE codes SET attempts = attempts + 1
        WHERE pool_id = $1 AND subject = $2 AND purpose = $3 AND expires_at > $4 AND attempts < $5
        RETURNING mac, destination, expires_at, attempts";
    const CONSUME_CODE = "DELETE FROM codes WHERE pool_id = $1 AND subject = $2 AND purpose = $3 AND mac = $4";
    const DELETE_CODE = "DELETE FROM codes WHERE pool_id = $1 AND subject = $2 AND purpose = $3";

    const GET_FAILURES = "SELECT failed, last_at FROM password_failures WHERE pool_id = $1 AND subject = $2";
    const RECORD_FAILURE = "INSERT INTO password_failures (pool_id, subject, failed, last_at) VALUES ($1, $2, 1, $3)
        ON CONFLICT (pool_id, subject) DO UPDATE SET
            failed = CASE WHEN password_failures.last_at < $4 THEN 1 ELSE password_failures.failed + 1 END,
            last_at = excluded.last_at
        RETURNING failed, last_at";
    const CLEAR_FAILURES = "DELETE FROM password_failures WHERE pool_id = $1 AND subject = $2";

    const GET_SPENT = "SELECT 1 FROM spent WHERE pool_id = $1 AND id = $2";
    const SPEND = "INSERT INTO spent (pool_id, id, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    const GET_SESSION_FAILURES = "SELECT failed FROM session_failures WHERE pool_id = $1 AND session_id = $2";
    const RECORD_SESSION_FAILURE = "INSERT INTO session_failures (pool_id, session_id, failed, expires_at)
        VALUES ($1, $2, 1, $3)
        ON CONFLICT (pool_id, session_id) DO UPDATE SET failed = session_failures.failed + 1
        RETURNING failed";

    const PERMIT = "INSERT INTO permits (pool_id, id, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (pool_id, id) DO UPDATE SET expires_at = excluded.expires_at";
    const USE_PERMIT = "DELETE FROM permits WHERE pool_id = $1 AND id = $2 AND expires_at > $3";

    const GET_REVOKED = "SELECT 1 FROM revoked_origins WHERE pool_id = $1 AND origin_jti = $2";
    const REVOKE_ORIGIN = "INSERT INTO revoked_origins (pool_id, origin_jti, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (pool_id, origin_jti) DO UPDATE SET expires_at = excluded.expires_at
        WHERE excluded.expires_at > revoked_origins.expires_at";
    const GET_ROTATED = "SELECT rotated_at FROM rotated_tokens WHERE pool_id = $1 AND token_id = $2";
    const ROTATE = "INSERT INTO rotated_tokens (pool_id, token_id, rotated_at, expires_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING";

    const COUNT_USE = "INSERT INTO uses (pool_id, subject, action, used, started_at, last_at)
        VALUES ($1, $2, $3, 1, $4, $4)
        ON CONFLICT (pool_id, subject, action) DO UPDATE SET
            used = CASE WHEN uses.started_at <= $5 THEN 1 ELSE uses.used + 1 END,
            started_at = CASE WHEN uses.started_at <= $5 THEN excluded.started_at ELSE uses.started_at END,
            last_at = excluded.last_at
        RETURNING used";
}

impl Plan {
    pub(crate) fn put_code(&mut self, code: &Code) {
        let mut params = code_key(&code.pool_id, &code.subject, code.purpose);
        params.extend([(&code.mac).into(), (&code.destination).into(), code.expires_at.into(), code.attempts.into()]);
        self.then(PUT_CODE, params);
    }

    pub(crate) fn consume_code(&mut self, pool_id: &str, subject: &str, purpose: CodePurpose, mac: &[u8]) {
        let mut params = code_key(pool_id, subject, purpose);
        params.push(mac.into());
        self.must(Conflict::Spent, CONSUME_CODE, params);
    }

    pub(crate) fn delete_code(&mut self, pool_id: &str, subject: &str, purpose: CodePurpose) {
        self.then(DELETE_CODE, code_key(pool_id, subject, purpose));
    }

    pub(crate) fn spend(&mut self, pool_id: &str, id: &str, expires_at: Millis) {
        self.must(Conflict::Spent, SPEND, vec![pool_id.into(), id.into(), expires_at.into()]);
    }

    pub(crate) fn permit(&mut self, pool_id: &str, id: &str, expires_at: Millis) {
        self.then(PERMIT, vec![pool_id.into(), id.into(), expires_at.into()]);
    }

    pub(crate) fn use_permit(&mut self, pool_id: &str, id: &str, now: Millis) {
        self.must(Conflict::Spent, USE_PERMIT, vec![pool_id.into(), id.into(), now.into()]);
    }

    pub(crate) fn revoke_origin(&mut self, pool_id: &str, origin_jti: &str, expires_at: Millis) {
        self.then(REVOKE_ORIGIN, vec![pool_id.into(), origin_jti.into(), expires_at.into()]);
    }

    pub(crate) fn rotate(&mut self, pool_id: &str, token_id: &str, now: Millis, expires_at: Millis) {
        self.must(Conflict::Spent, ROTATE, vec![pool_id.into(), token_id.into(), now.into(), expires_at.into()]);
    }

    pub(crate) fn clear_failures(&mut self, pool_id: &str, subject: &str) {
        self.then(CLEAR_FAILURES, vec![pool_id.into(), subject.into()]);
    }
}

fn code_key(pool_id: &str, subject: &str, purpose: CodePurpose) -> Vec<Value> {
    vec![pool_id.into(), subject.into(), purpose.as_str().into()]
}

fn code(mut row: Row, pool_id: &str, subject: &str, purpose: CodePurpose) -> Result<Code, EngineError> {
    Ok(Code {
        pool_id: pool_id.to_owned(),
        subject: subject.to_owned(),
        purpose,
        mac: row.bytes(0)?,
        destination: row.bytes(1)?,
        expires_at: row.int(2)?,
        attempts: row.int(3)?,
    })
}

fn failures(row: &Row) -> Result<Failures, EngineError> {
    Ok(Failures { count: row.int(0)?, last_at: row.int(1)? })
}

impl SqlStore {
    /// A counting statement, which returns one row.
    async fn count(&self, sql: &'static str, params: Vec<Value>) -> StoreResult<Row> {
        let rows = self.engine.write_returning(sql, params).await.map_err(store_error)?;
        rows.into_iter().next().ok_or_else(|| StoreError::Corrupt("a count returned nothing".to_owned()))
    }

    async fn exists(&self, sql: &'static str, pool_id: &str, id: &str) -> StoreResult<bool> {
        let rows = self.engine.query(sql, &[pool_id.into(), id.into()]).await.map_err(store_error)?;
        Ok(!rows.is_empty())
    }

    async fn opt_int(&self, sql: &'static str, pool_id: &str, id: &str) -> StoreResult<Option<i64>> {
        let rows = self.engine.query(sql, &[pool_id.into(), id.into()]).await.map_err(store_error)?;
        rows.first().map(|row| row.int(0)).transpose().map_err(store_error)
    }
}

#[async_trait]
impl GuardStore for SqlStore {
    async fn attempt_code(
        &self,
        pool_id: &str,
        subject: &str,
        purpose: CodePurpose,
        now: Millis,
        max_attempts: i64,
    ) -> StoreResult<Option<Code>> {
        let mut params = code_key(pool_id, subject, purpose);
        params.extend([now.into(), max_attempts.into()]);
        let rows = self.engine.write_returning(ATTEMPT_CODE, params).await.map_err(store_error)?;
        let row = rows.into_iter().next();
        row.map(|row| code(row, pool_id, subject, purpose)).transpose().map_err(store_error)
    }

    async fn code(&self, pool_id: &str, subject: &str, purpose: CodePurpose) -> StoreResult<Option<Code>> {
        let rows = self.engine.query(GET_CODE, &code_key(pool_id, subject, purpose)).await.map_err(store_error)?;
        let row = rows.into_iter().next();
        row.map(|row| code(row, pool_id, subject, purpose)).transpose().map_err(store_error)
    }

    async fn failures(&self, pool_id: &str, subject: &str) -> StoreResult<Option<Failures>> {
        let rows = self.engine.query(GET_FAILURES, &[pool_id.into(), subject.into()]).await.map_err(store_error)?;
        rows.first().map(failures).transpose().map_err(store_error)
    }

    async fn record_failure(
        &self,
        pool_id: &str,
        subject: &str,
        now: Millis,
        forget_after: Millis,
    ) -> StoreResult<Failures> {
        let forgotten_before = now.saturating_sub(forget_after);
        let params = vec![pool_id.into(), subject.into(), now.into(), forgotten_before.into()];
        failures(&self.count(RECORD_FAILURE, params).await?).map_err(store_error)
    }

    async fn is_spent(&self, pool_id: &str, id: &str) -> StoreResult<bool> {
        self.exists(GET_SPENT, pool_id, id).await
    }

    async fn session_failures(&self, pool_id: &str, session_id: &str) -> StoreResult<i64> {
        Ok(self.opt_int(GET_SESSION_FAILURES, pool_id, session_id).await?.unwrap_or(0))
    }

    async fn record_session_failure(&self, pool_id: &str, session_id: &str, expires_at: Millis) -> StoreResult<i64> {
        let params = vec![pool_id.into(), session_id.into(), expires_at.into()];
        self.count(RECORD_SESSION_FAILURE, params).await?.int(0).map_err(store_error)
    }

    async fn is_revoked(&self, pool_id: &str, origin_jti: &str) -> StoreResult<bool> {
        self.exists(GET_REVOKED, pool_id, origin_jti).await
    }

    async fn rotated_at(&self, pool_id: &str, token_id: &str) -> StoreResult<Option<Millis>> {
        self.opt_int(GET_ROTATED, pool_id, token_id).await
    }

    async fn count_use(
        &self,
        pool_id: &str,
        subject: &str,
        action: &str,
        now: Millis,
        window: Millis,
    ) -> StoreResult<i64> {
        let ended = now.saturating_sub(window);
        let params = vec![pool_id.into(), subject.into(), action.into(), now.into(), ended.into()];
        self.count(COUNT_USE, params).await?.int(0).map_err(store_error)
    }
}
