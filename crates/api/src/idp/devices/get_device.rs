//! `GetDevice`.

use stepwell_core::devices::{self, Owner};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{GetDevice, GetDeviceRequest, GetDeviceResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetDevice {
    async fn call(cx: &Context<'_>, input: GetDeviceRequest) -> Result<GetDeviceResponse> {
        let owner = Owner::signed_in(cx).await?;
        let device = devices::get(cx, &owner, input.device_key.as_deref().unwrap_or_default()).await?;
        Ok(GetDeviceResponse { device: Some(shapes::device(cx, &owner, &device)) })
    }
}
