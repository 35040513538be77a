//! `UpdateUser`.

use stepwell_core::iam::users;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{UpdateUser, UpdateUserRequest, UpdateUserResponse};

use crate::operation::Operation;

impl Operation for UpdateUser {
    async fn call(cx: &Context<'_>, input: UpdateUserRequest) -> Result<UpdateUserResponse> {
        users::update(
            cx.domain,
            input.user_name.as_deref().unwrap_or_default(),
            input.new_user_name.as_deref(),
            input.new_path.as_deref(),
        )
        .await?;
        Ok(UpdateUserResponse::default())
    }
}
