//! `DeleteUserPoolClientSecret`.

use stepwell_core::clients;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    DeleteUserPoolClientSecret, DeleteUserPoolClientSecretRequest, DeleteUserPoolClientSecretResponse,
};

use crate::operation::Operation;

impl Operation for DeleteUserPoolClientSecret {
    async fn call(
        cx: &Context<'_>,
        input: DeleteUserPoolClientSecretRequest,
    ) -> Result<DeleteUserPoolClientSecretResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let client_id = input.client_id.as_deref().unwrap_or_default();
        clients::delete_secret(cx, pool_id, client_id, input.client_secret_id.as_deref().unwrap_or_default()).await?;
        Ok(DeleteUserPoolClientSecretResponse::default())
    }
}
