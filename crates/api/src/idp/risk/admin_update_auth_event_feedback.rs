//! `AdminUpdateAuthEventFeedback`.

use stepwell_core::risk;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    AdminUpdateAuthEventFeedback, AdminUpdateAuthEventFeedbackRequest, AdminUpdateAuthEventFeedbackResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for AdminUpdateAuthEventFeedback {
    async fn call(
        cx: &Context<'_>,
        input: AdminUpdateAuthEventFeedbackRequest,
    ) -> Result<AdminUpdateAuthEventFeedbackResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let event_id = input.event_id.as_deref().unwrap_or_default();
        risk::by_admin(cx, pool_id, username, event_id, shapes::is_valid(input.feedback_value.as_ref())).await?;
        Ok(AdminUpdateAuthEventFeedbackResponse::default())
    }
}
