//! `UnlinkDeveloperIdentity`.

use stepwell_core::identity_pools::developer;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{
    UnlinkDeveloperIdentity, UnlinkDeveloperIdentityRequest, UnlinkDeveloperIdentityResponse,
};

use crate::operation::Operation;

impl Operation for UnlinkDeveloperIdentity {
    async fn call(cx: &Context<'_>, input: UnlinkDeveloperIdentityRequest) -> Result<UnlinkDeveloperIdentityResponse> {
        let pool_id = input.identity_pool_id.as_deref().unwrap_or_default();
        let identity_id = input.identity_id.as_deref().unwrap_or_default();
        let provider = input.developer_provider_name.as_deref().unwrap_or_default();
        let user = input.developer_user_identifier.as_deref().unwrap_or_default();
        developer::unlink(cx, pool_id, identity_id, provider, user).await?;
        Ok(UnlinkDeveloperIdentityResponse::default())
    }
}
