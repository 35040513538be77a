//! Users, their aliases and the filter index of `ListUsers`.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::Mutex;
use stepwell_core::ports::store::{After, Alias, Conflict, RefreshTokenUser, StoreResult, UserFilter, UserStore};
use stepwell_core::users::User;

use crate::SqlStore;
use crate::document::{decode, encode, store_error};
use crate::engine::{Row, Value, statements};
use crate::plan::Plan;
use crate::range::{Range, after_prefix, alias_key, split};

statements! {
    const GET_BY_SUB = "SELECT version, document FROM users WHERE pool_id = $1 AND sub = $2";
    const GET_OF_REFRESH_TOKEN = "SELECT u.version, u.document,
            (SELECT r.expires_at FROM revoked_origins r WHERE r.pool_id = $1 AND r.origin_jti = $3),
            (SELECT t.rotated_at FROM rotated_tokens t WHERE t.pool_id = $1 AND t.token_id = $4)
        FROM users u WHERE u.pool_id = $1 AND u.sub = $2";
    const GET_BY_USERNAME = "SELECT version, document FROM users WHERE pool_id = $1 AND username_key = $2";
    const GET_BY_ALIAS = "SELECT u.version, u.document FROM aliases a
        JOIN users u ON u.pool_id = a.pool_id AND u.sub = a.sub
        WHERE a.pool_id = $1 AND a.attribute = $2 AND a.value_key = $3";
    const COUNT_USERS = "SELECT COUNT(*) FROM users WHERE pool_id = $1";

    const LIST_FROM = "SELECT version, document FROM users WHERE pool_id = $1 AND sub >= $2 AND sub < $3
        ORDER BY sub LIMIT $4";
    const LIST_AFTER = "SELECT version, document FROM users WHERE pool_id = $1 AND sub > $2 AND sub < $3
        ORDER BY sub LIMIT $4";
    /// The position alone is the lower bound: a second one would invite the planner to start there and skip.
    const LIST_FILTERED = "SELECT u.version, u.document FROM user_index i
        JOIN users u ON u.pool_id = i.pool_id AND u.sub = i.sub
        WHERE i.pool_id = $1 AND i.attribute = $2 AND (i.value_key, i.sub) > ($3, $4) AND i.value_key < $5
          AND i.value_rest >= $6 AND i.value_rest < $7
        ORDER BY i.value_key, i.sub LIMIT $8";

    const INSERT_USER = "INSERT INTO users (pool_id, sub, username_key, version, document) VALUES ($1, $2, $3, 1, $4)
        ON CONFLICT DO NOTHING";
    const UPDATE_USER = "UPDATE users SET version = version + 1, document = $4
        WHERE pool_id = $1 AND sub = $2 AND version = $3";
    /// Changes nothing, but locks the row until the commit: the user cannot go while something of theirs is added.
    const HOLD_USER = "UPDATE users SET version = version WHERE pool_id = $1 AND sub = $2";
    const DELETE_USER = "DELETE FROM users WHERE pool_id = $1 AND sub = $2 AND version = $3";
    const DELETE_USER_ALIASES = "DELETE FROM aliases WHERE pool_id = $1 AND sub = $2";
    const DELETE_USER_MEMBERSHIPS = "DELETE FROM members WHERE pool_id = $1 AND sub = $2";
    const DELETE_USER_CODES = "DELETE FROM codes WHERE pool_id = $1 AND subject = $2";
    const DELETE_USER_DEVICES = "DELETE FROM devices WHERE pool_id = $1 AND sub = $2";
    const DELETE_USER_PASSKEYS = "DELETE FROM passkeys WHERE pool_id = $1 AND sub = $2";
    const DELETE_USER_SESSIONS = "DELETE FROM user_sessions WHERE pool_id = $1 AND sub = $2";
    const DELETE_USER_EVENTS = "DELETE FROM auth_events WHERE pool_id = $1 AND sub = $2";
    const DELETE_USER_MEMORY = "DELETE FROM risk_memory WHERE pool_id = $1 AND sub = $2";

    const INSERT_INDEX = "INSERT INTO user_index (pool_id, sub, attribute, value_key, value_rest)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (pool_id, attribute, value_key, sub)
        DO UPDATE SET value_rest = excluded.value_rest";
    const DELETE_INDEX = "DELETE FROM user_index WHERE pool_id = $1 AND sub = $2 AND attribute = $3 AND value_key = $4";

    const CLAIM_ALIAS = "INSERT INTO aliases (pool_id, attribute, value_key, sub) VALUES ($1, $2, $3, $4)
        ON CONFLICT (pool_id, attribute, value_key) DO UPDATE SET sub = excluded.sub WHERE aliases.sub = excluded.sub";
    const RELEASE_ALIAS = "DELETE FROM aliases WHERE pool_id = $1 AND attribute = $2 AND value_key = $3 AND sub = $4";
}

