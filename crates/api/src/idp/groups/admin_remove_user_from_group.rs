//! `AdminRemoveUserFromGroup`.

use stepwell_core::groups;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    AdminRemoveUserFromGroup, AdminRemoveUserFromGroupRequest, AdminRemoveUserFromGroupResponse,
};

use crate::operation::Operation;

impl Operation for AdminRemoveUserFromGroup {
    async fn call(
        cx: &Context<'_>,
        input: AdminRemoveUserFromGroupRequest,
    ) -> Result<AdminRemoveUserFromGroupResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let name = input.group_name.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        groups::remove_member(cx, pool_id, name, username).await?;
        Ok(AdminRemoveUserFromGroupResponse::default())
    }
}
