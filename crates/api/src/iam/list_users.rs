//! `ListUsers`.

use stepwell_core::iam::users;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListUsers, ListUsersRequest, ListUsersResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListUsers {
    async fn call(cx: &Context<'_>, input: ListUsersRequest) -> Result<ListUsersResponse> {
        let page = users::list(
            cx.domain,
            input.path_prefix.as_deref(),
            shapes::paging(input.marker.as_deref(), input.max_items),
        )
        .await?;
        Ok(ListUsersResponse {
            users: Some(page.items.into_iter().map(|user| shapes::listed_user(cx, user)).collect()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
