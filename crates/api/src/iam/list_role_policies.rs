//! `ListRolePolicies`.

use stepwell_core::iam::{HolderName, inline_policies};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListRolePolicies, ListRolePoliciesRequest, ListRolePoliciesResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListRolePolicies {
    async fn call(cx: &Context<'_>, input: ListRolePoliciesRequest) -> Result<ListRolePoliciesResponse> {
        let holder = HolderName::Role(input.role_name.as_deref().unwrap_or_default());
        let page =
            inline_policies::list(cx.domain, holder, shapes::paging(input.marker.as_deref(), input.max_items)).await?;
        Ok(ListRolePoliciesResponse {
            policy_names: Some(page.items),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
