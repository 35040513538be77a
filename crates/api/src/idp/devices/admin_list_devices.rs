//! `AdminListDevices`.

use stepwell_core::devices::{self, Owner};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminListDevices, AdminListDevicesRequest, AdminListDevicesResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for AdminListDevices {
    async fn call(cx: &Context<'_>, input: AdminListDevicesRequest) -> Result<AdminListDevicesResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let owner = Owner::named(cx, pool_id, username).await.map_err(shapes::without_user_not_found)?;
        let (devices, pagination_token) =
            devices::list(cx, &owner, input.limit, input.pagination_token.as_deref()).await?;
        let devices = devices.iter().map(|device| shapes::device(cx, &owner, device)).collect();
        Ok(AdminListDevicesResponse { devices: Some(devices), pagination_token })
    }
}
