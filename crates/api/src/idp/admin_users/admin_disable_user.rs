//! `AdminDisableUser`.

use stepwell_core::users::lifecycle;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminDisableUser, AdminDisableUserRequest, AdminDisableUserResponse};

use crate::operation::Operation;

impl Operation for AdminDisableUser {
    async fn call(cx: &Context<'_>, input: AdminDisableUserRequest) -> Result<AdminDisableUserResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        lifecycle::disable(cx, pool_id, username).await?;
        Ok(AdminDisableUserResponse::default())
    }
}
