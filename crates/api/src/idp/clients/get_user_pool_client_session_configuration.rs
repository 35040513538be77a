//! `GetUserPoolClientSessionConfiguration`.

use stepwell_core::clients;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    GetUserPoolClientSessionConfiguration, GetUserPoolClientSessionConfigurationRequest,
    GetUserPoolClientSessionConfigurationResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetUserPoolClientSessionConfiguration {
    async fn call(
        cx: &Context<'_>,
        input: GetUserPoolClientSessionConfigurationRequest,
    ) -> Result<GetUserPoolClientSessionConfigurationResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let client = clients::read(cx, pool_id, input.client_id.as_deref().unwrap_or_default()).await?;
        Ok(GetUserPoolClientSessionConfigurationResponse {
            sso_session: Some(shapes::sso_session(&client)),
            user_pool_id: Some(client.pool_id),
            client_id: Some(client.id.into()),
        })
    }
}
