//! The devices of users.

use async_trait::async_trait;
use stepwell_core::devices::Device;
use stepwell_core::ports::store::{Conflict, DeviceStore, StoreResult};

use crate::SqlStore;
use crate::document::{decode, encode, store_error};
use crate::engine::{Row, Value, statements};
use crate::plan::Plan;

statements! {
    const GET_DEVICE = "SELECT version, document FROM devices WHERE pool_id = $1 AND sub = $2 AND device_key = $3";
    const LIST_DEVICES = "SELECT version, document FROM devices
        WHERE pool_id = $1 AND sub = $2 AND device_key > $3 ORDER BY device_key LIMIT $4";
    const COUNT_DEVICES = "SELECT COUNT(*) FROM devices WHERE pool_id = $1 AND sub = $2";
    const INSERT_DEVICE = "INSERT INTO devices (pool_id, sub, device_key, version, document) VALUES ($1, $2, $3, 1, $4)
        ON CONFLICT DO NOTHING";
    const UPDATE_DEVICE = "UPDATE devices SET version = version + 1, document = $5
        WHERE pool_id = $1 AND sub = $2 AND device_key = $3 AND version = $4";
    const DELETE_DEVICE = "DELETE FROM devices WHERE pool_id = $1 AND sub = $2 AND device_key = $3";
}

impl Plan {
    pub(crate) fn insert_device(&mut self, device: &Device) -> StoreResult<()> {
        self.hold_user(&device.pool_id, &device.sub);
        let mut params = key(&device.pool_id, &device.sub, &device.key);
        params.push(encode(device)?.into());
        self.must(Conflict::Exists, INSERT_DEVICE, params);
        Ok(())
    }

    pub(crate) fn update_device(&mut self, device: &Device) -> StoreResult<()> {
        let mut params = key(&device.pool_id, &device.sub, &device.key);
        params.extend([device.version.into(), encode(device)?.into()]);
        self.must(Conflict::Changed, UPDATE_DEVICE, params);
        Ok(())
    }

    pub(crate) fn delete_device(&mut self, pool_id: &str, sub: &str, device_key: &str) {
        self.must(Conflict::Changed, DELETE_DEVICE, key(pool_id, sub, device_key));
    }
}

fn key(pool_id: &str, sub: &str, device_key: &str) -> Vec<Value> {
    vec![pool_id.into(), sub.into(), device_key.into()]
}

fn device(mut row: Row) -> StoreResult<Device> {
    let version = row.int(0).map_err(store_error)?;
    Ok(Device { version, ..decode(&mut row, 1)? })
}

#[async_trait]
impl DeviceStore for SqlStore {
    async fn device(&self, pool_id: &str, sub: &str, device_key: &str) -> StoreResult<Option<Device>> {
        let rows = self.engine.query(GET_DEVICE, &key(pool_id, sub, device_key)).await.map_err(store_error)?;
        rows.into_iter().next().map(device).transpose()
    }

    async fn list(&self, pool_id: &str, sub: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<Device>> {
        let mut params = key(pool_id, sub, after.unwrap_or_default());
        params.push(limit.into());
        self.engine.scan(LIST_DEVICES, params).await.map_err(store_error)?.into_iter().map(device).collect()
    }

    async fn count(&self, pool_id: &str, sub: &str) -> StoreResult<i64> {
        let rows = self.engine.scan(COUNT_DEVICES, vec![pool_id.into(), sub.into()]).await.map_err(store_error)?;
        rows.first().map_or(Ok(0), |row| row.int(0)).map_err(store_error)
    }
}
