//! `TagResource`.

use stepwell_core::pools;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{TagResource, TagResourceRequest, TagResourceResponse};

use crate::operation::Operation;

impl Operation for TagResource {
    async fn call(cx: &Context<'_>, input: TagResourceRequest) -> Result<TagResourceResponse> {
        let tags = input.tags.unwrap_or_default();
        pools::tag(cx, input.resource_arn.as_deref().unwrap_or_default(), &tags).await?;
        Ok(TagResourceResponse::default())
    }
}
