//! `ListAttachedRolePolicies`.

use stepwell_core::iam::{HolderName, attachments};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    ListAttachedRolePolicies, ListAttachedRolePoliciesRequest, ListAttachedRolePoliciesResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListAttachedRolePolicies {
    async fn call(
        cx: &Context<'_>,
        input: ListAttachedRolePoliciesRequest,
    ) -> Result<ListAttachedRolePoliciesResponse> {
        let holder = HolderName::Role(input.role_name.as_deref().unwrap_or_default());
        let paging = shapes::paging(input.marker.as_deref(), input.max_items);
        let page = attachments::list(cx.domain, holder, input.path_prefix.as_deref(), paging).await?;
        Ok(ListAttachedRolePoliciesResponse {
            attached_policies: Some(page.items.into_iter().map(shapes::attached).collect()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
