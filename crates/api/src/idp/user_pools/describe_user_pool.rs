//! `DescribeUserPool`.

use stepwell_core::pools;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{DescribeUserPool, DescribeUserPoolRequest, DescribeUserPoolResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for DescribeUserPool {
    async fn call(cx: &Context<'_>, input: DescribeUserPoolRequest) -> Result<DescribeUserPoolResponse> {
        let pool = pools::read(cx, input.user_pool_id.as_deref().unwrap_or_default()).await?;
        let users = pools::estimated_users(cx, &pool.id).await?;
        Ok(DescribeUserPoolResponse { user_pool: Some(shapes::user_pool(cx, pool, users)) })
    }
}
