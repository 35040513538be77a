//! `AdminUserGlobalSignOut`.

use stepwell_core::tokens::revoke;
use stepwell_core::{Context, Result, users};
use stepwell_model::idp::{AdminUserGlobalSignOut, AdminUserGlobalSignOutRequest, AdminUserGlobalSignOutResponse};

use crate::operation::Operation;

impl Operation for AdminUserGlobalSignOut {
    async fn call(cx: &Context<'_>, input: AdminUserGlobalSignOutRequest) -> Result<AdminUserGlobalSignOutResponse> {
        let entry = cx.domain.pool(input.user_pool_id.as_deref().unwrap_or_default()).await?;
        let user = users::find::for_admin(cx.domain, &entry, input.username.as_deref().unwrap_or_default()).await?;
        revoke::sign_out_everywhere(cx, &entry.pool.id, user).await?;
        Ok(AdminUserGlobalSignOutResponse::default())
    }
}
