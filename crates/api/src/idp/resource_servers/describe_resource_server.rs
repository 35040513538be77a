//! `DescribeResourceServer`.

use stepwell_core::resource_servers;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{DescribeResourceServer, DescribeResourceServerRequest, DescribeResourceServerResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for DescribeResourceServer {
    async fn call(cx: &Context<'_>, input: DescribeResourceServerRequest) -> Result<DescribeResourceServerResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let identifier = input.identifier.as_deref().unwrap_or_default();
        let server = resource_servers::describe(cx, pool_id, identifier).await?;
        Ok(DescribeResourceServerResponse { resource_server: Some(shapes::resource_server(server)) })
    }
}
