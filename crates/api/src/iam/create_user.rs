//! `CreateUser`.

use stepwell_core::iam::users::{self, NewUser};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{CreateUser, CreateUserRequest, CreateUserResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for CreateUser {
    async fn call(cx: &Context<'_>, input: CreateUserRequest) -> Result<CreateUserResponse> {
        let new = NewUser {
            name: input.user_name.unwrap_or_default(),
            path: input.path,
            permissions_boundary: input.permissions_boundary,
            tags: shapes::tag_pairs(input.tags),
        };
        let user = users::create(cx.domain, new).await?;
        Ok(CreateUserResponse { user: Some(shapes::user(cx, user)) })
    }
}
