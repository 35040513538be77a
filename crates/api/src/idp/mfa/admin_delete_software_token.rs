//! `AdminDeleteSoftwareToken`.

use stepwell_core::mfa::factors;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    AdminDeleteSoftwareToken, AdminDeleteSoftwareTokenRequest, AdminDeleteSoftwareTokenResponse,
};

use crate::operation::Operation;

impl Operation for AdminDeleteSoftwareToken {
    async fn call(
        cx: &Context<'_>,
        input: AdminDeleteSoftwareTokenRequest,
    ) -> Result<AdminDeleteSoftwareTokenResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        factors::delete_software_token(cx, pool_id, username).await?;
        Ok(AdminDeleteSoftwareTokenResponse::default())
    }
}
