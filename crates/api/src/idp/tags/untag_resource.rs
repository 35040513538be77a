//! `UntagResource`.

use stepwell_core::pools;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{UntagResource, UntagResourceRequest, UntagResourceResponse};

use crate::operation::Operation;

impl Operation for UntagResource {
    async fn call(cx: &Context<'_>, input: UntagResourceRequest) -> Result<UntagResourceResponse> {
        let keys = input.tag_keys.unwrap_or_default();
        pools::untag(cx, input.resource_arn.as_deref().unwrap_or_default(), &keys).await?;
        Ok(UntagResourceResponse::default())
    }
}
