//! `DeleteLoginProfile`.

use stepwell_core::iam::users;
use stepwell_core::{Context, Error, ErrorCode, Result};
use stepwell_model::iam::{DeleteLoginProfile, DeleteLoginProfileRequest, DeleteLoginProfileResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for DeleteLoginProfile {
    /// There is no console, so no user has a password for it.
    async fn call(cx: &Context<'_>, input: DeleteLoginProfileRequest) -> Result<DeleteLoginProfileResponse> {
        let name = shapes::user_name(cx, input.user_name.as_deref())?;
        users::get(cx.domain, name).await?;
        Err(Error::new(ErrorCode::NoSuchEntity, format!("Login Profile for User {name} cannot be found.")))
    }
}
