//! `ListAttachedUserPolicies`.

use stepwell_core::iam::{HolderName, attachments};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    ListAttachedUserPolicies, ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListAttachedUserPolicies {
    async fn call(
        cx: &Context<'_>,
        input: ListAttachedUserPoliciesRequest,
    ) -> Result<ListAttachedUserPoliciesResponse> {
        let holder = HolderName::User(input.user_name.as_deref().unwrap_or_default());
        let paging = shapes::paging(input.marker.as_deref(), input.max_items);
        let page = attachments::list(cx.domain, holder, input.path_prefix.as_deref(), paging).await?;
        Ok(ListAttachedUserPoliciesResponse {
            attached_policies: Some(page.items.into_iter().map(shapes::attached).collect()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
