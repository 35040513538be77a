//! `ListUserTags`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListUserTags, ListUserTagsRequest, ListUserTagsResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListUserTags {
    async fn call(cx: &Context<'_>, input: ListUserTagsRequest) -> Result<ListUserTagsResponse> {
        let resource = Tagged::User(input.user_name.as_deref().unwrap_or_default());
        let page = tags::list(cx.domain, resource, shapes::paging(input.marker.as_deref(), input.max_items)).await?;
        Ok(ListUserTagsResponse {
            tags: Some(shapes::tags(page.items)),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
