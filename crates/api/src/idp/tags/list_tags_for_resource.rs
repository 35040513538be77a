//! `ListTagsForResource`.

use stepwell_core::pools;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ListTagsForResource, ListTagsForResourceRequest, ListTagsForResourceResponse};

use crate::operation::Operation;

impl Operation for ListTagsForResource {
    async fn call(cx: &Context<'_>, input: ListTagsForResourceRequest) -> Result<ListTagsForResourceResponse> {
        let tags = pools::tags(cx, input.resource_arn.as_deref().unwrap_or_default()).await?;
        Ok(ListTagsForResourceResponse { tags: Some(tags) })
    }
}
