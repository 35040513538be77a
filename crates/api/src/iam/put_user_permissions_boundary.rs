//! `PutUserPermissionsBoundary`.

use stepwell_core::iam::{HolderName, boundaries};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    PutUserPermissionsBoundary, PutUserPermissionsBoundaryRequest, PutUserPermissionsBoundaryResponse,
};

use crate::operation::Operation;

impl Operation for PutUserPermissionsBoundary {
    async fn call(
        cx: &Context<'_>,
        input: PutUserPermissionsBoundaryRequest,
    ) -> Result<PutUserPermissionsBoundaryResponse> {
        let holder = HolderName::User(input.user_name.as_deref().unwrap_or_default());
        boundaries::put(cx.domain, holder, input.permissions_boundary.as_deref().unwrap_or_default()).await?;
        Ok(PutUserPermissionsBoundaryResponse::default())
    }
}
