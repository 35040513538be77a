//! `ListUsers`.

use stepwell_core::users::list::{self, ListQuery};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ListUsers, ListUsersRequest, ListUsersResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListUsers {
    async fn call(cx: &Context<'_>, input: ListUsersRequest) -> Result<ListUsersResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let query = ListQuery {
            filter: input.filter.as_deref(),
            attributes: input.attributes_to_get.as_deref(),
            limit: input.limit,
            token: input.pagination_token.as_deref(),
        };
        let (users, pagination_token) = list::list(cx.domain, pool_id, query).await?;
        let users = users.iter().map(|user| shapes::user_type(user, input.attributes_to_get.as_deref())).collect();
        Ok(ListUsersResponse { users: Some(users), pagination_token })
    }
}
