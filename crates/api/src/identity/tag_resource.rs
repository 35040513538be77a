//! `TagResource`.

use stepwell_core::identity_pools::tags;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{TagResource, TagResourceRequest, TagResourceResponse};

use crate::operation::Operation;

impl Operation for TagResource {
    async fn call(cx: &Context<'_>, input: TagResourceRequest) -> Result<TagResourceResponse> {
        let arn = input.resource_arn.as_deref().unwrap_or_default();
        tags::tag(cx, arn, &input.tags.unwrap_or_default()).await?;
        Ok(TagResourceResponse::default())
    }
}
