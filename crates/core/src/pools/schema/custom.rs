//! Custom attributes: never required, never removed, at most 50 a pool.

use stepwell_model::idp;

use super::{AttributeSchema, AttributeType, constraints, entry_name};
use crate::error::{Error, Result};

/// How many custom attributes a pool may have (developer guide, "Quotas").
pub const MAX_CUSTOM_ATTRIBUTES: usize = 50;

/// A custom attribute as a request describes it. Omitted booleans mean false.
pub(super) fn from_model(name: &str, entry: &idp::SchemaAttributeType) -> Result<AttributeSchema> {
    let kind = entry.attribute_data_type.as_ref().and_then(AttributeType::from_model).ok_or_else(|| {
        Error::invalid_parameter("Invalid AttributeDataType input, consider using the provided AttributeDataType enum.")
    })?;
    if entry.required == Some(true) {
        return Err(Error::invalid_parameter("Required custom attributes are not supported currently."));
    }
    let mut attribute = AttributeSchema {
        name: name.to_owned(),
        kind,
        custom: true,
        developer_only: entry.developer_only_attribute.unwrap_or(false),
        mutable: entry.mutable.unwrap_or(false),
        required: false,
        min_length: None,
        max_length: None,
        min_value: None,
        max_value: None,
    };
    constraints::apply(&mut attribute, entry)?;
    Ok(attribute)
}

/// Puts the custom attributes of a new pool behind the standard ones.
pub(super) fn append_new(schema: &mut Vec<AttributeSchema>, customs: Vec<AttributeSchema>) -> Result<()> {
    for attribute in customs {
        let name = attribute.full_name();
        if schema.iter().any(|known| known.is_named(&name)) {
            return Err(Error::invalid_parameter(format!(
                "Duplicate custom attribute names {name} are not allowed in a user pool schema."
            )));
        }
        schema.push(attribute);
    }
    check_count(schema)
}

/// Adds custom attributes to an existing schema (`AddCustomAttributes`). A name that is standard becomes a custom
/// attribute beside the standard one.
pub fn add_custom(schema: &mut Vec<AttributeSchema>, given: &[idp::SchemaAttributeType]) -> Result<()> {
    for entry in given {
        let name = entry_name(entry)?;
        let attribute = from_model(name, entry)?;
        let full_name = attribute.full_name();
        if schema.iter().any(|known| known.is_named(&full_name)) {
            return Err(Error::invalid_parameter(format!(
                "custom:{name}: Existing attribute already has name {full_name}."
            )));
        }
        schema.push(attribute);
    }
    check_count(schema)
}

fn check_count(schema: &[AttributeSchema]) -> Result<()> {
    if schema.iter().filter(|attribute| attribute.custom).count() > MAX_CUSTOM_ATTRIBUTES {
        return Err(Error::invalid_parameter(format!(
            "A user pool can have at most {MAX_CUSTOM_ATTRIBUTES} custom attributes."
        )));
    }
    Ok(())
}
