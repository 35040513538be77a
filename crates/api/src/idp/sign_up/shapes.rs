//! Conversions shared by the operations that send codes.

use stepwell_core::SecretString;
use stepwell_core::messaging::CodeDelivery;
use stepwell_core::pools::ContactAttribute;
use stepwell_core::triggers::Metadata;
use stepwell_model::idp::{AttributeType, CodeDeliveryDetailsType, DeliveryMediumType};

/// `CodeDeliveryDetails` on the wire.
pub(crate) fn code_delivery(delivery: CodeDelivery) -> CodeDeliveryDetailsType {
    CodeDeliveryDetailsType {
        attribute_name: Some(delivery.attribute.name().to_owned()),
        delivery_medium: Some(match delivery.attribute {
            ContactAttribute::Email => DeliveryMediumType::Email,
            ContactAttribute::PhoneNumber => DeliveryMediumType::Sms,
        }),
        destination: Some(delivery.destination),
    }
}

/// A list of attributes as the domain takes it.
pub(crate) fn attributes(list: Option<Vec<AttributeType>>) -> Vec<(String, SecretString)> {
    list.unwrap_or_default()
        .into_iter()
        .map(|attribute| (attribute.name.unwrap_or_default(), attribute.value.unwrap_or_default()))
        .collect()
}

/// `ValidationData` as triggers get it.
pub(crate) fn validation_data(list: Option<Vec<AttributeType>>) -> Metadata {
    list.unwrap_or_default()
        .into_iter()
        .map(|pair| (pair.name.unwrap_or_default(), pair.value.unwrap_or_default().to_string()))
        .collect()
}
