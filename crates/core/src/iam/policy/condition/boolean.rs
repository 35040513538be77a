//! `Bool`.

use super::super::context::KeyValue;

/// Reads `true` or `false`, in any case.
pub(super) fn parse(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A truth value of the request.
pub(super) fn of(value: &KeyValue) -> Option<bool> {
    match value {
        KeyValue::Boolean(value) => Some(*value),
        KeyValue::Text(text) => parse(text),
        KeyValue::Integer(_) | KeyValue::Time(_) | KeyValue::Address(_) | KeyValue::Bytes(_) => None,
    }
}
