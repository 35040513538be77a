//! Whole numbers as text, of up to 2^1023 (API, `NumberAttributeConstraintsType`), compared without losing digits.

use std::cmp::Ordering;

/// 2^1023 has 308 decimal digits.
const MAX_DIGITS: usize = 308;

/// True for an optionally negative whole number within the range.
pub(super) fn is_number(text: &str) -> bool {
    parts(text).is_some()
}

/// Compares two whole numbers; `None` if one is not a number.
pub fn compare_numbers(a: &str, b: &str) -> Option<Ordering> {
    let ((a_negative, a_digits), (b_negative, b_digits)) = (parts(a)?, parts(b)?);
    let by_magnitude = a_digits.len().cmp(&b_digits.len()).then_with(|| a_digits.cmp(b_digits));
    Some(match (a_negative, b_negative) {
        (false, false) => by_magnitude,
        (true, true) => by_magnitude.reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

/// Sign and digits without leading zeros; zero has no digits and no sign.
fn parts(text: &str) -> Option<(bool, &str)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    (digits.len() <= MAX_DIGITS).then_some((negative && !digits.is_empty(), digits))
}
