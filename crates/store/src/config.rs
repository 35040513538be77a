//! Pools, clients, keys, and the version row that tells all nodes of changes.

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use stepwell_core::Millis;
use stepwell_core::clients::{AppClient, MAX_CLIENTS};
use stepwell_core::iam::name_key;
use stepwell_core::keyring::{AccessKey, SigningKey, WrappedKey};
use stepwell_core::pools::UserPool;
use stepwell_core::ports::store::{ConfigStore, Conflict, DocumentKind, PoolDocument, StoreError, StoreResult};

use crate::SqlStore;
use crate::document::{decode, encode, store_error};
use crate::engine::{Row, statements};
use crate::plan::Plan;

statements! {
    const GET_CONFIG_VERSION = "SELECT version FROM config_version WHERE id = 1";
    const BUMP_CONFIG_VERSION = "UPDATE config_version SET version = version + 1 WHERE id = 1";

    const GET_POOL = "SELECT version, document FROM pools WHERE id = $1";
    const LIST_POOLS = "SELECT version, document FROM pools WHERE id > $1 ORDER BY id LIMIT $2";
    const INSERT_POOL = "INSERT INTO pools (id, version, document) VALUES ($1, 1, $2) ON CONFLICT DO NOTHING";
    const UPDATE_POOL = "UPDATE pools SET version = version + 1, document = $3 WHERE id = $1 AND version = $2";
    /// Changes nothing, but locks the row until the commit.
    const HOLD_POOL = "UPDATE pools SET version = version WHERE id = $1";
    const DELETE_POOL = "DELETE FROM pools WHERE id = $1 AND version = $2";
    const DELETE_POOL_CLIENTS = "DELETE FROM clients WHERE pool_id = $1";
    const DELETE_POOL_WRAPPED_KEYS = "DELETE FROM wrapped_keys WHERE pool_id = $1";
    const DELETE_POOL_SIGNING_KEYS = "DELETE FROM signing_keys WHERE pool_id = $1";
    const INSERT_DELETED_POOL = "INSERT INTO deleted_pools (pool_id, deleted_at, empty_sweeps) VALUES ($1, $2, 0)
        ON CONFLICT DO NOTHING";

    const GET_CLIENT = "SELECT version, document FROM clients WHERE id = $1";
    const LIST_CLIENTS = "SELECT version, document FROM clients WHERE pool_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    /// A statement of its own after the pool is held: on PostgreSQL it sees what others committed while it waited for that.
    const HOLD_POOL_WITH_ROOM_FOR_CLIENT = "UPDATE pools SET version = version
        WHERE id = $1 AND (SELECT COUNT(*) FROM clients WHERE pool_id = $1) < $2";
    const INSERT_CLIENT = "INSERT INTO clients (id, pool_id, version, document) VALUES ($1, $2, 1, $3)
        ON CONFLICT DO NOTHING";
    const UPDATE_CLIENT = "UPDATE clients SET version = version + 1, document = $4
        WHERE id = $1 AND pool_id = $2 AND version = $3";
    const DELETE_CLIENT = "DELETE FROM clients WHERE id = $1 AND pool_id = $2";
    const DELETE_CLIENT_DOCUMENTS = "DELETE FROM pool_documents WHERE pool_id = $1 AND key = $2";

    const GET_DOCUMENT = "SELECT version, document FROM pool_documents WHERE pool_id = $1 AND kind = $2 AND key = $3";
    const PUT_DOCUMENT = "INSERT INTO pool_documents (pool_id, kind, key, version, document) VALUES ($1, $2, $3, 1, $4)
        ON CONFLICT (pool_id, kind, key) DO UPDATE SET version = pool_documents.version + 1,
            document = excluded.document";
    const DELETE_DOCUMENT = "DELETE FROM pool_documents WHERE pool_id = $1 AND kind = $2 AND key = $3";

    const GET_WRAPPED_KEYS = "SELECT pool_id, version, sealed FROM wrapped_keys WHERE pool_id = $1 ORDER BY version";
    const GET_ALL_WRAPPED_KEYS = "SELECT pool_id, version, sealed FROM wrapped_keys ORDER BY pool_id, version";
    const INSERT_WRAPPED_KEY = "INSERT INTO wrapped_keys (pool_id, version, sealed) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING";
    const UPDATE_WRAPPED_KEY = "UPDATE wrapped_keys SET sealed = $3 WHERE pool_id = $1 AND version = $2";

    const GET_SIGNING_KEYS = "SELECT document FROM signing_keys WHERE pool_id = $1 ORDER BY created_at, kid";
    const INSERT_SIGNING_KEY = "INSERT INTO signing_keys (pool_id, kid, created_at, document) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING";

    const GET_ACCESS_KEY = "SELECT document FROM access_keys WHERE id = $1";
    const LIST_ACCESS_KEYS = "SELECT document FROM access_keys ORDER BY id";
    const INSERT_ACCESS_KEY = "INSERT INTO access_keys (id, owner, document) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING";
    const UPDATE_ACCESS_KEY = "UPDATE access_keys SET owner = $2, document = $3 WHERE id = $1";
    const DELETE_ACCESS_KEY = "DELETE FROM access_keys WHERE id = $1";
}

