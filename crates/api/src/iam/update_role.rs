//! `UpdateRole`.

use stepwell_core::iam::roles;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{UpdateRole, UpdateRoleRequest, UpdateRoleResponse};

use crate::operation::Operation;

impl Operation for UpdateRole {
    async fn call(cx: &Context<'_>, input: UpdateRoleRequest) -> Result<UpdateRoleResponse> {
        let name = input.role_name.as_deref().unwrap_or_default();
        roles::update(cx.domain, name, input.description.as_deref(), input.max_session_duration).await?;
        Ok(UpdateRoleResponse::default())
    }
}
