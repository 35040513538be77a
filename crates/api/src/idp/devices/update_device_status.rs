//! `UpdateDeviceStatus`.

use stepwell_core::devices::{self, Owner};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{UpdateDeviceStatus, UpdateDeviceStatusRequest, UpdateDeviceStatusResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for UpdateDeviceStatus {
    async fn call(cx: &Context<'_>, input: UpdateDeviceStatusRequest) -> Result<UpdateDeviceStatusResponse> {
        let owner = Owner::signed_in(cx).await?;
        let remembered = shapes::remembered(input.device_remembered_status.as_ref());
        devices::set_remembered(cx, &owner, input.device_key.as_deref().unwrap_or_default(), remembered).await?;
        Ok(UpdateDeviceStatusResponse::default())
    }
}
