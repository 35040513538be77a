//! `AdminListUserAuthEvents`.

use stepwell_core::risk;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminListUserAuthEvents, AdminListUserAuthEventsRequest, AdminListUserAuthEventsResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for AdminListUserAuthEvents {
    async fn call(cx: &Context<'_>, input: AdminListUserAuthEventsRequest) -> Result<AdminListUserAuthEventsResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let (events, next_token) =
            risk::list(cx, pool_id, username, input.max_results, input.next_token.as_deref()).await?;
        let auth_events = Some(events.into_iter().map(shapes::event).collect());
        Ok(AdminListUserAuthEventsResponse { auth_events, next_token })
    }
}
