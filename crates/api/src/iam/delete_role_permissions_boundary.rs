//! `DeleteRolePermissionsBoundary`.

use stepwell_core::iam::{HolderName, boundaries};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    DeleteRolePermissionsBoundary, DeleteRolePermissionsBoundaryRequest, DeleteRolePermissionsBoundaryResponse,
};

use crate::operation::Operation;

impl Operation for DeleteRolePermissionsBoundary {
    async fn call(
        cx: &Context<'_>,
        input: DeleteRolePermissionsBoundaryRequest,
    ) -> Result<DeleteRolePermissionsBoundaryResponse> {
        let holder = HolderName::Role(input.role_name.as_deref().unwrap_or_default());
        boundaries::delete(cx.domain, holder).await?;
        Ok(DeleteRolePermissionsBoundaryResponse::default())
    }
}
