//! `BinaryEquals`: bytes, in base64 where they come as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::context::KeyValue;

/// Reads base64.
pub(super) fn parse(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Bytes of the request.
pub(super) fn of(value: &KeyValue) -> Option<Vec<u8>> {
    match value {
        KeyValue::Bytes(bytes) => Some(bytes.clone()),
        KeyValue::Text(text) => parse(text),
        KeyValue::Integer(_) | KeyValue::Boolean(_) | KeyValue::Time(_) | KeyValue::Address(_) => None,
    }
}
