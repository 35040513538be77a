//! Reading forms: `Action=AssumeRole&Tags.member.1.Key=a` as a tree of members and lists.
//!
//! Everything that arrives is hostile: percent-encoding and UTF-8 are strict, a parameter stands once, names are bounded in
//! depth and number, and the number in `member.99999999` only orders, it never allocates. Unknown parameters are kept and
//! then skipped, as AWS does.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use stepwell_core::{Error, ErrorCode};
use stepwell_model::{Validate, validate};

use super::form_value::Value;

/// The most parameters of one request. The largest honest ones (50 tags and all the rest) have some 120.
const MOST_PARAMETERS: usize = 1_000;
/// The deepest name: `ProvidedContexts.member.1.ContextAssertion` has four parts.
const DEEPEST: usize = 8;
/// The longest number in a list, in digits.
const LONGEST_INDEX: usize = 9;

/// A form, read.
#[derive(Debug, Default)]
pub struct Form(BTreeMap<String, Node>);

/// What stands under a name.
#[derive(Debug)]
pub(super) enum Node {
    /// A value.
    Text(String),
    /// What has further names.
    Tree(BTreeMap<String, Node>),
}

/// Whether a request is a form by its content type.
pub fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split_once(';').map_or(value, |(media_type, _)| media_type);
    media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

impl Form {
    /// Reads a body.
    pub fn read(body: &[u8]) -> Result<Self, Error> {
        let mut form = Self::default();
        for (count, pair) in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).enumerate() {
            if count >= MOST_PARAMETERS {
                return Err(malformed("The request has too many parameters"));
            }
            let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at_checked(end).unwrap_or((pair, b""));
            let name = decode(name)?;
            let value = decode(value.strip_prefix(b"=").unwrap_or_default())?;
            if value.contains('\0') || name.contains('\0') {
                return Err(malformed("Values must not contain the NUL character"));
            }
            insert(&mut form.0, &name, value.into_owned())?;
        }
        Ok(form)
    }

    /// A parameter of the request itself, such as `Action`.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Node::Text(text)) => Some(text),
            Some(Node::Tree(_)) | None => None,
        }
    }

    /// Parses and validates. What is wrong is told without repeating what was sent, save where AWS's words repeat it.
    pub fn parse<T: DeserializeOwned + Validate>(&self) -> Result<T, Error> {
        let input = T::deserialize(Value::Tree(&self.0)).map_err(|error| malformed(error.0))?;
        validate::check(&input).map_err(|message| Error::new(ErrorCode::Validation, message))?;
        Ok(input)
    }
}

pub(super) fn malformed(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::Serialization, message)
}

fn insert(tree: &mut BTreeMap<String, Node>, name: &str, value: String) -> Result<(), Error> {
    let mut parts: Vec<&str> = name.split('.').collect();
    if parts.len() > DEEPEST {
        return Err(malformed("The name of a parameter has too many parts"));
    }
    let last = parts.pop().unwrap_or_default();
    let mut tree = tree;
    for part in parts {
        let node = tree.entry(part.to_owned()).or_insert_with(|| Node::Tree(BTreeMap::new()));
        match node {
            Node::Tree(inner) => tree = inner,
            Node::Text(_) => return Err(malformed("A parameter is both a value and a structure")),
        }
    }
    match tree.insert(last.to_owned(), Node::Text(value)) {
        None => Ok(()),
        Some(Node::Text(_)) => Err(malformed("A parameter is given twice")),
        Some(Node::Tree(_)) => Err(malformed("A parameter is both a value and a structure")),
    }
}

/// `application/x-www-form-urlencoded` (URL Standard), strictly: a `%` without two hexadecimal digits or bytes that are not
/// UTF-8 are refused rather than repaired.
fn decode(text: &[u8]) -> Result<Cow<'_, str>, Error> {
    let plain = !text.iter().any(|byte| matches!(byte, b'%' | b'+'));
    let bytes = if plain { Cow::Borrowed(text) } else { Cow::Owned(unescape(text)?) };
    let not_text = |_| malformed("The request is not valid UTF-8");
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(not_text),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|error| not_text(error.utf8_error())),
    }
}

fn unescape(text: &[u8]) -> Result<Vec<u8>, Error> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => match (digit(bytes.next()), digit(bytes.next())) {
                (Some(high), Some(low)) => u8::try_from(high * 16 + low).unwrap_or_default(),
                _ => return Err(malformed("The request is not validly percent-encoded")),
            },
            other => *other,
        });
    }
    Ok(out)
}

