//! `DescribeIdentityPool`.

use stepwell_core::identity_pools;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{DescribeIdentityPool, DescribeIdentityPoolRequest, DescribeIdentityPoolResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for DescribeIdentityPool {
    async fn call(cx: &Context<'_>, input: DescribeIdentityPoolRequest) -> Result<DescribeIdentityPoolResponse> {
        let pool_id = input.identity_pool_id.as_deref().unwrap_or_default();
        Ok(shapes::identity_pool(identity_pools::read(cx, pool_id).await?))
    }
}
