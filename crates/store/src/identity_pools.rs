//! Identity pools, their identities, and which login leads to which.

use async_trait::async_trait;
use stepwell_core::Millis;
use stepwell_core::identity_pools::{Identity, IdentityPool, Login, MAX_IDENTITY_POOLS};
use stepwell_core::ports::store::{Conflict, IdentityPoolStore, StoreResult};

use crate::SqlStore;
use crate::document::{decode, encode, store_error};
use crate::engine::{Row, Value, statements};
use crate::plan::Plan;
use crate::range::alias_key;

statements! {
    const GET_IDENTITY_POOL = "SELECT version, document FROM identity_pools WHERE id = $1";
    const LIST_IDENTITY_POOLS = "SELECT version, document FROM identity_pools WHERE id > $1 ORDER BY id LIMIT $2";
    const INSERT_IDENTITY_POOL = "INSERT INTO identity_pools (id, version, document) VALUES ($1, 1, $2)
        ON CONFLICT DO NOTHING";
    /// Changes nothing, but locks the one row that every change of configuration locks, until the commit.
    const HOLD_CONFIG = "UPDATE config_version SET version = version WHERE id = 1";
    /// A statement of its own after that: on PostgreSQL it sees what others committed while it waited.
    const HOLD_CONFIG_WITH_ROOM_FOR_IDENTITY_POOL = "UPDATE config_version SET version = version
        WHERE id = 1 AND (SELECT COUNT(*) FROM identity_pools) < $1";
    const UPDATE_IDENTITY_POOL = "UPDATE identity_pools SET version = version + 1, document = $3
        WHERE id = $1 AND version = $2";
    const DELETE_IDENTITY_POOL = "DELETE FROM identity_pools WHERE id = $1 AND version = $2";
    /// Changes nothing, but locks the row until the commit.
    const HOLD_IDENTITY_POOL = "UPDATE identity_pools SET version = version WHERE id = $1";

    const GET_IDENTITY = "SELECT version, document FROM identities WHERE id = $1";
    const GET_IDENTITY_AND_IAM_VERSION = "SELECT i.version, i.document, v.version FROM identities i
        JOIN iam_version v ON v.id = 1 WHERE i.id = $1";
    const GET_IDENTITY_OF_LOGIN = "SELECT i.version, i.document FROM identity_logins l
        JOIN identities i ON i.id = l.identity_id
        WHERE l.pool_id = $1 AND l.provider = $2 AND l.subject = $3";
    const LIST_IDENTITIES = "SELECT version, document FROM identities
        WHERE pool_id = $1 AND id > $2 AND enabled >= $3 ORDER BY id LIMIT $4";
    const INSERT_IDENTITY = "INSERT INTO identities (id, pool_id, enabled, version, document) VALUES ($1, $2, $3, 1, $4)
        ON CONFLICT DO NOTHING";
    const UPDATE_IDENTITY = "UPDATE identities SET version = version + 1, enabled = $3, document = $4
        WHERE id = $1 AND version = $2";
    const DELETE_IDENTITY = "DELETE FROM identities WHERE id = $1 AND version = $2";

    const CLAIM_LOGIN = "INSERT INTO identity_logins (pool_id, provider, subject, identity_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (pool_id, provider, subject) DO UPDATE SET identity_id = excluded.identity_id
        WHERE identity_logins.identity_id = excluded.identity_id";
    const RELEASE_LOGIN = "DELETE FROM identity_logins
        WHERE pool_id = $1 AND provider = $2 AND subject = $3 AND identity_id = $4";
}

impl Plan {
    pub(crate) fn insert_identity_pool(&mut self, pool: &IdentityPool) -> StoreResult<()> {
        self.then(HOLD_CONFIG, vec![]);
        let room = vec![MAX_IDENTITY_POOLS.into()];
        self.must(Conflict::Full, HOLD_CONFIG_WITH_ROOM_FOR_IDENTITY_POOL, room);
        self.must(Conflict::Exists, INSERT_IDENTITY_POOL, vec![(&pool.id).into(), encode(pool)?.into()]);
        Ok(())
    }

    pub(crate) fn update_identity_pool(&mut self, pool: &IdentityPool) -> StoreResult<()> {
        let params = vec![(&pool.id).into(), pool.version.into(), encode(pool)?.into()];
        self.must(Conflict::Changed, UPDATE_IDENTITY_POOL, params);
        Ok(())
    }

    pub(crate) fn delete_identity_pool(&mut self, pool_id: &str, version: i64, now: Millis) {
        self.must(Conflict::Changed, DELETE_IDENTITY_POOL, vec![pool_id.into(), version.into()]);
        self.leave_to_sweeps(pool_id, now);
    }

