//! `ListGroups`.

use stepwell_core::groups;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ListGroups, ListGroupsRequest, ListGroupsResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListGroups {
    async fn call(cx: &Context<'_>, input: ListGroupsRequest) -> Result<ListGroupsResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let (groups, next_token) = groups::list(cx, pool_id, input.limit, input.next_token.as_deref()).await?;
        Ok(ListGroupsResponse { groups: Some(groups.into_iter().map(shapes::group).collect()), next_token })
    }
}
