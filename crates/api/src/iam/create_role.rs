//! `CreateRole`.

use stepwell_core::iam::roles::{self, NewRole};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{CreateRole, CreateRoleRequest, CreateRoleResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for CreateRole {
    async fn call(cx: &Context<'_>, input: CreateRoleRequest) -> Result<CreateRoleResponse> {
        let new = NewRole {
            name: input.role_name.unwrap_or_default(),
            path: input.path,
            trust_policy: input.assume_role_policy_document.unwrap_or_default(),
            description: input.description,
            max_session_duration: input.max_session_duration,
            permissions_boundary: input.permissions_boundary,
            tags: shapes::tag_pairs(input.tags),
        };
        let role = roles::create(cx.domain, new).await?;
        Ok(CreateRoleResponse { role: Some(shapes::role(cx, role)) })
    }
}
