//! `DeleteLoginProfile`.

use stepwell_core::{Context, Result};
use stepwell_model::iam::{DeleteLoginProfile, DeleteLoginProfileRequest, DeleteLoginProfileResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for DeleteLoginProfile {
    /// There is no console, so no user has a password for it.
    async fn call(cx: &Context<'_>, input: DeleteLoginProfileRequest) -> Result<DeleteLoginProfileResponse> {
        Err(shapes::no_login_profile(cx, input.user_name.as_deref()).await?)
    }
}