/// Everything of a user that is found by pool and sub alone.
pub(crate) const DELETE_WITH_USER: [&str; 8] = [
    DELETE_USER_ALIASES,
    DELETE_USER_MEMBERSHIPS,
    DELETE_USER_CODES,
    DELETE_USER_DEVICES,
    DELETE_USER_PASSKEYS,
    DELETE_USER_SESSIONS,
    DELETE_USER_EVENTS,
    DELETE_USER_MEMORY,
];

impl Plan {
    pub(crate) fn insert_user(&mut self, user: &User) -> StoreResult<()> {
        let params =
            vec![(&user.pool_id).into(), (&user.sub).into(), (&user.username_key).into(), encode(user)?.into()];
        self.must(Conflict::Exists, INSERT_USER, params);
        self.move_index(user, &[], &user.index_entries());
        Ok(())
    }

    pub(crate) async fn update_user(&mut self, store: &SqlStore, user: &User) -> StoreResult<()> {
        let before = index_entries_at(store, &user.pool_id, &user.sub, user.version).await?;
        let params = vec![(&user.pool_id).into(), (&user.sub).into(), user.version.into(), encode(user)?.into()];
        self.must(Conflict::Changed, UPDATE_USER, params);
        self.move_index(user, &before, &user.index_entries());
        Ok(())
    }

    /// The user's row goes first: that takes its lock, so that whatever else is being written for this user is either
    /// visible to the statements after it or refused.
    pub(crate) async fn delete_user(
        &mut self,
        store: &SqlStore,
        pool_id: &str,
        sub: &str,
        version: i64,
    ) -> StoreResult<()> {
        let before = index_entries_at(store, pool_id, sub, version).await?;
        self.must(Conflict::Changed, DELETE_USER, vec![pool_id.into(), sub.into(), version.into()]);
        for (attribute, value) in before {
            self.delete_index(pool_id, sub, attribute, &value);
        }
        for sql in DELETE_WITH_USER {
            self.then(sql, vec![pool_id.into(), sub.into()]);
        }
        Ok(())
    }

    /// The submission stands only if the user is there at its commit.
    pub(crate) fn hold_user(&mut self, pool_id: &str, sub: &str) {
        self.must(Conflict::Changed, HOLD_USER, vec![pool_id.into(), sub.into()]);
    }

    /// Locks the user's row until the commit, if the user is there and this submission has not locked it before.
    pub(crate) fn lock_user(&mut self, pool_id: &str, sub: &str) {
        let key = vec![pool_id.into(), sub.into()];
        if !self.holds(&[HOLD_USER, UPDATE_USER], &key) {
            self.then(HOLD_USER, key);
        }
    }

    /// Writes only the index rows that differ; a password change touches none.
    fn move_index(&mut self, user: &User, before: &[(&'static str, String)], after: &[(&'static str, String)]) {
        for (attribute, value) in before.iter().filter(|entry| !after.contains(entry)) {
            self.delete_index(&user.pool_id, &user.sub, attribute, value);
        }
        for (attribute, value) in after.iter().filter(|entry| !before.contains(entry)) {
            let (key, rest) = split(value);
            let params = vec![(&user.pool_id).into(), (&user.sub).into(), (*attribute).into(), key.into(), rest.into()];
            self.then(INSERT_INDEX, params);
        }
    }

    fn delete_index(&mut self, pool_id: &str, sub: &str, attribute: &str, value: &str) {
        let (key, _) = split(value);
        self.then(DELETE_INDEX, vec![pool_id.into(), sub.into(), attribute.into(), key.into()]);
    }

    pub(crate) fn claim_alias(&mut self, alias: &Alias) {
        self.must(Conflict::AliasTaken, CLAIM_ALIAS, alias_params(alias));
    }

    pub(crate) fn release_alias(&mut self, alias: &Alias) {
        self.then(RELEASE_ALIAS, alias_params(alias));
    }
}

fn alias_params(alias: &Alias) -> Vec<Value> {
    let key = alias_key(&alias.value);
    vec![(&alias.pool_id).into(), (&alias.attribute).into(), key.into(), (&alias.sub).into()]
}

/// The index rows of the stored user, if it still has the version that the submission is conditional on. If not, the
/// submission fails whatever else it holds.
async fn index_entries_at(
    store: &SqlStore,
    pool_id: &str,
    sub: &str,
    version: i64,
) -> StoreResult<Vec<(&'static str, String)>> {
    let stored = store.by_sub(pool_id, sub).await?.filter(|user| user.version == version);
    Ok(stored.map(|user| user.index_entries()).unwrap_or_default())
}

pub(crate) fn user(mut row: Row) -> StoreResult<User> {
    let version = row.int(0).map_err(store_error)?;
    Ok(User { version, ..decode(&mut row, 1)? })
}

