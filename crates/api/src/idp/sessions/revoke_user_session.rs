//! `RevokeUserSession`.

use stepwell_core::sessions;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{RevokeUserSession, RevokeUserSessionRequest, RevokeUserSessionResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for RevokeUserSession {
    async fn call(cx: &Context<'_>, input: RevokeUserSessionRequest) -> Result<RevokeUserSessionResponse> {
        let reach = shapes::reach(input.revoke_associated_sessions.as_ref());
        sessions::revoke_own(cx, input.session_id.as_deref().unwrap_or_default(), reach).await?;
        Ok(RevokeUserSessionResponse::default())
    }
}
