//! `AdminUpdateDeviceStatus`.

use stepwell_core::devices::{self, Owner};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminUpdateDeviceStatus, AdminUpdateDeviceStatusRequest, AdminUpdateDeviceStatusResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for AdminUpdateDeviceStatus {
    async fn call(cx: &Context<'_>, input: AdminUpdateDeviceStatusRequest) -> Result<AdminUpdateDeviceStatusResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let owner = Owner::named(cx, pool_id, username).await?;
        let remembered = shapes::remembered(input.device_remembered_status.as_ref());
        devices::set_remembered(cx, &owner, input.device_key.as_deref().unwrap_or_default(), remembered).await?;
        Ok(AdminUpdateDeviceStatusResponse::default())
    }
}
