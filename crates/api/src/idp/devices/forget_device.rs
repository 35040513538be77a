//! `ForgetDevice`.

use stepwell_core::devices::{self, Owner};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ForgetDevice, ForgetDeviceRequest, ForgetDeviceResponse};

use crate::operation::Operation;

impl Operation for ForgetDevice {
    async fn call(cx: &Context<'_>, input: ForgetDeviceRequest) -> Result<ForgetDeviceResponse> {
        let owner = Owner::signed_in(cx).await?;
        devices::forget(cx, &owner, input.device_key.as_deref().unwrap_or_default()).await?;
        Ok(ForgetDeviceResponse::default())
    }
}
