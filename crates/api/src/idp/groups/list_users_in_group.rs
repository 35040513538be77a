//! `ListUsersInGroup`.

use stepwell_core::groups;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ListUsersInGroup, ListUsersInGroupRequest, ListUsersInGroupResponse};

use crate::idp::admin_users::shapes::user_type;
use crate::operation::Operation;

impl Operation for ListUsersInGroup {
    async fn call(cx: &Context<'_>, input: ListUsersInGroupRequest) -> Result<ListUsersInGroupResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let name = input.group_name.as_deref().unwrap_or_default();
        let (users, next_token) = groups::members(cx, pool_id, name, input.limit, input.next_token.as_deref()).await?;
        let users = users.iter().map(|user| user_type(user, None)).collect();
        Ok(ListUsersInGroupResponse { users: Some(users), next_token })
    }
}