impl Plan {
    pub(crate) fn insert_pool(&mut self, pool: &UserPool) -> StoreResult<()> {
        self.must(Conflict::Exists, INSERT_POOL, vec![(&pool.id).into(), encode(pool)?.into()]);
        Ok(())
    }

    pub(crate) fn update_pool(&mut self, pool: &UserPool) -> StoreResult<()> {
        let params = vec![(&pool.id).into(), pool.version.into(), encode(pool)?.into()];
        self.must(Conflict::Changed, UPDATE_POOL, params);
        Ok(())
    }

    pub(crate) fn delete_pool(&mut self, pool_id: &str, version: i64, now: Millis) {
        self.must(Conflict::Changed, DELETE_POOL, vec![pool_id.into(), version.into()]);
        for sql in [DELETE_POOL_CLIENTS, DELETE_POOL_WRAPPED_KEYS, DELETE_POOL_SIGNING_KEYS] {
            self.then(sql, vec![pool_id.into()]);
        }
        self.leave_to_sweeps(pool_id, now);
    }

    /// Has the deletion job remove everything that a pool, of users or of identities, has left behind.
    pub(crate) fn leave_to_sweeps(&mut self, pool_id: &str, now: Millis) {
        self.then(INSERT_DELETED_POOL, vec![pool_id.into(), now.into()]);
    }

    /// Demands the pool and keeps it until the commit: nothing is left in a pool that is deleted meanwhile, and whoever
    /// counts what it has does so alone.
    pub(crate) fn hold_pool(&mut self, pool_id: &str) {
        self.must(Conflict::Changed, HOLD_POOL, vec![pool_id.into()]);
    }

    pub(crate) fn insert_client(&mut self, client: &AppClient) -> StoreResult<()> {
        let params = vec![(&client.id).into(), (&client.pool_id).into(), encode(client)?.into()];
        self.hold_pool(&client.pool_id);
        let room = vec![(&client.pool_id).into(), MAX_CLIENTS.into()];
        self.must(Conflict::Full, HOLD_POOL_WITH_ROOM_FOR_CLIENT, room);
        self.must(Conflict::Exists, INSERT_CLIENT, params);
        Ok(())
    }

    pub(crate) fn update_client(&mut self, client: &AppClient) -> StoreResult<()> {
        let params = vec![(&client.id).into(), (&client.pool_id).into(), client.version.into(), encode(client)?.into()];
        self.must(Conflict::Changed, UPDATE_CLIENT, params);
        Ok(())
    }

    pub(crate) fn delete_client(&mut self, pool_id: &str, client_id: &str) {
        self.must(Conflict::Changed, DELETE_CLIENT, vec![client_id.into(), pool_id.into()]);
        self.then(DELETE_CLIENT_DOCUMENTS, vec![pool_id.into(), client_id.into()]);
    }

    pub(crate) fn put_document(&mut self, document: &PoolDocument) {
        let mut params = document_key(&document.pool_id, document.kind, &document.key);
        params.push((&document.document).into());
        self.then(PUT_DOCUMENT, params);
    }

    pub(crate) fn delete_document(&mut self, pool_id: &str, kind: DocumentKind, key: &str) {
        self.then(DELETE_DOCUMENT, document_key(pool_id, kind, key));
    }

    pub(crate) fn bump_config_version(&mut self) {
        self.then(BUMP_CONFIG_VERSION, vec![]);
    }

    pub(crate) fn insert_wrapped_key(&mut self, key: &WrappedKey) {
        self.must(Conflict::Exists, INSERT_WRAPPED_KEY, wrapped_key_params(key));
    }

    pub(crate) fn update_wrapped_key(&mut self, key: &WrappedKey) {
        self.must(Conflict::Changed, UPDATE_WRAPPED_KEY, wrapped_key_params(key));
    }

    pub(crate) fn insert_signing_key(&mut self, key: &SigningKey) -> StoreResult<()> {
        let params = vec![(&key.pool_id).into(), (&key.kid).into(), key.created_at.into(), encode(key)?.into()];
        self.must(Conflict::Exists, INSERT_SIGNING_KEY, params);
        Ok(())
    }

    pub(crate) fn insert_access_key(&mut self, key: &AccessKey) -> StoreResult<()> {
        self.must(Conflict::Exists, INSERT_ACCESS_KEY, access_key_params(key)?);
        Ok(())
    }

    pub(crate) fn update_access_key(&mut self, key: &AccessKey) -> StoreResult<()> {
        self.must(Conflict::Changed, UPDATE_ACCESS_KEY, access_key_params(key)?);
        Ok(())
    }

    pub(crate) fn delete_access_key(&mut self, access_key_id: &str) {
        self.must(Conflict::Changed, DELETE_ACCESS_KEY, vec![access_key_id.into()]);
    }
}

