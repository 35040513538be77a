//! `ListRoleTags`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListRoleTags, ListRoleTagsRequest, ListRoleTagsResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListRoleTags {
    async fn call(cx: &Context<'_>, input: ListRoleTagsRequest) -> Result<ListRoleTagsResponse> {
        let resource = Tagged::Role(input.role_name.as_deref().unwrap_or_default());
        let page = tags::list(cx.domain, resource, shapes::paging(input.marker.as_deref(), input.max_items)).await?;
        Ok(ListRoleTagsResponse {
            tags: Some(shapes::tags(page.items)),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
