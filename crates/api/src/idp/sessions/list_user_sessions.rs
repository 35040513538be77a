//! `ListUserSessions`.

use stepwell_core::sessions;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ListUserSessions, ListUserSessionsRequest, ListUserSessionsResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListUserSessions {
    async fn call(cx: &Context<'_>, input: ListUserSessionsRequest) -> Result<ListUserSessionsResponse> {
        let (page, current) = sessions::list_own(cx, input.next_token.as_deref()).await?;
        let sessions = page.sessions.into_iter().map(|session| shapes::session(session, current.as_deref()));
        Ok(ListUserSessionsResponse { sessions: Some(sessions.collect()), next_token: page.next_token })
    }
}
