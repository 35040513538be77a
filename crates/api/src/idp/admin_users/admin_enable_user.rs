//! `AdminEnableUser`.

use stepwell_core::users::lifecycle;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminEnableUser, AdminEnableUserRequest, AdminEnableUserResponse};

use crate::operation::Operation;

impl Operation for AdminEnableUser {
    async fn call(cx: &Context<'_>, input: AdminEnableUserRequest) -> Result<AdminEnableUserResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        lifecycle::enable(cx, pool_id, username).await?;
        Ok(AdminEnableUserResponse::default())
    }
}
