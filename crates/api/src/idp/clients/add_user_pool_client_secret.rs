//! `AddUserPoolClientSecret`.

use stepwell_core::clients;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AddUserPoolClientSecret, AddUserPoolClientSecretRequest, AddUserPoolClientSecretResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for AddUserPoolClientSecret {
    async fn call(cx: &Context<'_>, input: AddUserPoolClientSecretRequest) -> Result<AddUserPoolClientSecretResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let client_id = input.client_id.as_deref().unwrap_or_default();
        let added = clients::add_secret(cx, pool_id, client_id, input.client_secret).await?;
        let descriptor = shapes::secret_descriptor(&added.stored, added.generated);
        Ok(AddUserPoolClientSecretResponse { client_secret_descriptor: Some(descriptor) })
    }
}
