//! `PutRolePermissionsBoundary`.

use stepwell_core::iam::{HolderName, boundaries};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    PutRolePermissionsBoundary, PutRolePermissionsBoundaryRequest, PutRolePermissionsBoundaryResponse,
};

use crate::operation::Operation;

impl Operation for PutRolePermissionsBoundary {
    async fn call(
        cx: &Context<'_>,
        input: PutRolePermissionsBoundaryRequest,
    ) -> Result<PutRolePermissionsBoundaryResponse> {
        let holder = HolderName::Role(input.role_name.as_deref().unwrap_or_default());
        boundaries::put(cx.domain, holder, input.permissions_boundary.as_deref().unwrap_or_default()).await?;
        Ok(PutRolePermissionsBoundaryResponse::default())
    }
}
