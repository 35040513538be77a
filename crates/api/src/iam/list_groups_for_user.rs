//! `ListGroupsForUser`.

use stepwell_core::iam::users;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListGroupsForUser, ListGroupsForUserRequest, ListGroupsForUserResponse};

use crate::operation::Operation;

impl Operation for ListGroupsForUser {
    /// There are no IAM groups: no user is in one.
    async fn call(cx: &Context<'_>, input: ListGroupsForUserRequest) -> Result<ListGroupsForUserResponse> {
        users::get(cx.domain, input.user_name.as_deref().unwrap_or_default()).await?;
        Ok(ListGroupsForUserResponse { groups: Some(Vec::new()), is_truncated: Some(false), marker: None })
    }
}
