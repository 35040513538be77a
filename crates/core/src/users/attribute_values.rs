//! What a value of an attribute may be: type, length and range by the schema, and the formats of e-mail addresses and
//! phone numbers.

use std::cmp::Ordering;

use crate::SecretString;
use crate::pools::schema::{AttributeSchema, AttributeType, compare_numbers};

/// The longest e-mail address that mail systems carry (RFC 5321, 4.5.3.1.3, less the angle brackets).
const LONGEST_EMAIL: usize = 254;

/// Checks a value and brings it into the form it is kept in; the error is Cognito's wording after `<name>: `.
pub(super) fn check(schema: &AttributeSchema, value: &SecretString) -> Result<SecretString, String> {
    if value.contains('\0') {
        return Err("Attribute value must not contain a NUL character.".to_owned());
    }
    match schema.kind {
        AttributeType::String => check_length(schema, value)?,
        AttributeType::Number => check_number(schema, value)?,
        AttributeType::DateTime => check_date_time(value)?,
        AttributeType::Boolean => return boolean(value).map(|known| if known { "true" } else { "false" }.into()),
    }
    Ok(value.clone())
}

/// `true` or `false`, however it is capitalised (Python clients send `True`).
pub(super) fn boolean(value: &str) -> Result<bool, String> {
    if value.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if value.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err("Attribute value must be true or false.".to_owned())
    }
}

fn check_length(schema: &AttributeSchema, value: &str) -> Result<(), String> {
    let length = value.chars().count();
    if let Some(max) = length_bound(schema.max_length.as_deref()).filter(|&max| length > max) {
        return Err(format!("String must be no longer than {max} characters"));
    }
    if let Some(min) = length_bound(schema.min_length.as_deref()).filter(|&min| length < min) {
        return Err(format!("String must be no shorter than {min} characters"));
    }
    Ok(())
}

fn check_number(schema: &AttributeSchema, value: &str) -> Result<(), String> {
    if compare_numbers(value, value).is_none() {
        return Err("Attribute value must be a whole number.".to_owned());
    }
    let beyond = |bound: Option<&str>, side| {
        bound.filter(|bound| compare_numbers(value, bound) == Some(side)).map(str::to_owned)
    };
    if let Some(max) = beyond(schema.max_value.as_deref(), Ordering::Greater) {
        return Err(format!("Number must be no greater than {max}"));
    }
    if let Some(min) = beyond(schema.min_value.as_deref(), Ordering::Less) {
        return Err(format!("Number must be no less than {min}"));
    }
    Ok(())
}

/// A date, or a date and time with an offset, as ISO 8601 has them (RFC 3339 profile).
fn check_date_time(value: &str) -> Result<(), String> {
    use time::format_description::well_known::{Iso8601, Rfc3339};
    let known =
        time::OffsetDateTime::parse(value, &Rfc3339).is_ok() || time::Date::parse(value, &Iso8601::DATE).is_ok();
    known.then_some(()).ok_or_else(|| "Attribute value must be an ISO 8601 date and time.".to_owned())
}

/// A length of the schema, which keeps numbers as the text they were given in.
fn length_bound(text: Option<&str>) -> Option<usize> {
    text.and_then(|text| text.parse().ok())
}

/// True for an e-mail address that can be written into a header and a mail transaction as it stands: no quoting, no
/// comments, no white space, a domain of at least two labels.
pub fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.rsplit_once('@') else { return false };
    let local_is_plain = !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && !local.chars().any(|c| c.is_whitespace() || c.is_control() || r#"<>()[]\,;:"@"#.contains(c));
    let label_is_plain = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    value.len() <= LONGEST_EMAIL
        && !local.is_empty()
        && local_is_plain
        && domain.contains('.')
        && domain.split('.').all(label_is_plain)
}

/// True for a phone number in E.164 form: `+` and 2 to 15 digits, the first not 0.
pub fn is_phone_number(value: &str) -> bool {
    let Some(digits) = value.strip_prefix('+') else { return false };
    (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(kind: AttributeType) -> AttributeSchema {
        AttributeSchema {
            name: "x".to_owned(),
            kind,
            custom: true,
            developer_only: false,
            mutable: true,
            required: false,
            min_length: None,
            max_length: None,
            min_value: None,
            max_value: None,
        }
    }

    #[test]
    fn email_addresses() {
        for good in
            ["a@example.com", "first.last+tag@sub.example.co", "ü@example.de", "o'neil@example.ie", "a@münchen.de"]
        {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@",
            "@example.com",
            "a@localhost",
            "a b@example.com",
            "a@exa mple.com",
            "a@b@example.com",
            "a@example..com",
            "a@-example.com",
            "a@example.com.",
            ".a@example.com",
            "a.@example.com",
            "a..b@example.com",
            "a@example.com\r\nBcc: b@example.com",
            "<a@example.com>",
            "a,b@example.com",
            "a\0@example.com",
        ] {
            assert!(!is_email(bad), "{bad:?}");
        }
        assert!(!is_email(&format!("{}@example.com", "a".repeat(LONGEST_EMAIL))));
    }

    #[test]
    fn phone_numbers() {
        for good in ["+14325551212", "+12", "+123456789012345"] {
            assert!(is_phone_number(good), "{good}");
        }
        for bad in ["14325551212", "+", "+1", "+0123", "+1234567890123456", "+1 432", "+1-432", "+１２３", "+12\n"] {
            assert!(!is_phone_number(bad), "{bad:?}");
        }
    }

    #[test]
    fn lengths_are_counted_in_characters_and_worded_as_cognito_words_them() {
        let schema = AttributeSchema {
            min_length: Some("2".to_owned()),
            max_length: Some("3".to_owned()),
            ..schema(AttributeType::String)
        };
        assert!(check(&schema, &"äöü".into()).is_ok());
        assert_eq!(check(&schema, &"äöüä".into()).unwrap_err(), "String must be no longer than 3 characters");
        assert_eq!(check(&schema, &"ä".into()).unwrap_err(), "String must be no shorter than 2 characters");
        assert!(check(&schema, &"a\0".into()).is_err());
    }

    #[test]
    fn numbers_booleans_and_times() {
        let number = AttributeSchema {
            min_value: Some("0".to_owned()),
            max_value: Some("10".to_owned()),
            ..schema(AttributeType::Number)
        };
        assert!(check(&number, &"10".into()).is_ok());
        for bad in ["11", "-1", "ten", "inf", "NaN", "", "0x1", "1.5", "1e1"] {
            assert!(check(&number, &bad.into()).is_err(), "{bad}");
        }
        let boolean = schema(AttributeType::Boolean);
        assert_eq!(&*check(&boolean, &"True".into()).unwrap(), "true");
        assert!(check(&boolean, &"yes".into()).is_err());
        let date_time = schema(AttributeType::DateTime);
        assert!(check(&date_time, &"2026-02-03T04:05:06Z".into()).is_ok());
        assert!(check(&date_time, &"2026-02-03".into()).is_ok());
        assert!(check(&date_time, &"3 Feb".into()).is_err());
    }
}
