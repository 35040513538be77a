//! Bounds of an attribute's values, which the API carries as text.

use std::cmp::Ordering;

use stepwell_model::idp;

use super::{AttributeSchema, AttributeType, MAX_VALUE_LENGTH, compare_numbers, number};
use crate::error::{Error, Result};

/// Checks and takes over the constraints that belong to the attribute's type; those of another type mean nothing.
pub(super) fn apply(attribute: &mut AttributeSchema, entry: &idp::SchemaAttributeType) -> Result<()> {
    match (attribute.kind, &entry.string_attribute_constraints, &entry.number_attribute_constraints) {
        (AttributeType::String, Some(given), _) => {
            check_lengths(attribute, given)?;
            attribute.min_length.clone_from(&given.min_length);
            attribute.max_length.clone_from(&given.max_length);
        }
        (AttributeType::Number, _, Some(given)) => {
            check_values(attribute, given)?;
            attribute.min_value.clone_from(&given.min_value);
            attribute.max_value.clone_from(&given.max_value);
        }
        _ => {}
    }
    Ok(())
}

fn check_lengths(attribute: &AttributeSchema, given: &idp::StringAttributeConstraintsType) -> Result<()> {
    let min = length(attribute, given.min_length.as_deref())?;
    let max = length(attribute, given.max_length.as_deref())?;
    if min.max(max).is_some_and(|length| length > MAX_VALUE_LENGTH) {
        return Err(Error::invalid_parameter(format!(
            "user.{}: String attributes cannot have a length of more than {MAX_VALUE_LENGTH}",
            attribute.full_name()
        )));
    }
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(Error::invalid_parameter(format!(
            "Attribute {} cannot have a max length shorter than it's min length",
            attribute.full_name()
        )));
    }
    Ok(())
}

fn length(attribute: &AttributeSchema, text: Option<&str>) -> Result<Option<u32>> {
    text.map(|text| {
        // Too many digits for a u32 are a number all the same: far too long.
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            Ok(text.parse().unwrap_or(u32::MAX))
        } else {
            Err(invalid(attribute, "StringAttributeConstraints"))
        }
    })
    .transpose()
}

fn check_values(attribute: &AttributeSchema, given: &idp::NumberAttributeConstraintsType) -> Result<()> {
    let (min, max) = (given.min_value.as_deref(), given.max_value.as_deref());
    if [min, max].into_iter().flatten().any(|text| !number::is_number(text)) {
        return Err(invalid(attribute, "NumberAttributeConstraints"));
    }
    if min.zip(max).and_then(|(min, max)| compare_numbers(min, max)) == Some(Ordering::Greater) {
        return Err(Error::invalid_parameter(format!(
            "Attribute {} cannot have a max value smaller than it's min value",
            attribute.full_name()
        )));
    }
    Ok(())
}

fn invalid(attribute: &AttributeSchema, what: &str) -> Error {
    Error::invalid_parameter(format!("Invalid {what} for schema attribute {}", attribute.full_name()))
}
