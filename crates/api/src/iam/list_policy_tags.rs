//! `ListPolicyTags`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListPolicyTags, ListPolicyTagsRequest, ListPolicyTagsResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListPolicyTags {
    async fn call(cx: &Context<'_>, input: ListPolicyTagsRequest) -> Result<ListPolicyTagsResponse> {
        let resource = Tagged::Policy(input.policy_arn.as_deref().unwrap_or_default());
        let page = tags::list(cx.domain, resource, shapes::paging(input.marker.as_deref(), input.max_items)).await?;
        Ok(ListPolicyTagsResponse {
            tags: Some(shapes::tags(page.items)),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
