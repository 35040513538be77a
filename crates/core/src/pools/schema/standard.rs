//! The 20 standard attributes, in the order in which Cognito lists them, and what a pool may change of them.

use stepwell_model::idp;

use super::{AttributeSchema, AttributeType, constraints};
use crate::error::{Error, Result};

/// The standard attributes that `oidc:profile` stands for in a client's permissions (developer guide, "Attribute
/// permissions with scopes").
pub const OIDC_PROFILE: [&str; 13] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
];

const TEXT: [&str; 2] = ["0", "2048"];

/// The standard attributes with their defaults.
pub fn standard_attributes() -> Vec<AttributeSchema> {
    let mut sub = text("sub", ["1", "2048"]);
    sub.required = true;
    sub.mutable = false;
    let mut updated_at = of_kind("updated_at", AttributeType::Number);
    updated_at.min_value = Some("0".to_owned());
    vec![
        sub,
        text("name", TEXT),
        text("given_name", TEXT),
        text("family_name", TEXT),
        text("middle_name", TEXT),
        text("nickname", TEXT),
        text("preferred_username", TEXT),
        text("profile", TEXT),
        text("picture", TEXT),
        text("website", TEXT),
        text("email", TEXT),
        of_kind("email_verified", AttributeType::Boolean),
        text("gender", TEXT),
        text("birthdate", ["10", "10"]),
        text("zoneinfo", TEXT),
        text("locale", TEXT),
        text("phone_number", TEXT),
        of_kind("phone_number_verified", AttributeType::Boolean),
        text("address", TEXT),
        updated_at,
    ]
}

fn of_kind(name: &str, kind: AttributeType) -> AttributeSchema {
    AttributeSchema {
        name: name.to_owned(),
        kind,
        custom: false,
        developer_only: false,
        mutable: true,
        required: false,
        min_length: None,
        max_length: None,
        min_value: None,
        max_value: None,
    }
}

fn text(name: &str, [min, max]: [&str; 2]) -> AttributeSchema {
    AttributeSchema {
        min_length: Some(min.to_owned()),
        max_length: Some(max.to_owned()),
        ..of_kind(name, AttributeType::String)
    }
}

/// Applies what a pool's `Schema` says of a standard attribute. What it leaves out keeps its default (developer guide:
/// `{"Name": "preferred_username", "Required": true}`).
pub(super) fn change(attribute: &mut AttributeSchema, entry: &idp::SchemaAttributeType) -> Result<()> {
    let retyped =
        entry.attribute_data_type.as_ref().is_some_and(|kind| AttributeType::from_model(kind) != Some(attribute.kind));
    if retyped || entry.developer_only_attribute == Some(true) {
        return Err(Error::invalid_parameter(format!(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute {}",
            attribute.name
        )));
    }
    let before = (attribute.mutable, attribute.required);
    attribute.mutable = entry.mutable.unwrap_or(attribute.mutable);
    attribute.required = entry.required.unwrap_or(attribute.required);
    if attribute.name == "sub" && before != (attribute.mutable, attribute.required) {
        return Err(Error::invalid_parameter("The attribute sub is always required and never mutable."));
    }
    constraints::apply(attribute, entry)
}
