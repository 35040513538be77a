//! `AdminDeleteUser`.

use stepwell_core::users::lifecycle;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminDeleteUser, AdminDeleteUserRequest, AdminDeleteUserResponse};

use crate::operation::Operation;

impl Operation for AdminDeleteUser {
    async fn call(cx: &Context<'_>, input: AdminDeleteUserRequest) -> Result<AdminDeleteUserResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        lifecycle::admin_delete(cx, pool_id, username).await?;
        Ok(AdminDeleteUserResponse::default())
    }
}
