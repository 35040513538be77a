//! Shapes that several device operations share.

use stepwell_core::devices::{Device, Owner};
use stepwell_core::{Context, Error, ErrorCode};
use stepwell_model::Timestamp;
use stepwell_model::idp::{AttributeType, DeviceRememberedStatusType, DeviceType};

/// A device as who asks may see it.
pub(crate) fn device(cx: &Context<'_>, owner: &Owner, device: &Device) -> DeviceType {
    let attributes = owner.attributes(cx, device).into_iter();
    DeviceType {
        device_attributes: Some(
            attributes
                .map(|(name, value)| AttributeType { name: Some(name.to_owned()), value: Some(value.into()) })
                .collect(),
        ),
        device_create_date: Some(Timestamp(device.created_at)),
        device_key: Some(device.key.clone()),
        device_last_authenticated_date: Some(Timestamp(device.last_authenticated_at)),
        device_last_modified_date: Some(Timestamp(device.modified_at)),
    }
}

/// What a request says of remembering a device, if anything.
pub(crate) fn remembered(status: Option<&DeviceRememberedStatusType>) -> Option<bool> {
    match status? {
        DeviceRememberedStatusType::Remembered => Some(true),
        DeviceRememberedStatusType::NotRemembered => Some(false),
        // The dispatcher lets no others through.
        DeviceRememberedStatusType::Unknown(_) => None,
    }
}

/// The model gives two of the operations no error of its own for a name that is nobody's.
pub(crate) fn without_user_not_found(error: Error) -> Error {
    match error.code() {
        ErrorCode::UserNotFound => Error::not_found(error.message().to_owned()),
        _ => error,
    }
}
