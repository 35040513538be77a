//! `DescribeUserPoolClient`.

use stepwell_core::clients;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{DescribeUserPoolClient, DescribeUserPoolClientRequest, DescribeUserPoolClientResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for DescribeUserPoolClient {
    async fn call(cx: &Context<'_>, input: DescribeUserPoolClientRequest) -> Result<DescribeUserPoolClientResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let client = clients::read(cx, pool_id, input.client_id.as_deref().unwrap_or_default()).await?;
        Ok(DescribeUserPoolClientResponse { user_pool_client: Some(shapes::client(cx, client).await?) })
    }
}
