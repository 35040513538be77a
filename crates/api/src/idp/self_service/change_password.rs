//! `ChangePassword`.

use stepwell_core::users::passwords;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ChangePassword, ChangePasswordRequest, ChangePasswordResponse};

use crate::operation::Operation;

impl Operation for ChangePassword {
    async fn call(cx: &Context<'_>, input: ChangePasswordRequest) -> Result<ChangePasswordResponse> {
        let proposed = input.proposed_password.as_deref().unwrap_or_default();
        passwords::change(cx, input.previous_password.as_deref(), proposed).await?;
        Ok(ChangePasswordResponse::default())
    }
}
