//! Numeric operators: integers and decimals of any length, compared exactly.

use std::cmp::Ordering;

use super::super::context::KeyValue;

/// A decimal number: no exponent, no rounding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// Digits before the point, without leading zeros.
    whole: String,
    /// Digits after the point, without trailing zeros.
    fraction: String,
}

impl Decimal {
    /// Reads `-12.50`; none for anything else, such as an exponent or a lone point.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (digits, ""),
        };
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: negative && !zero, whole: whole.to_owned(), fraction: fraction.to_owned() })
    }

    /// A number of the request.
    pub(super) fn of(value: &KeyValue) -> Option<Self> {
        match value {
            KeyValue::Integer(number) => Self::parse(&number.to_string()),
            KeyValue::Text(text) => Self::parse(text),
            KeyValue::Boolean(_) | KeyValue::Time(_) | KeyValue::Address(_) | KeyValue::Bytes(_) => None,
        }
    }

    fn size(&self) -> (usize, &str, &str) {
        (self.whole.len(), &self.whole, &self.fraction)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.size().cmp(&other.size()),
            (true, true) => other.size().cmp(&self.size()),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_exactly() {
        let number = |text| Decimal::parse(text).unwrap();
        let sorted = ["-10.5", "-10", "-9.99", "-0.5", "0", "0.05", "0.5", "9", "10", "10.01", "9007199254740993"];
        for (index, left) in sorted.iter().enumerate() {
            for (other, right) in sorted.iter().enumerate() {
                assert_eq!(number(left).cmp(&number(right)), index.cmp(&other), "{left} {right}");
            }
        }
        assert_eq!(number("-0"), number("0.000"));
        assert_eq!(number("007.50"), number("+7.5"));
        for bad in ["", "-", ".", "1.", ".5", "1e3", "0x10", "1,000", " 1", "١", "--1", "NaN"] {
            assert_eq!(Decimal::parse(bad), None, "{bad}");
        }
    }
}
