//! `ListTagsForResource`.

use stepwell_core::identity_pools::tags;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{ListTagsForResource, ListTagsForResourceRequest, ListTagsForResourceResponse};

use crate::operation::Operation;

impl Operation for ListTagsForResource {
    async fn call(cx: &Context<'_>, input: ListTagsForResourceRequest) -> Result<ListTagsForResourceResponse> {
        let arn = input.resource_arn.as_deref().unwrap_or_default();
        Ok(ListTagsForResourceResponse { tags: Some(tags::tags(cx, arn).await?) })
    }
}
