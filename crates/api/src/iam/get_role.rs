//! `GetRole`.

use stepwell_core::iam::roles;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{GetRole, GetRoleRequest, GetRoleResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetRole {
    async fn call(cx: &Context<'_>, input: GetRoleRequest) -> Result<GetRoleResponse> {
        let role = roles::describe(cx.domain, input.role_name.as_deref().unwrap_or_default()).await?;
        Ok(GetRoleResponse { role: Some(shapes::role(cx, role)) })
    }
}
