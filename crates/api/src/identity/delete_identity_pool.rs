//! `DeleteIdentityPool`.

use stepwell_core::identity_pools;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{DeleteIdentityPool, DeleteIdentityPoolRequest, DeleteIdentityPoolResponse};

use crate::operation::Operation;

impl Operation for DeleteIdentityPool {
    async fn call(cx: &Context<'_>, input: DeleteIdentityPoolRequest) -> Result<DeleteIdentityPoolResponse> {
        let pool_id = input.identity_pool_id.as_deref().unwrap_or_default();
        identity_pools::delete(cx, pool_id).await?;
        Ok(DeleteIdentityPoolResponse::default())
    }
}
