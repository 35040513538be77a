//! `DeleteUserPool`.

use stepwell_core::pools;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{DeleteUserPool, DeleteUserPoolRequest, DeleteUserPoolResponse};

use crate::operation::Operation;

impl Operation for DeleteUserPool {
    async fn call(cx: &Context<'_>, input: DeleteUserPoolRequest) -> Result<DeleteUserPoolResponse> {
        pools::delete(cx, input.user_pool_id.as_deref().unwrap_or_default()).await?;
        Ok(DeleteUserPoolResponse::default())
    }
}
