//! `ListResourceServers`.

use stepwell_core::resource_servers;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ListResourceServers, ListResourceServersRequest, ListResourceServersResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListResourceServers {
    async fn call(cx: &Context<'_>, input: ListResourceServersRequest) -> Result<ListResourceServersResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let (servers, next_token) =
            resource_servers::list(cx, pool_id, input.max_results, input.next_token.as_deref()).await?;
        let servers = servers.into_iter().map(shapes::resource_server).collect();
        Ok(ListResourceServersResponse { resource_servers: Some(servers), next_token })
    }
}
