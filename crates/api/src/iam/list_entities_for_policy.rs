//! `ListEntitiesForPolicy`.

use stepwell_core::iam::EntityKind;
use stepwell_core::iam::attachments::{self, UseFilter};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListEntitiesForPolicy, ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListEntitiesForPolicy {
    async fn call(cx: &Context<'_>, input: ListEntitiesForPolicyRequest) -> Result<ListEntitiesForPolicyResponse> {
        let filter = UseFilter {
            kind: shapes::entity_kind(input.entity_filter.as_ref()),
            path_prefix: input.path_prefix.as_deref(),
            usage: shapes::usage(input.policy_usage_filter.as_ref()),
        };
        let arn = input.policy_arn.as_deref().unwrap_or_default();
        let page =
            attachments::uses(cx.domain, arn, filter, shapes::paging(input.marker.as_deref(), input.max_items)).await?;
        let (roles, users): (Vec<_>, Vec<_>) = page.items.into_iter().partition(|used| used.kind == EntityKind::Role);
        Ok(ListEntitiesForPolicyResponse {
            policy_groups: Some(Vec::new()),
            policy_roles: Some(roles.into_iter().map(shapes::policy_role).collect()),
            policy_users: Some(users.into_iter().map(shapes::policy_user).collect()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
