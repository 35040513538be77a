//! `AdminConfirmSignUp`.

use stepwell_core::users::lifecycle;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminConfirmSignUp, AdminConfirmSignUpRequest, AdminConfirmSignUpResponse};

use crate::operation::Operation;

impl Operation for AdminConfirmSignUp {
    async fn call(cx: &Context<'_>, input: AdminConfirmSignUpRequest) -> Result<AdminConfirmSignUpResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        lifecycle::admin_confirm(cx, pool_id, username, &input.client_metadata.unwrap_or_default()).await?;
        Ok(AdminConfirmSignUpResponse::default())
    }
}
