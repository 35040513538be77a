//! `AdminListUserSessions`.

use stepwell_core::sessions;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminListUserSessions, AdminListUserSessionsRequest, AdminListUserSessionsResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for AdminListUserSessions {
    async fn call(cx: &Context<'_>, input: AdminListUserSessionsRequest) -> Result<AdminListUserSessionsResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let page = sessions::list_for_admin(cx, pool_id, username, input.next_token.as_deref()).await?;
        let sessions = page.sessions.into_iter().map(|session| shapes::session(session, None));
        Ok(AdminListUserSessionsResponse { sessions: Some(sessions.collect()), next_token: page.next_token })
    }
}
