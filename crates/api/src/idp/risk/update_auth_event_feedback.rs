//! `UpdateAuthEventFeedback`.

use stepwell_core::risk;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{UpdateAuthEventFeedback, UpdateAuthEventFeedbackRequest, UpdateAuthEventFeedbackResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for UpdateAuthEventFeedback {
    async fn call(cx: &Context<'_>, input: UpdateAuthEventFeedbackRequest) -> Result<UpdateAuthEventFeedbackResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let event_id = input.event_id.as_deref().unwrap_or_default();
        let token = input.feedback_token.as_deref().unwrap_or_default();
        risk::by_token(cx, pool_id, username, event_id, token, shapes::is_valid(input.feedback_value.as_ref())).await?;
        Ok(UpdateAuthEventFeedbackResponse::default())
    }
}
