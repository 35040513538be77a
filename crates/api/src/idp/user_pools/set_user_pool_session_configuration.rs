//! `SetUserPoolSessionConfiguration`.

use stepwell_core::sessions::{SessionTracking, configuration};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    SetUserPoolSessionConfiguration, SetUserPoolSessionConfigurationRequest, SetUserPoolSessionConfigurationResponse,
    UserSessionTrackingType,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for SetUserPoolSessionConfiguration {
    async fn call(
        cx: &Context<'_>,
        input: SetUserPoolSessionConfigurationRequest,
    ) -> Result<SetUserPoolSessionConfigurationResponse> {
        let given = input.token_session.and_then(|session| session.max_per_user);
        let tracking = SessionTracking {
            enabled: input.user_session_tracking == Some(UserSessionTrackingType::Enabled),
            max_per_user: given.and_then(|max| u32::try_from(max).ok()).unwrap_or_default(),
        };
        let pool = configuration::set(cx, input.user_pool_id.as_deref().unwrap_or_default(), tracking).await?;
        let (tracking, token_session) = shapes::session_tracking(pool.session_tracking);
        Ok(SetUserPoolSessionConfigurationResponse {
            user_pool_id: Some(pool.id),
            user_session_tracking: Some(tracking),
            token_session: Some(token_session),
        })
    }
}
