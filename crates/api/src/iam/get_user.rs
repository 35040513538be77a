//! `GetUser`.

use stepwell_core::iam::{Identity, users};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{GetUser, GetUserRequest, GetUserResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetUser {
    /// Without a name, whoever signed is meant.
    async fn call(cx: &Context<'_>, input: GetUserRequest) -> Result<GetUserResponse> {
        if input.user_name.is_none() && cx.signer()?.identity == Identity::Anyone {
            return Ok(GetUserResponse { user: Some(shapes::root(cx)) });
        }
        let name = shapes::user_name(cx, input.user_name.as_deref())?;
        let user = users::get(cx.domain, name).await?;
        Ok(GetUserResponse { user: Some(shapes::user(cx, user)) })
    }
}
