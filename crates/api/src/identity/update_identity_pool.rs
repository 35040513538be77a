//! `UpdateIdentityPool`.

use stepwell_core::identity_pools;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{UpdateIdentityPool, UpdateIdentityPoolRequest, UpdateIdentityPoolResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for UpdateIdentityPool {
    async fn call(cx: &Context<'_>, input: UpdateIdentityPoolRequest) -> Result<UpdateIdentityPoolResponse> {
        let pool_id = input.identity_pool_id.clone().unwrap_or_default();
        let pool = identity_pools::update(cx, &pool_id, &shapes::configuration(input)).await?;
        Ok(shapes::identity_pool(pool))
    }
}
