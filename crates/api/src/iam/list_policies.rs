//! `ListPolicies`.

use stepwell_core::iam::policies::{self, PolicyFilter};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListPolicies, ListPoliciesRequest, ListPoliciesResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListPolicies {
    async fn call(cx: &Context<'_>, input: ListPoliciesRequest) -> Result<ListPoliciesResponse> {
        let filter = PolicyFilter {
            scope: shapes::scope(input.scope.as_ref()),
            only_attached: input.only_attached.unwrap_or_default(),
            path_prefix: input.path_prefix.as_deref(),
            usage: shapes::usage(input.policy_usage_filter.as_ref()),
        };
        let page = policies::list(cx.domain, filter, shapes::paging(input.marker.as_deref(), input.max_items)).await?;
        Ok(ListPoliciesResponse {
            policies: Some(page.items.into_iter().map(|policy| shapes::listed_policy(cx, policy)).collect()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
