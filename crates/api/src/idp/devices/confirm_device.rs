//! `ConfirmDevice`.

use stepwell_core::devices;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ConfirmDevice, ConfirmDeviceRequest, ConfirmDeviceResponse};

use crate::operation::Operation;

impl Operation for ConfirmDevice {
    async fn call(cx: &Context<'_>, input: ConfirmDeviceRequest) -> Result<ConfirmDeviceResponse> {
        let key = input.device_key.as_deref().unwrap_or_default();
        let secret = input.device_secret_verifier_config.as_ref();
        let must_ask = devices::confirm(cx, key, secret, input.device_name).await?;
        Ok(ConfirmDeviceResponse { user_confirmation_necessary: Some(must_ask) })
    }
}
