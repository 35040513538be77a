//! The filter of `ListUsers`: `attribute = "value"` or `attribute ^= "value"` (API reference, `ListUsers`).

use crate::error::{Error, Result};
use crate::ports::store::UserFilter;
use crate::users::FILTERABLE_ATTRIBUTES;

/// What can be filtered by besides [`FILTERABLE_ATTRIBUTES`].
const NOT_ATTRIBUTES: [&str; 4] = ["username", "cognito:user_status", "status", "sub"];

/// Parses a filter; `None` for an empty one, which means all users.
pub fn parse(text: &str) -> Result<Option<UserFilter>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let malformed = || Error::invalid_parameter("Error while parsing filter.");
    let (name, rest) =
        text.split_at(text.find(|c: char| c == '=' || c == '^' || c.is_whitespace()).ok_or_else(malformed)?);
    let rest = rest.trim_start();
    let (prefix, rest) = match rest.strip_prefix("^=") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix('=').ok_or_else(malformed)?),
    };
    let value = quoted(rest.trim_start()).ok_or_else(malformed)?;
    if name.is_empty() || value.contains('\0') {
        return Err(malformed());
    }
    if !FILTERABLE_ATTRIBUTES.contains(&name) && !NOT_ATTRIBUTES.contains(&name) {
        return Err(Error::invalid_parameter(format!("Invalid search attribute: {name}")));
    }
    // The only value that is compared without regard to case; the index keeps it in lower case.
    let value = if name == "cognito:user_status" { value.to_lowercase() } else { value };
    Ok(Some(UserFilter { attribute: name.to_owned(), value, prefix }))
}

/// The content of a text in double quotes that ends with the closing one; `\"` and `\\` stand for `"` and `\`.
fn quoted(text: &str) -> Option<String> {
    let mut characters = text.strip_prefix('"')?.chars();
    let mut value = String::with_capacity(text.len());
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(value),
            '\\' => match characters.next()? {
                escaped @ ('"' | '\\') => value.push(escaped),
                other => value.extend(['\\', other]),
            },
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(attribute: &str, value: &str, prefix: bool) -> UserFilter {
        UserFilter { attribute: attribute.to_owned(), value: value.to_owned(), prefix }
    }

    fn read(text: &str) -> UserFilter {
        parse(text).unwrap().unwrap()
    }

    #[test]
    fn reads_both_operators_with_any_spacing() {
        assert_eq!(read("family_name = \"Reddy\""), filter("family_name", "Reddy", false));
        assert_eq!(read("given_name ^= \"Jon\""), filter("given_name", "Jon", true));
        assert_eq!(read("  email=\"a@b.c\" "), filter("email", "a@b.c", false));
        assert_eq!(read("email^=\"\""), filter("email", "", true));
        assert_eq!(read("cognito:user_status=\"Confirmed\""), filter("cognito:user_status", "confirmed", false));
        assert_eq!(read("status = \"Enabled\""), filter("status", "Enabled", false));
    }

    #[test]
    fn reads_escapes_and_operators_inside_the_value() {
        assert_eq!(read(r#"name = "a \"b\" \\ c""#), filter("name", r#"a "b" \ c"#, false));
        assert_eq!(read(r#"name = "x ^= y = z""#), filter("name", "x ^= y = z", false));
        assert_eq!(read(r#"name = "a\nb""#), filter("name", r"a\nb", false));
    }

    #[test]
    fn an_empty_filter_means_everybody() {
        assert_eq!(parse("").unwrap(), None);
        assert_eq!(parse(" \t").unwrap(), None);
    }

    #[test]
    fn refuses_everything_else() {
        for bad in [
            "foo",
            "email",
            "email =",
            "email = a",
            "email = 'a'",
            "email = \"a",
            "email = \"a\" b",
            "email == \"a\"",
            "= \"a\"",
            "email ^ \"a\"",
            "email != \"a\"",
            "email = \"a\\",
            "email = \"a\" and name = \"b\"",
            "email = \"\0\"",
        ] {
            assert_eq!(parse(bad).unwrap_err().message(), "Error while parsing filter.", "{bad:?}");
        }
        assert_eq!(parse("custom:a = \"b\"").unwrap_err().message(), "Invalid search attribute: custom:a");
        assert_eq!(parse("Email = \"b\"").unwrap_err().message(), "Invalid search attribute: Email");
    }
}
