//! `AdminRevokeUserSession`.

use stepwell_core::sessions;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminRevokeUserSession, AdminRevokeUserSessionRequest, AdminRevokeUserSessionResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for AdminRevokeUserSession {
    async fn call(cx: &Context<'_>, input: AdminRevokeUserSessionRequest) -> Result<AdminRevokeUserSessionResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let session_id = input.session_id.as_deref().unwrap_or_default();
        let reach = shapes::reach(input.revoke_associated_sessions.as_ref());
        sessions::revoke_for_admin(cx, pool_id, username, session_id, reach).await?;
        Ok(AdminRevokeUserSessionResponse::default())
    }
}
