//! `GetLoginProfile`.

use stepwell_core::{Context, Result};
use stepwell_model::iam::{GetLoginProfile, GetLoginProfileRequest, GetLoginProfileResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetLoginProfile {
    /// There is no console, so no user has a password for it.
    async fn call(cx: &Context<'_>, input: GetLoginProfileRequest) -> Result<GetLoginProfileResponse> {
        Err(shapes::no_login_profile(cx, input.user_name.as_deref()).await?)
    }
}
