//! `ListVirtualMFADevices`.

use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListVirtualMFADevices, ListVirtualMFADevicesRequest, ListVirtualMFADevicesResponse};

use crate::operation::Operation;

impl Operation for ListVirtualMFADevices {
    /// IAM users have no second factors here.
    async fn call(_: &Context<'_>, _: ListVirtualMFADevicesRequest) -> Result<ListVirtualMFADevicesResponse> {
        Ok(ListVirtualMFADevicesResponse {
            virtual_mfa_devices: Some(Vec::new()),
            is_truncated: Some(false),
            marker: None,
        })
    }
}
