//! `ListMFADevices`.

use stepwell_core::iam::users;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListMFADevices, ListMFADevicesRequest, ListMFADevicesResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListMFADevices {
    /// IAM users have no second factors here.
    async fn call(cx: &Context<'_>, input: ListMFADevicesRequest) -> Result<ListMFADevicesResponse> {
        users::get(cx.domain, shapes::user_name(cx, input.user_name.as_deref())?).await?;
        Ok(ListMFADevicesResponse { mfa_devices: Some(Vec::new()), is_truncated: Some(false), marker: None })
    }
}
