//! `AdminSetUserPassword`.

use stepwell_core::users::passwords;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminSetUserPassword, AdminSetUserPasswordRequest, AdminSetUserPasswordResponse};

use crate::operation::Operation;

impl Operation for AdminSetUserPassword {
    async fn call(cx: &Context<'_>, input: AdminSetUserPasswordRequest) -> Result<AdminSetUserPasswordResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let password = input.password.as_deref().unwrap_or_default();
        passwords::admin_set(cx, pool_id, username, password, input.permanent == Some(true)).await?;
        Ok(AdminSetUserPasswordResponse::default())
    }
}
