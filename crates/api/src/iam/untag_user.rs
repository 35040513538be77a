//! `UntagUser`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{UntagUser, UntagUserRequest, UntagUserResponse};

use crate::operation::Operation;

impl Operation for UntagUser {
    async fn call(cx: &Context<'_>, input: UntagUserRequest) -> Result<UntagUserResponse> {
        let resource = Tagged::User(input.user_name.as_deref().unwrap_or_default());
        tags::untag(cx.domain, resource, &input.tag_keys.unwrap_or_default()).await?;
        Ok(UntagUserResponse::default())
    }
}
