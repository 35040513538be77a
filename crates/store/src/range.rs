//! Keys of text of any length, and prefix search as a range of keys.
//!
//! PostgreSQL bounds an index row at 2,704 bytes, an attribute may have 2,048 characters of up to four bytes. So the
//! filter index splits a value into a key of at most [`KEY_CHARS`] characters, which is indexed, and the rest; aliases,
//! which are only ever compared whole, replace what is too long by a digest.

use std::fmt::Write as _;

use stepwell_core::Millis;
use stepwell_core::ports::store::{After, StoreError, StoreResult};

/// Characters of a value that are indexed: 1 KiB at most.
const KEY_CHARS: usize = 256;

/// Splits a value into key and rest.
pub(crate) fn split(value: &str) -> (&str, &str) {
    let end = value.char_indices().nth(KEY_CHARS).map_or(value.len(), |(position, _)| position);
    value.split_at_checked(end).unwrap_or((value, ""))
}

/// The values that equal, or begin with, a text: `key < below`, `rest >= rest_from`, `rest < rest_below`, and `key`
/// not before `from`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from: String,
    pub(crate) below: String,
    pub(crate) rest_from: String,
    pub(crate) rest_below: String,
}

impl Range {
    /// Exactly this value.
    pub(crate) fn exactly(value: &str) -> Self {
        let (key, rest) = split(value);
        Self { from: key.into(), below: just_after(key), rest_from: rest.into(), rest_below: just_after(rest) }
    }

    /// All values that begin with `prefix`.
    pub(crate) fn prefix(prefix: &str) -> Self {
        let (key, rest) = split(prefix);
        let below = if key.chars().count() == KEY_CHARS { just_after(key) } else { after_prefix(key) };
        Self { from: key.into(), below, rest_from: rest.into(), rest_below: after_prefix(rest) }
    }
}

/// The least text after `text` itself. There is no NUL in stored text, so nothing lies between.
fn just_after(text: &str) -> String {
    format!("{text}\u{1}")
}

/// The least text after everything that begins with `prefix`: its last character moved on by one. Where that is not
/// possible (U+10FFFF), the one before it; and for a prefix of nothing else, a text longer than any stored.
pub(crate) fn after_prefix(prefix: &str) -> String {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = match last {
            // Surrogates are not characters.
            '\u{D7FF}' => Some('\u{E000}'),
            last => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            characters.push(next);
            return characters.into_iter().collect();
        }
    }
    char::MAX.to_string().repeat(2049)
}

/// The form in which an alias is unique. A long value's form is longer than any short value, so the two never meet.
pub(crate) fn alias_key(value: &str) -> String {
    let (start, rest) = split(value);
    if rest.is_empty() {
        return value.to_owned();
    }
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, value.as_bytes());
    let mut key = format!("{start}#");
    for byte in digest.as_ref() {
        // Writing to a string cannot fail.
        let _written = write!(key, "{byte:02x}");
    }
    key
}

/// Where a list ordered by time and id, newest first, goes on: below this time and id.
pub(crate) fn newest(after: Option<&After>) -> StoreResult<(Millis, &str)> {
    let Some(after) = after else { return Ok((Millis::MAX, "")) };
    let time = after.time().ok_or_else(|| StoreError::Corrupt("a position without a time".to_owned()))?;
    Ok((time, &after.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix() {
        assert_eq!(after_prefix("ab"), "ac");
        assert_eq!(after_prefix("a\u{D7FF}"), "a\u{E000}");
        assert_eq!(after_prefix("aÿ"), "aĀ");
        assert_eq!(after_prefix("a\u{10FFFF}"), "b");
        assert!(after_prefix("\u{10FFFF}\u{10FFFF}") > "\u{10FFFF}".repeat(2048));
        assert!(after_prefix("") > "\u{10FFFF}".repeat(2048));
    }

    #[test]
    fn long_values_keep_their_identity() {
        let long = "é".repeat(300);
        assert_eq!(split(&long), ("é".repeat(256).as_str(), "é".repeat(44).as_str()));
        assert_eq!(split("short"), ("short", ""));
        assert_eq!(alias_key("a@b.c"), "a@b.c");
        assert_ne!(alias_key(&long), alias_key(&"é".repeat(301)));
        assert!(alias_key(&long).chars().count() > KEY_CHARS);
    }
}
