//! `DeleteUserPoolClient`.

use stepwell_core::clients;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{DeleteUserPoolClient, DeleteUserPoolClientRequest, DeleteUserPoolClientResponse};

use crate::operation::Operation;

impl Operation for DeleteUserPoolClient {
    async fn call(cx: &Context<'_>, input: DeleteUserPoolClientRequest) -> Result<DeleteUserPoolClientResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        clients::delete(cx, pool_id, input.client_id.as_deref().unwrap_or_default()).await?;
        Ok(DeleteUserPoolClientResponse::default())
    }
}