    pub(crate) fn insert_identity(&mut self, identity: &Identity) -> StoreResult<()> {
        self.must(Conflict::Changed, HOLD_IDENTITY_POOL, vec![(&identity.pool_id).into()]);
        let params = vec![
            (&identity.id).into(),
            (&identity.pool_id).into(),
            i64::from(identity.is_enabled()).into(),
            encode(identity)?.into(),
        ];
        self.must(Conflict::Exists, INSERT_IDENTITY, params);
        Ok(())
    }

    pub(crate) fn update_identity(&mut self, identity: &Identity) -> StoreResult<()> {
        let params = vec![
            (&identity.id).into(),
            identity.version.into(),
            i64::from(identity.is_enabled()).into(),
            encode(identity)?.into(),
        ];
        self.must(Conflict::Changed, UPDATE_IDENTITY, params);
        Ok(())
    }

    pub(crate) fn delete_identity(&mut self, identity_id: &str, version: i64) {
        self.must(Conflict::Changed, DELETE_IDENTITY, vec![identity_id.into(), version.into()]);
    }

    pub(crate) fn claim_login(&mut self, pool_id: &str, login: &Login, identity_id: &str) {
        self.must(Conflict::AliasTaken, CLAIM_LOGIN, login_params(pool_id, login, identity_id));
    }

    pub(crate) fn release_login(&mut self, pool_id: &str, login: &Login, identity_id: &str) {
        self.then(RELEASE_LOGIN, login_params(pool_id, login, identity_id));
    }
}

fn login_params(pool_id: &str, login: &Login, identity_id: &str) -> Vec<Value> {
    let [pool_id, provider, subject] = login_key(pool_id, login);
    vec![pool_id, provider, subject, identity_id.into()]
}

fn login_key(pool_id: &str, login: &Login) -> [Value; 3] {
    [pool_id.into(), (&login.provider).into(), alias_key(&login.subject).into()]
}

fn identity_pool(mut row: Row) -> StoreResult<IdentityPool> {
    let version = row.int(0).map_err(store_error)?;
    Ok(IdentityPool { version, ..decode(&mut row, 1)? })
}

fn identity(mut row: Row) -> StoreResult<Identity> {
    let version = row.int(0).map_err(store_error)?;
    Ok(Identity { version, ..decode(&mut row, 1)? })
}

#[async_trait]
impl IdentityPoolStore for SqlStore {
    async fn identity_pool(&self, pool_id: &str) -> StoreResult<Option<IdentityPool>> {
        let rows = self.engine.query(GET_IDENTITY_POOL, &[pool_id.into()]).await.map_err(store_error)?;
        rows.into_iter().next().map(identity_pool).transpose()
    }

    async fn list_identity_pools(&self, after: Option<&str>, limit: u32) -> StoreResult<Vec<IdentityPool>> {
        let params = vec![after.unwrap_or_default().into(), limit.into()];
        let rows = self.engine.scan(LIST_IDENTITY_POOLS, params).await.map_err(store_error)?;
        rows.into_iter().map(identity_pool).collect()
    }

    async fn identity(&self, identity_id: &str) -> StoreResult<Option<Identity>> {
        let rows = self.engine.query(GET_IDENTITY, &[identity_id.into()]).await.map_err(store_error)?;
        rows.into_iter().next().map(identity).transpose()
    }

    async fn identity_and_iam_version(&self, identity_id: &str) -> StoreResult<Option<(Identity, i64)>> {
        let rows = self.engine.query(GET_IDENTITY_AND_IAM_VERSION, &[identity_id.into()]).await.map_err(store_error)?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let iam_version = row.int(2).map_err(store_error)?;
        Ok(Some((identity(row)?, iam_version)))
    }

    async fn identity_of(&self, pool_id: &str, login: &Login) -> StoreResult<Option<Identity>> {
        let params = login_key(pool_id, login);
        let rows = self.engine.query(GET_IDENTITY_OF_LOGIN, &params).await.map_err(store_error)?;
        rows.into_iter().next().map(identity).transpose()
    }

    async fn list_identities(
        &self,
        pool_id: &str,
        enabled_only: bool,
        after: Option<&str>,
        limit: u32,
    ) -> StoreResult<Vec<Identity>> {
        let params =
            vec![pool_id.into(), after.unwrap_or_default().into(), i64::from(enabled_only).into(), limit.into()];
        let rows = self.engine.scan(LIST_IDENTITIES, params).await.map_err(store_error)?;
        rows.into_iter().map(identity).collect()
    }
}
