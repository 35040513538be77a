//! `AdminAddUserToGroup`.

use stepwell_core::groups;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminAddUserToGroup, AdminAddUserToGroupRequest, AdminAddUserToGroupResponse};

use crate::operation::Operation;

impl Operation for AdminAddUserToGroup {
    async fn call(cx: &Context<'_>, input: AdminAddUserToGroupRequest) -> Result<AdminAddUserToGroupResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let name = input.group_name.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        groups::add_member(cx, pool_id, name, username).await?;
        Ok(AdminAddUserToGroupResponse::default())
    }
}
