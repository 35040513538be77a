//! `CreateIdentityPool`.

use stepwell_core::identity_pools;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{CreateIdentityPool, CreateIdentityPoolRequest, CreateIdentityPoolResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for CreateIdentityPool {
    async fn call(cx: &Context<'_>, input: CreateIdentityPoolRequest) -> Result<CreateIdentityPoolResponse> {
        let pool = identity_pools::create(cx, &shapes::new_configuration(input)).await?;
        Ok(shapes::identity_pool(pool))
    }
}
