//! `GetUserPoolSessionConfiguration`.

use stepwell_core::pools;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    GetUserPoolSessionConfiguration, GetUserPoolSessionConfigurationRequest, GetUserPoolSessionConfigurationResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetUserPoolSessionConfiguration {
    async fn call(
        cx: &Context<'_>,
        input: GetUserPoolSessionConfigurationRequest,
    ) -> Result<GetUserPoolSessionConfigurationResponse> {
        let pool = pools::read(cx, input.user_pool_id.as_deref().unwrap_or_default()).await?;
        let (tracking, token_session) = shapes::session_tracking(pool.session_tracking);
        Ok(GetUserPoolSessionConfigurationResponse {
            user_pool_id: Some(pool.id),
            user_session_tracking: Some(tracking),
            token_session: Some(token_session),
        })
    }
}
