//! The passkeys of users.

use async_trait::async_trait;
use stepwell_core::passkeys::Passkey;
use stepwell_core::ports::store::{Conflict, PasskeyStore, StoreResult};

use crate::SqlStore;
use crate::document::{decode, encode, store_error};
use crate::engine::{Row, Value, statements};
use crate::plan::Plan;

statements! {
    const GET_PASSKEY = "SELECT version, document FROM passkeys WHERE pool_id = $1 AND credential_id = $2";
    const LIST_PASSKEYS = "SELECT version, document FROM passkeys
        WHERE pool_id = $1 AND sub = $2 AND credential_id > $3 ORDER BY credential_id LIMIT $4";
    const COUNT_PASSKEYS = "SELECT COUNT(*) FROM passkeys WHERE pool_id = $1 AND sub = $2";
    const INSERT_PASSKEY = "INSERT INTO passkeys (pool_id, sub, credential_id, version, document)
        VALUES ($1, $2, $3, 1, $4) ON CONFLICT DO NOTHING";
    const UPDATE_PASSKEY = "UPDATE passkeys SET version = version + 1, document = $5
        WHERE pool_id = $1 AND sub = $2 AND credential_id = $3 AND version = $4";
    const DELETE_PASSKEY = "DELETE FROM passkeys WHERE pool_id = $1 AND sub = $2 AND credential_id = $3";
}

impl Plan {
    pub(crate) fn insert_passkey(&mut self, passkey: &Passkey) -> StoreResult<()> {
        self.hold_user(&passkey.pool_id, &passkey.sub);
        let mut params = key(&passkey.pool_id, &passkey.sub, &passkey.credential_id);
        params.push(encode(passkey)?.into());
        self.must(Conflict::Exists, INSERT_PASSKEY, params);
        Ok(())
    }

    pub(crate) fn update_passkey(&mut self, passkey: &Passkey) -> StoreResult<()> {
        let mut params = key(&passkey.pool_id, &passkey.sub, &passkey.credential_id);
        params.extend([passkey.version.into(), encode(passkey)?.into()]);
        self.must(Conflict::Changed, UPDATE_PASSKEY, params);
        Ok(())
    }

    pub(crate) fn delete_passkey(&mut self, pool_id: &str, sub: &str, credential_id: &str) {
        self.must(Conflict::Changed, DELETE_PASSKEY, key(pool_id, sub, credential_id));
    }
}

fn key(pool_id: &str, sub: &str, credential_id: &str) -> Vec<Value> {
    vec![pool_id.into(), sub.into(), credential_id.into()]
}

fn passkey(mut row: Row) -> StoreResult<Passkey> {
    let version = row.int(0).map_err(store_error)?;
    Ok(Passkey { version, ..decode(&mut row, 1)? })
}

#[async_trait]
impl PasskeyStore for SqlStore {
    async fn passkey(&self, pool_id: &str, credential_id: &str) -> StoreResult<Option<Passkey>> {
        let rows =
            self.engine.query(GET_PASSKEY, &[pool_id.into(), credential_id.into()]).await.map_err(store_error)?;
        rows.into_iter().next().map(passkey).transpose()
    }

    /// Part of every sign-in with a passkey, and a user has some twenty at most: a point read.
    async fn of_user(&self, pool_id: &str, sub: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<Passkey>> {
        let mut params = key(pool_id, sub, after.unwrap_or_default());
        params.push(limit.into());
        self.engine.query(LIST_PASSKEYS, &params).await.map_err(store_error)?.into_iter().map(passkey).collect()
    }

    /// Part of every sign-in that offers a choice: a point read, as above.
    async fn count(&self, pool_id: &str, sub: &str) -> StoreResult<i64> {
        let rows = self.engine.query(COUNT_PASSKEYS, &[pool_id.into(), sub.into()]).await.map_err(store_error)?;
        rows.first().map_or(Ok(0), |row| row.int(0)).map_err(store_error)
    }
}
