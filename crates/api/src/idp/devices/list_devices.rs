//! `ListDevices`.

use stepwell_core::devices::{self, Owner};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ListDevices, ListDevicesRequest, ListDevicesResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListDevices {
    async fn call(cx: &Context<'_>, input: ListDevicesRequest) -> Result<ListDevicesResponse> {
        let owner = Owner::signed_in(cx).await?;
        let (devices, pagination_token) =
            devices::list(cx, &owner, input.limit, input.pagination_token.as_deref()).await?;
        let devices = devices.iter().map(|device| shapes::device(cx, &owner, device)).collect();
        Ok(ListDevicesResponse { devices: Some(devices), pagination_token })
    }
}
