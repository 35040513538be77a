//! `UnlinkIdentity`.

use stepwell_core::identity_pools::unlink;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{UnlinkIdentity, UnlinkIdentityRequest, UnlinkIdentityResponse};

use crate::operation::Operation;

impl Operation for UnlinkIdentity {
    async fn call(cx: &Context<'_>, input: UnlinkIdentityRequest) -> Result<UnlinkIdentityResponse> {
        let identity_id = input.identity_id.as_deref().unwrap_or_default();
        let logins = input.logins.unwrap_or_default();
        unlink::unlink(cx, identity_id, &logins, &input.logins_to_remove.unwrap_or_default()).await?;
        Ok(UnlinkIdentityResponse::default())
    }
}
