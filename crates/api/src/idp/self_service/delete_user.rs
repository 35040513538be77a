//! `DeleteUser`.

use stepwell_core::users::lifecycle;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{DeleteUser, DeleteUserRequest, DeleteUserResponse};

use crate::operation::Operation;

impl Operation for DeleteUser {
    async fn call(cx: &Context<'_>, _input: DeleteUserRequest) -> Result<DeleteUserResponse> {
        lifecycle::delete(cx.domain, cx.access_token()?.user.clone()).await?;
        Ok(DeleteUserResponse::default())
    }
}
