//! What an identity provider says in a token of the session to come: session tags and source identity (IAM User Guide, "Pass
//! session tags in AWS STS", "Monitor and control actions taken with assumed roles").

use serde_json::{Map, Value};
use stepwell_model::ErrorCode;

use crate::error::{Error, Result};

const TAGS: &str = "https://aws.amazon.com/tags";
const PRINCIPAL_TAGS: &str = "https://aws.amazon.com/tags/principal_tags/";
const TRANSITIVE_TAG_KEYS: &str = "https://aws.amazon.com/tags/transitive_tag_keys";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
/// Bounds of a source identity, in characters.
const SOURCE_IDENTITY_LENGTH: std::ops::RangeInclusive<usize> = 2..=64;
/// Bounds of session tags, in characters.
const TAG_KEY_LENGTH: std::ops::RangeInclusive<usize> = 1..=128;
const TAG_VALUE_LENGTH: usize = 256;

/// What is said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SessionClaims {
    pub(super) tags: Vec<(String, String)>,
    pub(super) transitive: Vec<String>,
    pub(super) source_identity: Option<String>,
}

fn invalid(claim: &str) -> Error {
    Error::new(ErrorCode::InvalidIdentityToken, format!("The claims under {claim} are not what they should be"))
}

impl SessionClaims {
    /// Reads them, in either form that AWS documents for tags: one structure, or a claim for each tag. What is not well-formed
    /// is refused rather than dropped: a policy may deny by a tag.
    pub(super) fn read(claims: &Map<String, Value>) -> Result<Self> {
        let mut read = Self::default();
        read.read_nested(claims)?;
        read.read_flat(claims)?;
        let fits = |(key, value): &(String, String)| {
            TAG_KEY_LENGTH.contains(&key.chars().count())
                && value.chars().count() <= TAG_VALUE_LENGTH
                && key.chars().chain(value.chars()).all(is_tag_character)
        };
        if !read.tags.iter().all(fits) {
            return Err(invalid(TAGS));
        }
        read.source_identity = match claims.get(SOURCE_IDENTITY) {
            None => None,
            Some(Value::String(source)) if is_source_identity(source) => Some(source.clone()),
            Some(_) => return Err(invalid(SOURCE_IDENTITY)),
        };
        Ok(read)
    }

    fn read_nested(&mut self, claims: &Map<String, Value>) -> Result<()> {
        let wrong = || invalid(TAGS);
        let nested = match claims.get(TAGS) {
            None => return Ok(()),
            // Some providers can only write a list of structures.
            Some(Value::Array(list)) => match list.as_slice() {
                [one] => one,
                _ => return Err(wrong()),
            },
            Some(one) => one,
        };
        let nested = nested.as_object().ok_or_else(wrong)?;
        if let Some(tags) = nested.get("principal_tags") {
            for (key, value) in tags.as_object().ok_or_else(wrong)? {
                self.tags.push((key.clone(), single(value).ok_or_else(wrong)?));
            }
        }
        if let Some(keys) = nested.get("transitive_tag_keys") {
            self.transitive.extend(texts(keys).ok_or_else(wrong)?);
        }
        Ok(())
    }

    fn read_flat(&mut self, claims: &Map<String, Value>) -> Result<()> {
        let wrong = || invalid(TAGS);
        for (name, value) in claims {
            if let Some(key) = name.strip_prefix(PRINCIPAL_TAGS) {
                self.tags.push((key.to_owned(), single(value).ok_or_else(wrong)?));
            }
        }
        if let Some(keys) = claims.get(TRANSITIVE_TAG_KEYS) {
            self.transitive.extend(texts(keys).ok_or_else(wrong)?);
        }
        Ok(())
    }
}

fn is_source_identity(text: &str) -> bool {
    SOURCE_IDENTITY_LENGTH.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]` (STS API, `Tag`).
pub(crate) fn is_tag_character(character: char) -> bool {
    character.is_alphanumeric()
        || (character.is_whitespace() && !character.is_control())
        || "_.:/=+-@".contains(character)
}

/// A text, or a list of texts.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(list) => list.iter().map(|entry| entry.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// A tag's value: text, or a list of one.
fn single(value: &Value) -> Option<String> {
    match texts(value)?.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(claims: &Value) -> Result<SessionClaims> {
        SessionClaims::read(claims.as_object().unwrap())
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn both_forms_of_session_tags_are_read() {
        let nested = json!({"https://aws.amazon.com/tags": {
            "principal_tags": {"Project": ["Automation"], "CostCenter": "987654"},
            "transitive_tag_keys": ["Project"],
        }});
        let expected = SessionClaims {
            tags: vec![pair("CostCenter", "987654"), pair("Project", "Automation")],
            transitive: vec!["Project".to_owned()],
            source_identity: None,
        };
        assert_eq!(read(&nested).unwrap(), expected);
        let flat = json!({
            "https://aws.amazon.com/tags/principal_tags/CostCenter": "987654",
            "https://aws.amazon.com/tags/principal_tags/Project": ["Automation"],
            "https://aws.amazon.com/tags/transitive_tag_keys": ["Project"],
        });
        assert_eq!(read(&flat).unwrap(), expected);
        assert_eq!(read(&json!({"sub": "x"})).unwrap(), SessionClaims::default());
    }

    #[test]
    fn what_is_not_tags_is_refused_rather_than_dropped() {
        for wrong in [
            json!({"https://aws.amazon.com/tags": "x"}),
            json!({"https://aws.amazon.com/tags": {"principal_tags": []}}),
            json!({"https://aws.amazon.com/tags": {"principal_tags": {"a": ["1", "2"]}}}),
            json!({"https://aws.amazon.com/tags": {"principal_tags": {"a": 1}}}),
            json!({"https://aws.amazon.com/tags": {"principal_tags": {"a": "x".repeat(257)}}}),
            json!({"https://aws.amazon.com/tags": {"principal_tags": {"": "x"}}}),
            json!({"https://aws.amazon.com/tags": {"principal_tags": {"a": "T\n\0"}}}),
            json!({"https://aws.amazon.com/tags/principal_tags/a*": "x"}),
            json!({"https://aws.amazon.com/tags": {"transitive_tag_keys": [1]}}),
            json!({"https://aws.amazon.com/source_identity": ["ann"]}),
            json!({"https://aws.amazon.com/source_identity": "with space"}),
        ] {
            assert_eq!(read(&wrong).unwrap_err().code(), ErrorCode::InvalidIdentityToken, "{wrong}");
        }
    }

    #[test]
    fn source_identities_have_the_models_form() {
        assert!(is_source_identity("ann@example.com"));
        for wrong in ["a", "with space", "ä-b", &"x".repeat(65)] {
            assert!(!is_source_identity(wrong), "{wrong}");
        }
    }
}
