//! `UpdateResourceServer`.

use stepwell_core::resource_servers;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{UpdateResourceServer, UpdateResourceServerRequest, UpdateResourceServerResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for UpdateResourceServer {
    async fn call(cx: &Context<'_>, input: UpdateResourceServerRequest) -> Result<UpdateResourceServerResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let identifier = input.identifier.as_deref().unwrap_or_default();
        let name = input.name.as_deref().unwrap_or_default();
        let server = resource_servers::update(cx, pool_id, identifier, name, shapes::scopes(input.scopes)).await?;
        Ok(UpdateResourceServerResponse { resource_server: Some(shapes::resource_server(server)) })
    }
}
