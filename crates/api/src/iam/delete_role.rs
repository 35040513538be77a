//! `DeleteRole`.

use stepwell_core::iam::roles;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{DeleteRole, DeleteRoleRequest, DeleteRoleResponse};

use crate::operation::Operation;

impl Operation for DeleteRole {
    async fn call(cx: &Context<'_>, input: DeleteRoleRequest) -> Result<DeleteRoleResponse> {
        roles::delete(cx.domain, input.role_name.as_deref().unwrap_or_default()).await?;
        Ok(DeleteRoleResponse::default())
    }
}
