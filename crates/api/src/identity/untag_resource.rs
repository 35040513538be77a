//! `UntagResource`.

use stepwell_core::identity_pools::tags;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{UntagResource, UntagResourceRequest, UntagResourceResponse};

use crate::operation::Operation;

impl Operation for UntagResource {
    async fn call(cx: &Context<'_>, input: UntagResourceRequest) -> Result<UntagResourceResponse> {
        let arn = input.resource_arn.as_deref().unwrap_or_default();
        tags::untag(cx, arn, &input.tag_keys.unwrap_or_default()).await?;
        Ok(UntagResourceResponse::default())
    }
}
