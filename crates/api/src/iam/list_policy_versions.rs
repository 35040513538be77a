//! `ListPolicyVersions`.

use stepwell_core::iam::policy_versions;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListPolicyVersions, ListPolicyVersionsRequest, ListPolicyVersionsResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListPolicyVersions {
    async fn call(cx: &Context<'_>, input: ListPolicyVersionsRequest) -> Result<ListPolicyVersionsResponse> {
        let arn = input.policy_arn.as_deref().unwrap_or_default();
        let page =
            policy_versions::list(cx.domain, arn, shapes::paging(input.marker.as_deref(), input.max_items)).await?;
        Ok(ListPolicyVersionsResponse {
            versions: Some(page.items.into_iter().map(shapes::listed_version).collect()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
