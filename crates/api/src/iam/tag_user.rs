//! `TagUser`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{TagUser, TagUserRequest, TagUserResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for TagUser {
    async fn call(cx: &Context<'_>, input: TagUserRequest) -> Result<TagUserResponse> {
        let resource = Tagged::User(input.user_name.as_deref().unwrap_or_default());
        tags::tag(cx.domain, resource, shapes::tag_pairs(input.tags)).await?;
        Ok(TagUserResponse::default())
    }
}
