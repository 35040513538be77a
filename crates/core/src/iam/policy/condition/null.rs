//! `Null`: whether a key is absent (`true`) or present (`false`).

use super::super::truth::Truth;

/// Whether one of the policy's values says how it is.
pub(super) fn holds(values: &[Option<bool>], present: bool) -> Truth {
    Truth::any(values.iter().map(|value| Truth::from(value.map(|absent| absent != present))))
}
