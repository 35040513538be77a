//! Claims on their way into a token: in order of their names, each once, and mostly borrowed. A token pair is made in every
//! sign-in, and copying all it says into a JSON tree costs more than writing it down.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// More than a token has without custom attributes.
const USUAL: usize = 24;
/// Longer than most payloads, in bytes.
const USUAL_LENGTH: usize = 1024;

/// The claims of one token.
#[derive(Debug, Default)]
pub struct Claims<'a>(Vec<(&'a str, Claim<'a>)>);

/// The value of a claim.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Claim<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// A number; times are Unix seconds.
    Number(i64),
    /// A flag.
    Flag(bool),
    /// A list of texts.
    Texts(&'a [String]),
    /// Anything else.
    Json(Value),
}

impl<'a> Claims<'a> {
    /// None yet.
    pub fn new() -> Self {
        Self(Vec::with_capacity(USUAL))
    }

    /// Sets a claim, in place of one of the same name.
    pub fn set(&mut self, name: &'a str, value: impl Into<Claim<'a>>) {
        let value = value.into();
        match self.0.binary_search_by(|(other, _)| (*other).cmp(name)) {
            Ok(found) => {
                if let Some(entry) = self.0.get_mut(found) {
                    *entry = (name, value);
                }
            }
            Err(place) => self.0.insert(place, (name, value)),
        }
    }

    /// The payload that says so.
    pub fn to_payload(&self) -> Result<Vec<u8>> {
        let mut payload = Vec::with_capacity(USUAL_LENGTH);
        serde_json::to_writer(&mut payload, self).map_err(Error::internal)?;
        Ok(payload)
    }

    /// The claims as JSON, for whoever changes them.
    pub fn into_json(self) -> Map<String, Value> {
        self.0.into_iter().map(|(name, claim)| (name.to_owned(), claim.into())).collect()
    }
}

impl Serialize for Claims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, claim)| (name, claim)))
    }
}

impl<'a> From<&'a str> for Claim<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Claim<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<i64> for Claim<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Claim<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<'a> From<&'a Vec<String>> for Claim<'a> {
    fn from(texts: &'a Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

impl From<Value> for Claim<'_> {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

impl From<Claim<'_>> for Value {
    fn from(claim: Claim<'_>) -> Self {
        match claim {
            Claim::Text(text) => Self::String(text.into_owned()),
            Claim::Number(number) => number.into(),
            Claim::Flag(flag) => flag.into(),
            Claim::Texts(texts) => texts.into(),
            Claim::Json(value) => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn written_as_the_same_json_would_be() {
        let groups = vec!["b".to_owned(), "a\"".to_owned()];
        let mut claims = Claims::new();
        claims.set("sub", "first");
        claims.set("iat", 1_700_000_000);
        claims.set("email_verified", true);
        claims.set("cognito:groups", &groups);
        claims.set("address", json!({ "formatted": "1 Main Street" }));
        claims.set("sub", "s\u{7f}\n\u{e9}");
        let payload = claims.to_payload().unwrap();
        let expected = json!({
            "sub": "s\u{7f}\n\u{e9}", "iat": 1_700_000_000, "email_verified": true, "cognito:groups": ["b", "a\""],
            "address": { "formatted": "1 Main Street" },
        });
        assert_eq!(String::from_utf8(payload).unwrap(), expected.to_string());
        assert_eq!(Value::Object(claims.into_json()), expected);
    }
}
