//! Resource servers.

use async_trait::async_trait;
use stepwell_core::ports::store::{Conflict, ResourceServerStore, StoreResult};
use stepwell_core::resource_servers::{MAX_RESOURCE_SERVERS, ResourceServer};

use crate::SqlStore;
use crate::document::{decode, encode, store_error};
use crate::engine::{Row, statements};
use crate::plan::Plan;

statements! {
    const GET_RESOURCE_SERVER = "SELECT version, document FROM resource_servers
        WHERE pool_id = $1 AND identifier = $2";
    const LIST_RESOURCE_SERVERS = "SELECT version, document FROM resource_servers
        WHERE pool_id = $1 AND identifier > $2 ORDER BY identifier LIMIT $3";
    const HOLD_POOL_WITH_ROOM_FOR_RESOURCE_SERVER = "UPDATE pools SET version = version
        WHERE id = $1 AND (SELECT COUNT(*) FROM resource_servers WHERE pool_id = $1) < $2";
    const INSERT_RESOURCE_SERVER = "INSERT INTO resource_servers (pool_id, identifier, version, document)
        VALUES ($1, $2, 1, $3) ON CONFLICT DO NOTHING";
    const UPDATE_RESOURCE_SERVER = "UPDATE resource_servers SET version = version + 1, document = $4
        WHERE pool_id = $1 AND identifier = $2 AND version = $3";
    const DELETE_RESOURCE_SERVER = "DELETE FROM resource_servers WHERE pool_id = $1 AND identifier = $2";
}

impl Plan {
    pub(crate) fn insert_resource_server(&mut self, server: &ResourceServer) -> StoreResult<()> {
        let params = vec![(&server.pool_id).into(), (&server.identifier).into(), encode(server)?.into()];
        self.hold_pool(&server.pool_id);
        let room = vec![(&server.pool_id).into(), MAX_RESOURCE_SERVERS.into()];
        self.must(Conflict::Full, HOLD_POOL_WITH_ROOM_FOR_RESOURCE_SERVER, room);
        self.must(Conflict::Exists, INSERT_RESOURCE_SERVER, params);
        Ok(())
    }

    pub(crate) fn update_resource_server(&mut self, server: &ResourceServer) -> StoreResult<()> {
        let params =
            vec![(&server.pool_id).into(), (&server.identifier).into(), server.version.into(), encode(server)?.into()];
        self.must(Conflict::Changed, UPDATE_RESOURCE_SERVER, params);
        Ok(())
    }

    pub(crate) fn delete_resource_server(&mut self, pool_id: &str, identifier: &str) {
        self.must(Conflict::Changed, DELETE_RESOURCE_SERVER, vec![pool_id.into(), identifier.into()]);
    }
}

fn resource_server(mut row: Row) -> StoreResult<ResourceServer> {
    let version = row.int(0).map_err(store_error)?;
    Ok(ResourceServer { version, ..decode(&mut row, 1)? })
}

#[async_trait]
impl ResourceServerStore for SqlStore {
    async fn resource_server(&self, pool_id: &str, identifier: &str) -> StoreResult<Option<ResourceServer>> {
        let params = [pool_id.into(), identifier.into()];
        let rows = self.engine.query(GET_RESOURCE_SERVER, &params).await.map_err(store_error)?;
        rows.into_iter().next().map(resource_server).transpose()
    }

    async fn list(&self, pool_id: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<ResourceServer>> {
        let params = vec![pool_id.into(), after.unwrap_or_default().into(), limit.into()];
        let rows = self.engine.scan(LIST_RESOURCE_SERVERS, params).await.map_err(store_error)?;
        rows.into_iter().map(resource_server).collect()
    }
}
