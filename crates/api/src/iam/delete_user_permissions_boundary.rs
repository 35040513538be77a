//! `DeleteUserPermissionsBoundary`.

use stepwell_core::iam::{HolderName, boundaries};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    DeleteUserPermissionsBoundary, DeleteUserPermissionsBoundaryRequest, DeleteUserPermissionsBoundaryResponse,
};

use crate::operation::Operation;

impl Operation for DeleteUserPermissionsBoundary {
    async fn call(
        cx: &Context<'_>,
        input: DeleteUserPermissionsBoundaryRequest,
    ) -> Result<DeleteUserPermissionsBoundaryResponse> {
        let holder = HolderName::User(input.user_name.as_deref().unwrap_or_default());
        boundaries::delete(cx.domain, holder).await?;
        Ok(DeleteUserPermissionsBoundaryResponse::default())
    }
}
