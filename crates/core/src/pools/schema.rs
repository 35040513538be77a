//! The attribute schema of a pool (developer guide, "Working with user attributes"; API, `SchemaAttributeType`).

mod constraints;
mod custom;
mod number;
mod standard;

use serde::{Deserialize, Serialize};
use stepwell_model::idp;

use crate::error::{Error, Result};

pub use custom::{MAX_CUSTOM_ATTRIBUTES, add_custom};
pub use number::compare_numbers;
pub use standard::{OIDC_PROFILE, standard_attributes};

/// The longest value any text attribute may have.
pub const MAX_VALUE_LENGTH: u32 = 2048;

const CUSTOM_PREFIX: &str = "custom:";
const DEVELOPER_PREFIX: &str = "dev:custom:";

/// The type of an attribute's values. All are kept as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttributeType {
    /// Text of a bounded length.
    String,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// ISO 8601 date and time.
    DateTime,
}

impl AttributeType {
    fn from_model(kind: &idp::AttributeDataType) -> Option<Self> {
        match kind {
            idp::AttributeDataType::String => Some(Self::String),
            idp::AttributeDataType::Number => Some(Self::Number),
            idp::AttributeDataType::DateTime => Some(Self::DateTime),
            idp::AttributeDataType::Boolean => Some(Self::Boolean),
            idp::AttributeDataType::Unknown(_) => None,
        }
    }
}

/// One attribute of the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are the protocol's independent switches, and what kind it is")]
pub struct AttributeSchema {
    /// Without the `custom:` or `dev:custom:` prefix.
    pub name: String,
    /// The type of its values.
    pub kind: AttributeType,
    /// Added by the pool's owner.
    pub custom: bool,
    /// Writable with administrator credentials only (`dev:` prefix).
    pub developer_only: bool,
    /// Can be changed after it was first set.
    pub mutable: bool,
    /// Must be given at sign-up.
    pub required: bool,
    /// Shortest text; kept as given, for Describe returns strings.
    pub min_length: Option<String>,
    /// Longest text.
    pub max_length: Option<String>,
    /// Least number.
    pub min_value: Option<String>,
    /// Greatest number.
    pub max_value: Option<String>,
}

impl AttributeSchema {
    /// The name as users' attributes carry it: `email`, `custom:team`, `dev:custom:note`.
    pub fn full_name(&self) -> String {
        format!("{}{}", self.prefix(), self.name)
    }

    /// True if [`Self::full_name`] is `name`, without building it.
    pub fn is_named(&self, name: &str) -> bool {
        // Lengths first: they rule out most, and lie here rather than behind a pointer.
        let prefix = self.prefix();
        name.len() == prefix.len() + self.name.len() && name.starts_with(prefix) && name.ends_with(self.name.as_str())
    }

    fn prefix(&self) -> &'static str {
        match (self.custom, self.developer_only) {
            (false, _) => "",
            (true, false) => CUSTOM_PREFIX,
            (true, true) => DEVELOPER_PREFIX,
        }
    }
}

/// The schema of a new pool: the standard attributes, changed where `given` names one, then the custom ones.
pub fn for_new_pool(given: &[idp::SchemaAttributeType]) -> Result<Vec<AttributeSchema>> {
    let mut schema = standard_attributes();
    let mut seen: Vec<&str> = Vec::new();
    let mut customs = Vec::new();
    for entry in given {
        let name = entry_name(entry)?;
        match schema.iter_mut().find(|attribute| attribute.name == name) {
            Some(attribute) => {
                if seen.contains(&name) {
                    return Err(Error::invalid_parameter(format!(
                        "Duplicate attribute names {name} are not allowed in a user pool schema."
                    )));
                }
                seen.push(name);
                standard::change(attribute, entry)?;
            }
            None => customs.push(custom::from_model(name, entry)?),
        }
    }
    custom::append_new(&mut schema, customs)?;
    Ok(schema)
}

fn entry_name(entry: &idp::SchemaAttributeType) -> Result<&str> {
    entry.name.as_deref().ok_or_else(|| Error::invalid_parameter("A schema attribute must have a name."))
}

#[cfg(test)]
mod tests;
