//! `DeleteUser`.

use stepwell_core::iam::users;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{DeleteUser, DeleteUserRequest, DeleteUserResponse};

use crate::operation::Operation;

impl Operation for DeleteUser {
    async fn call(cx: &Context<'_>, input: DeleteUserRequest) -> Result<DeleteUserResponse> {
        users::delete(cx.domain, input.user_name.as_deref().unwrap_or_default()).await?;
        Ok(DeleteUserResponse::default())
    }
}