/// The number of a list's entry: decimal, from 1, without leading zeros.
pub(super) fn index(text: &str) -> Option<u32> {
    let well_formed = (1..=LONGEST_INDEX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0');
    well_formed.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use stepwell_model::sts::{AssumeRoleRequest, AssumeRoleWithWebIdentityRequest};

    use super::*;

    fn read(body: &str) -> Result<Form, Error> {
        Form::read(body.as_bytes())
    }

    fn refusal(body: &[u8]) -> String {
        Form::read(body).unwrap_err().message().to_owned()
    }

    const ROLE: &str = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fapp\
                        &RoleSessionName=one";

    #[test]
    fn members_lists_and_numbers_are_read() {
        let body = format!(
            "{ROLE}&DurationSeconds=900&Tags.member.2.Key=b&Tags.member.2.Value=&Tags.member.1.Key=a+b\
             &Tags.member.1.Value=%C3%A9&TransitiveTagKeys.member.10=b&TransitiveTagKeys.member.9=a&Unknown.x.y=1"
        );
        let form = read(&body).unwrap();
        assert_eq!(form.text("Action"), Some("AssumeRole"));
        let input: AssumeRoleRequest = form.parse().unwrap();
        assert_eq!(input.role_arn.as_deref(), Some("arn:aws:iam::000000000000:role/app"));
        assert_eq!(input.duration_seconds, Some(900));
        let tags: Vec<_> = input.tags.unwrap().into_iter().map(|tag| (tag.key.unwrap(), tag.value.unwrap())).collect();
        assert_eq!(tags, [("a b".to_owned(), "é".to_owned()), ("b".to_owned(), String::new())]);
        // By number, not by text.
        assert_eq!(input.transitive_tag_keys.unwrap(), ["a", "b"]);
    }

    #[test]
    fn an_empty_list_is_an_empty_value_and_a_missing_one_is_none() {
        let input: AssumeRoleRequest = read(&format!("{ROLE}&Tags=")).unwrap().parse().unwrap();
        assert_eq!(input.tags, Some(Vec::new()));
        assert_eq!(input.transitive_tag_keys, None);
    }

    #[test]
    fn violations_are_told_in_awss_words() {
        let form = read("Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fapp&RoleSessionName=a+b");
        let error = form.unwrap().parse::<AssumeRoleRequest>().unwrap_err();
        assert_eq!(error.code().query_name(), "ValidationError");
        assert_eq!(
            error.message(),
            "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: [\\w+=,.@-]*"
        );
        let error = read(&format!("{ROLE}&Tags.member.1.Value=x")).unwrap().parse::<AssumeRoleRequest>().unwrap_err();
        assert_eq!(
            error.message(),
            "1 validation error detected: Value null at 'tags.1.member.key' failed to satisfy constraint: \
             Member must not be null"
        );
        // The token is a secret.
        let body = format!("{ROLE}&WebIdentityToken=abc");
        let error = read(&body).unwrap().parse::<AssumeRoleWithWebIdentityRequest>().unwrap_err();
        assert!(error.message().contains("Value at 'webIdentityToken'"), "{}", error.message());
    }

    #[test]
    fn hostile_forms_are_refused() {
        assert_eq!(refusal(b"a=%zz"), "The request is not validly percent-encoded");
        assert_eq!(refusal(b"a=%f"), "The request is not validly percent-encoded");
        assert_eq!(refusal(b"a=%"), "The request is not validly percent-encoded");
        assert_eq!(refusal(b"a=%ff"), "The request is not valid UTF-8");
        assert_eq!(refusal(b"a=\xff"), "The request is not valid UTF-8");
        assert_eq!(refusal(b"a=%00"), "Values must not contain the NUL character");
        assert_eq!(refusal(b"a=1&a=1"), "A parameter is given twice");
        assert_eq!(refusal(b"a=1&a.b=1"), "A parameter is both a value and a structure");
        assert_eq!(refusal(b"a.b=1&a=1"), "A parameter is both a value and a structure");
        assert_eq!(refusal(b"a.b.c.d.e.f.g.h.i=1"), "The name of a parameter has too many parts");
        let many = (0..=MOST_PARAMETERS).map(|number| format!("p{number}=")).collect::<Vec<_>>().join("&");
        assert_eq!(refusal(many.as_bytes()), "The request has too many parameters");
    }

    #[test]
    fn strange_lists_and_types_are_refused_and_cost_nothing() {
        let parse = |more: &str| read(&format!("{ROLE}{more}")).unwrap().parse::<AssumeRoleRequest>();
        let wrong = |more: &str| parse(more).unwrap_err().message().to_owned();
        assert_eq!(wrong("&Tags.member.01.Key=a"), "A list has an entry without a number");
        assert_eq!(wrong("&Tags.member.0.Key=a"), "A list has an entry without a number");
        assert_eq!(wrong("&Tags.member.x.Key=a"), "A list has an entry without a number");
        assert_eq!(wrong("&Tags.member.9999999999.Key=a"), "A list has an entry without a number");
        assert_eq!(wrong("&Tags.1.Key=a"), "A member has the wrong type");
        assert_eq!(wrong("&Tags=x"), "A member has the wrong type");
        assert_eq!(wrong("&DurationSeconds=1e3"), "A member has the wrong type");
        assert_eq!(wrong("&DurationSeconds.x=1"), "A member has the wrong type");
        assert_eq!(wrong("&DurationSeconds=99999999999999999999"), "A member has the wrong type");
        let far = parse("&Tags.member.99999999.Key=a&Tags.member.99999999.Value=b").unwrap();
        assert_eq!(far.tags.map(|tags| tags.len()), Some(1));
    }

    #[test]
    fn forms_are_known_by_their_content_type() {
        let is = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, value.parse().unwrap());
            is_form(&headers)
        };
        assert!(is("application/x-www-form-urlencoded"));
        assert!(is("application/x-www-form-urlencoded; charset=utf-8"));
        assert!(!is("application/x-amz-json-1.1"));
        assert!(!is_form(&HeaderMap::new()));
    }
}
