//! `AdminForgetDevice`.

use stepwell_core::devices::{self, Owner};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminForgetDevice, AdminForgetDeviceRequest, AdminForgetDeviceResponse};

use crate::operation::Operation;

impl Operation for AdminForgetDevice {
    async fn call(cx: &Context<'_>, input: AdminForgetDeviceRequest) -> Result<AdminForgetDeviceResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let owner = Owner::named(cx, pool_id, username).await?;
        devices::forget(cx, &owner, input.device_key.as_deref().unwrap_or_default()).await?;
        Ok(AdminForgetDeviceResponse::default())
    }
}
