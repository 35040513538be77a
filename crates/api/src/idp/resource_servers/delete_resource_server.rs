//! `DeleteResourceServer`.

use stepwell_core::resource_servers;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{DeleteResourceServer, DeleteResourceServerRequest, DeleteResourceServerResponse};

use crate::operation::Operation;

impl Operation for DeleteResourceServer {
    async fn call(cx: &Context<'_>, input: DeleteResourceServerRequest) -> Result<DeleteResourceServerResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let identifier = input.identifier.as_deref().unwrap_or_default();
        resource_servers::delete(cx, pool_id, identifier).await?;
        Ok(DeleteResourceServerResponse::default())
    }
}