fn document_key(pool_id: &str, kind: DocumentKind, key: &str) -> Vec<crate::engine::Value> {
    vec![pool_id.into(), kind.as_str().into(), key.into()]
}

fn wrapped_key_params(key: &WrappedKey) -> Vec<crate::engine::Value> {
    vec![(&key.pool_id).into(), key.version.into(), (&key.sealed).into()]
}

fn access_key_params(key: &AccessKey) -> StoreResult<Vec<crate::engine::Value>> {
    Ok(vec![(&key.access_key_id).into(), name_key(key.owner()).into(), encode(key)?.into()])
}

fn wrapped_key(mut row: Row) -> StoreResult<WrappedKey> {
    let version = row.int(1).map_err(store_error)?;
    Ok(WrappedKey {
        pool_id: row.text(0).map_err(store_error)?,
        version: u32::try_from(version).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        sealed: row.bytes(2).map_err(store_error)?,
    })
}

fn pool(mut row: Row) -> StoreResult<UserPool> {
    let version = row.int(0).map_err(store_error)?;
    Ok(UserPool { version, ..decode(&mut row, 1)? })
}

fn client(mut row: Row) -> StoreResult<AppClient> {
    let version = row.int(0).map_err(store_error)?;
    Ok(AppClient { version, ..decode(&mut row, 1)? })
}

pub(crate) fn documents<T: DeserializeOwned>(rows: Vec<Row>) -> StoreResult<Vec<T>> {
    rows.into_iter().map(|mut row| decode(&mut row, 0)).collect()
}

#[async_trait]
impl ConfigStore for SqlStore {
    async fn config_version(&self) -> StoreResult<i64> {
        let rows = self.engine.query(GET_CONFIG_VERSION, &[]).await.map_err(store_error)?;
        let row = rows.first().ok_or_else(|| StoreError::Corrupt("no configuration version".to_owned()))?;
        row.int(0).map_err(store_error)
    }

    async fn pool(&self, pool_id: &str) -> StoreResult<Option<UserPool>> {
        let rows = self.engine.query(GET_POOL, &[pool_id.into()]).await.map_err(store_error)?;
        rows.into_iter().next().map(pool).transpose()
    }

    async fn list_pools(&self, after: Option<&str>, limit: u32) -> StoreResult<Vec<UserPool>> {
        let params = vec![after.unwrap_or_default().into(), limit.into()];
        let rows = self.engine.scan(LIST_POOLS, params).await.map_err(store_error)?;
        rows.into_iter().map(pool).collect()
    }

    async fn client(&self, client_id: &str) -> StoreResult<Option<AppClient>> {
        let rows = self.engine.query(GET_CLIENT, &[client_id.into()]).await.map_err(store_error)?;
        rows.into_iter().next().map(client).transpose()
    }

    async fn list_clients(&self, pool_id: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<AppClient>> {
        let params = vec![pool_id.into(), after.unwrap_or_default().into(), limit.into()];
        let rows = self.engine.scan(LIST_CLIENTS, params).await.map_err(store_error)?;
        rows.into_iter().map(client).collect()
    }

    async fn wrapped_keys(&self, pool_id: &str) -> StoreResult<Vec<WrappedKey>> {
        let rows = self.engine.query(GET_WRAPPED_KEYS, &[pool_id.into()]).await.map_err(store_error)?;
        rows.into_iter().map(wrapped_key).collect()
    }

    async fn all_wrapped_keys(&self) -> StoreResult<Vec<WrappedKey>> {
        let rows = self.engine.scan(GET_ALL_WRAPPED_KEYS, vec![]).await.map_err(store_error)?;
        rows.into_iter().map(wrapped_key).collect()
    }

    async fn signing_keys(&self, pool_id: &str) -> StoreResult<Vec<SigningKey>> {
        documents(self.engine.query(GET_SIGNING_KEYS, &[pool_id.into()]).await.map_err(store_error)?)
    }

    async fn access_key(&self, access_key_id: &str) -> StoreResult<Option<AccessKey>> {
        let rows = self.engine.query(GET_ACCESS_KEY, &[access_key_id.into()]).await.map_err(store_error)?;
        Ok(documents(rows)?.pop())
    }

    async fn list_access_keys(&self) -> StoreResult<Vec<AccessKey>> {
        documents(self.engine.scan(LIST_ACCESS_KEYS, vec![]).await.map_err(store_error)?)
    }

    async fn document(&self, pool_id: &str, kind: DocumentKind, key: &str) -> StoreResult<Option<PoolDocument>> {
        let rows = self.engine.query(GET_DOCUMENT, &document_key(pool_id, kind, key)).await.map_err(store_error)?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        Ok(Some(PoolDocument {
            pool_id: pool_id.to_owned(),
            kind,
            key: key.to_owned(),
            version: row.int(0).map_err(store_error)?,
            document: row.text(1).map_err(store_error)?,
        }))
    }
}
