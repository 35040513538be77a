//! `AdminListGroupsForUser`.

use stepwell_core::groups;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminListGroupsForUser, AdminListGroupsForUserRequest, AdminListGroupsForUserResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for AdminListGroupsForUser {
    async fn call(cx: &Context<'_>, input: AdminListGroupsForUserRequest) -> Result<AdminListGroupsForUserResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let (groups, next_token) =
            groups::of_user(cx, pool_id, username, input.limit, input.next_token.as_deref()).await?;
        Ok(AdminListGroupsForUserResponse { groups: Some(groups.into_iter().map(shapes::group).collect()), next_token })
    }
}
