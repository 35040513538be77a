//! `AdminResetUserPassword`.

use stepwell_core::users::passwords;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminResetUserPassword, AdminResetUserPasswordRequest, AdminResetUserPasswordResponse};

use crate::operation::Operation;

impl Operation for AdminResetUserPassword {
    async fn call(cx: &Context<'_>, input: AdminResetUserPasswordRequest) -> Result<AdminResetUserPasswordResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        passwords::admin_reset(cx, pool_id, username, &input.client_metadata.unwrap_or_default()).await?;
        Ok(AdminResetUserPasswordResponse::default())
    }
}
