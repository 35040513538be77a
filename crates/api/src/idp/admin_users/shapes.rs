//! Users and their attributes on the wire, for administrators and for users themselves.

use stepwell_core::SecretString;
use stepwell_core::mfa::settings;
use stepwell_core::pools::ContactAttribute;
use stepwell_core::users::attributes::Given;
use stepwell_core::users::{User, UserStatus};
use stepwell_model::Timestamp;
use stepwell_model::idp::{AttributeType, DeliveryMediumType, UserStatusType, UserType};

/// A user as `UserType`, with all attributes or with those of a list only.
pub(crate) fn user_type(user: &User, only: Option<&[String]>) -> UserType {
    UserType {
        username: Some(user.username.as_str().into()),
        attributes: Some(attributes(user, |name| only.is_none_or(|only| only.iter().any(|wanted| wanted == name)))),
        user_create_date: Some(Timestamp(user.created_at)),
        user_last_modified_date: Some(Timestamp(user.modified_at)),
        enabled: Some(user.enabled),
        user_status: Some(status(user.status)),
        mfa_options: settings::of_user(user),
    }
}

/// The attributes that `shown` lets through, `sub` first as Cognito has it.
pub(crate) fn attributes(user: &User, shown: impl Fn(&str) -> bool) -> Vec<AttributeType> {
    let sub = std::iter::once(("sub", SecretString::from(user.sub.as_str())));
    let others = user.attributes.iter().map(|(name, value)| (name.as_str(), value.clone()));
    sub.chain(others)
        .filter(|(name, _)| shown(name))
        .map(|(name, value)| AttributeType { name: Some(name.to_owned()), value: Some(value) })
        .collect()
}

/// A user's state on the wire.
pub(crate) fn status(status: UserStatus) -> UserStatusType {
    UserStatusType::from(status.as_str())
}

/// Attributes as a request gives them; a missing value is an empty one, which asks for removal.
pub(crate) fn given(attributes: Option<&[AttributeType]>) -> Given {
    attributes
        .unwrap_or_default()
        .iter()
        .map(|attribute| (attribute.name.clone().unwrap_or_default(), attribute.value.clone().unwrap_or_default()))
        .collect()
}

/// `DesiredDeliveryMediums` as the attributes messages go to; `None` if it was left out or empty.
pub(crate) fn mediums(mediums: Option<&[DeliveryMediumType]>) -> Option<Vec<ContactAttribute>> {
    let contacts: Vec<_> = mediums?
        .iter()
        .filter_map(|medium| match medium {
            DeliveryMediumType::Email => Some(ContactAttribute::Email),
            DeliveryMediumType::Sms => Some(ContactAttribute::PhoneNumber),
            DeliveryMediumType::Unknown(_) => None,
        })
        .collect();
    (!contacts.is_empty()).then_some(contacts)
}
