//! `SetUserPoolClientSessionConfiguration`.

use stepwell_core::sessions::configuration;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    SetUserPoolClientSessionConfiguration, SetUserPoolClientSessionConfigurationRequest,
    SetUserPoolClientSessionConfigurationResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for SetUserPoolClientSessionConfiguration {
    async fn call(
        cx: &Context<'_>,
        input: SetUserPoolClientSessionConfigurationRequest,
    ) -> Result<SetUserPoolClientSessionConfigurationResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let client_id = input.client_id.as_deref().unwrap_or_default();
        let minutes = input.sso_session.and_then(|session| session.max_validity_minutes).unwrap_or_default();
        let minutes = u32::try_from(minutes).unwrap_or_default();
        let client = configuration::set_client(cx, pool_id, client_id, minutes).await?;
        Ok(SetUserPoolClientSessionConfigurationResponse {
            sso_session: Some(shapes::sso_session(&client)),
            user_pool_id: Some(client.pool_id),
            client_id: Some(client.id.into()),
        })
    }
}
