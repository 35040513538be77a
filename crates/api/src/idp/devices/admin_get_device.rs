//! `AdminGetDevice`.

use stepwell_core::devices::{self, Owner};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminGetDevice, AdminGetDeviceRequest, AdminGetDeviceResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for AdminGetDevice {
    async fn call(cx: &Context<'_>, input: AdminGetDeviceRequest) -> Result<AdminGetDeviceResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let owner = Owner::named(cx, pool_id, username).await.map_err(shapes::without_user_not_found)?;
        let device = devices::get(cx, &owner, input.device_key.as_deref().unwrap_or_default()).await?;
        Ok(AdminGetDeviceResponse { device: Some(shapes::device(cx, &owner, &device)) })
    }
}
