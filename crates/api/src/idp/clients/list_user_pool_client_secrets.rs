//! `ListUserPoolClientSecrets`: both secrets at once, never their values.

use stepwell_core::clients;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    ListUserPoolClientSecrets, ListUserPoolClientSecretsRequest, ListUserPoolClientSecretsResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListUserPoolClientSecrets {
    async fn call(
        cx: &Context<'_>,
        input: ListUserPoolClientSecretsRequest,
    ) -> Result<ListUserPoolClientSecretsResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let client = clients::read(cx, pool_id, input.client_id.as_deref().unwrap_or_default()).await?;
        let secrets = client.secrets.iter().map(|stored| shapes::secret_descriptor(stored, None)).collect();
        Ok(ListUserPoolClientSecretsResponse { client_secrets: Some(secrets), next_token: None })
    }
}
