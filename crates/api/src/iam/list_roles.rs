//! `ListRoles`.

use stepwell_core::iam::roles;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListRoles, ListRolesRequest, ListRolesResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListRoles {
    async fn call(cx: &Context<'_>, input: ListRolesRequest) -> Result<ListRolesResponse> {
        let page = roles::list(
            cx.domain,
            input.path_prefix.as_deref(),
            shapes::paging(input.marker.as_deref(), input.max_items),
        )
        .await?;
        Ok(ListRolesResponse {
            roles: Some(page.items.into_iter().map(|role| shapes::listed_role(cx, role)).collect()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
