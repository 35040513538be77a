//! The request context: what is known of a request, as condition keys and their values.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::steps::CONVERSION;
use crate::Millis;

/// One value of a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyValue {
    /// Any text; numbers, dates, addresses and ARNs may come as text as well.
    Text(String),
    /// A whole number; with date operators, seconds since 1970.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// A point in time.
    Time(Millis),
    /// An address.
    Address(IpAddr),
    /// Bytes, for `BinaryEquals`.
    Bytes(Vec<u8>),
}

impl KeyValue {
    /// The steps of [`Self::text`].
    pub(super) fn steps(&self) -> usize {
        if matches!(self, Self::Text(_)) { 0 } else { CONVERSION }
    }

    /// The steps of reading the value as a number, a time, an address or bytes.
    pub(super) fn reading_steps(&self) -> usize {
        if let Self::Text(text) = self { CONVERSION + text.len() } else { 0 }
    }

    /// The value as string operators and variables see it: times in ISO 8601 (UTC), bytes in base64.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Boolean(true) => Cow::Borrowed("true"),
            Self::Boolean(false) => Cow::Borrowed("false"),
            Self::Time(millis) => Cow::Owned(iso(*millis)),
            Self::Address(address) => Cow::Owned(address.to_canonical().to_string()),
            Self::Bytes(bytes) => Cow::Owned(STANDARD.encode(bytes)),
        }
    }
}

/// A time in ISO 8601 with whole seconds. Times beyond the calendar (year 9999) become their number of seconds.
fn iso(millis: Millis) -> String {
    let seconds = millis.div_euclid(1_000);
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| seconds.to_string())
}

impl From<&str> for KeyValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for KeyValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<bool> for KeyValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for KeyValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<IpAddr> for KeyValue {
    fn from(value: IpAddr) -> Self {
        Self::Address(value)
    }
}

/// What a key holds in one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// A single-valued key.
    Single(KeyValue),
    /// A multivalued key, such as `aws:TagKeys`; it may hold no value, or one.
    Many(Vec<KeyValue>),
    /// Nobody can say: tags whose keys differ only in case are one condition key.
    Ambiguous,
}

impl Values {
    /// The values, however many.
    pub fn as_slice(&self) -> &[KeyValue] {
        match self {
            Self::Single(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
            Self::Ambiguous => &[],
        }
    }

    /// The value of a single-valued key.
    pub(super) fn single(&self) -> Option<&KeyValue> {
        match self {
            Self::Single(value) => Some(value),
            Self::Many(_) | Self::Ambiguous => None,
        }
    }
}

/// The keys of one request. Names ignore case, tag names in them included ("Condition keys are not case-sensitive").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContextKeys {
    keys: BTreeMap<String, Values>,
}

impl ContextKeys {
    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a single-valued key, in place of what it held.
    pub fn set(&mut self, key: &str, value: impl Into<KeyValue>) {
        self.keys.insert(key.to_ascii_lowercase(), Values::Single(value.into()));
    }

    /// Sets a multivalued key, in place of what it held. No values means that the key is absent.
    pub fn set_many(&mut self, key: &str, values: Vec<String>) {
        let values = values.into_iter().map(KeyValue::Text).collect();
        self.keys.insert(key.to_ascii_lowercase(), Values::Many(values));
    }

    /// Marks a key as one that the request has, and of which nothing else is known.
    pub fn set_ambiguous(&mut self, key: &str) {
        self.keys.insert(key.to_ascii_lowercase(), Values::Ambiguous);
    }

    /// Sets a key for each tag: `prefix`, which ends in a slash, and the tag's key. What two tags claim is ambiguous.
    pub fn set_tags<'t>(&mut self, prefix: &str, tags: impl IntoIterator<Item = (&'t str, &'t str)>) {
        let mut seen = BTreeSet::new();
        for (key, value) in tags {
            let name = format!("{prefix}{key}");
            if seen.insert(name.to_ascii_lowercase()) {
                self.set(&name, value);
            } else {
                self.set_ambiguous(&name);
            }
        }
    }

    /// What a key holds.
    pub fn get(&self, key: &str) -> Option<&Values> {
        self.lookup(&key.to_ascii_lowercase())
    }

    /// The text of a single-valued key.
    pub fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        self.get(key).and_then(Values::single).map(KeyValue::text)
    }

    /// Whether the request has the key.
    pub fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: &str) {
        self.keys.remove(&key.to_ascii_lowercase());
    }

    /// Adds all of another's keys, in place of one's own.
    pub fn extend(&mut self, other: &Self) {
        self.keys.extend(other.keys.iter().map(|(key, values)| (key.clone(), values.clone())));
    }

    /// What a key, already in lower case, holds. A multivalued key without values is absent.
    pub(super) fn lookup(&self, lower: &str) -> Option<&Values> {
        self.keys.get(lower).filter(|values| !matches!(values, Values::Many(list) if list.is_empty()))
    }
}