/// Counts of large pools, kept for a while: counting a million rows takes a tenth of a second.
#[derive(Debug, Default)]
pub(crate) struct Estimates(Mutex<HashMap<String, (i64, Instant)>>);

impl Estimates {
    const LARGE: i64 = 10_000;
    const KEPT_FOR: Duration = Duration::from_secs(60);
    const KEPT: usize = 1_000;

    fn get(&self, pool_id: &str) -> Option<i64> {
        let kept = self.0.lock();
        kept.get(pool_id).filter(|(_, counted)| counted.elapsed() < Self::KEPT_FOR).map(|(count, _)| *count)
    }

    fn put(&self, pool_id: &str, count: i64) {
        if count < Self::LARGE {
            return;
        }
        let mut kept = self.0.lock();
        if kept.len() >= Self::KEPT {
            kept.clear();
        }
        kept.insert(pool_id.to_owned(), (count, Instant::now()));
    }
}

impl SqlStore {
    async fn one_user(&self, sql: &'static str, params: &[Value]) -> StoreResult<Option<User>> {
        let rows = self.engine.query(sql, params).await.map_err(store_error)?;
        rows.into_iter().next().map(user).transpose()
    }

    /// By sub, optionally only those that begin with `prefix`.
    async fn list_by_sub(
        &self,
        pool_id: &str,
        prefix: &str,
        after: Option<&After>,
        limit: u32,
    ) -> StoreResult<Vec<User>> {
        let (sql, start) = match after {
            Some(after) => (LIST_AFTER, after.id.as_str()),
            None => (LIST_FROM, prefix),
        };
        let params = vec![pool_id.into(), start.into(), after_prefix(prefix).into(), limit.into()];
        self.engine.scan(sql, params).await.map_err(store_error)?.into_iter().map(user).collect()
    }
}

#[async_trait]
impl UserStore for SqlStore {
    async fn by_sub(&self, pool_id: &str, sub: &str) -> StoreResult<Option<User>> {
        self.one_user(GET_BY_SUB, &[pool_id.into(), sub.into()]).await
    }

    async fn of_refresh_token(
        &self,
        pool_id: &str,
        sub: &str,
        origin_jti: &str,
        token_id: &str,
    ) -> StoreResult<Option<RefreshTokenUser>> {
        let params = [pool_id.into(), sub.into(), origin_jti.into(), token_id.into()];
        let rows = self.engine.query(GET_OF_REFRESH_TOKEN, &params).await.map_err(store_error)?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let is_revoked = row.opt_int(2).map_err(store_error)?.is_some();
        let is_rotated_out = row.opt_int(3).map_err(store_error)?.is_some();
        Ok(Some(RefreshTokenUser { user: user(row)?, is_revoked, is_rotated_out }))
    }

    async fn by_username(&self, pool_id: &str, username_key: &str) -> StoreResult<Option<User>> {
        self.one_user(GET_BY_USERNAME, &[pool_id.into(), username_key.into()]).await
    }

    async fn by_alias(&self, pool_id: &str, attribute: &str, value: &str) -> StoreResult<Option<User>> {
        self.one_user(GET_BY_ALIAS, &[pool_id.into(), attribute.into(), alias_key(value).into()]).await
    }

    async fn list(
        &self,
        pool_id: &str,
        filter: Option<&UserFilter>,
        after: Option<&After>,
        limit: u32,
    ) -> StoreResult<Vec<User>> {
        let Some(filter) = filter else { return self.list_by_sub(pool_id, "", after, limit).await };
        if filter.attribute == "sub" && filter.prefix {
            return self.list_by_sub(pool_id, &filter.value, after, limit).await;
        }
        if filter.attribute == "sub" {
            let found = if limit == 0 || after.is_some() { None } else { self.by_sub(pool_id, &filter.value).await? };
            return Ok(found.into_iter().collect());
        }
        let range = if filter.prefix { Range::prefix(&filter.value) } else { Range::exactly(&filter.value) };
        // No sub is empty, so everything at or after the first key lies after (first key, "").
        let (key, sub) = after.map_or((range.from.as_str(), ""), |after| (split(&after.value).0, after.id.as_str()));
        let params = vec![
            pool_id.into(),
            filter.attribute.as_str().into(),
            key.into(),
            sub.into(),
            range.below.into(),
            range.rest_from.into(),
            range.rest_below.into(),
            limit.into(),
        ];
        self.engine.scan(LIST_FILTERED, params).await.map_err(store_error)?.into_iter().map(user).collect()
    }

    async fn estimated_count(&self, pool_id: &str) -> StoreResult<i64> {
        if let Some(count) = self.estimates.get(pool_id) {
            return Ok(count);
        }
        let rows = self.engine.scan(COUNT_USERS, vec![pool_id.into()]).await.map_err(store_error)?;
        let count = rows.first().map_or(Ok(0), |row| row.int(0)).map_err(store_error)?;
        self.estimates.put(pool_id, count);
        Ok(count)
    }
}
