//! Policy variables: `${aws:username}`, defaults `${aws:PrincipalTag/team, 'company-wide'}`, and `${*}`, `${?}`, `${$}`.
//!
//! Source: "IAM policy elements: Variables and tags".

use std::borrow::Cow;

use super::context::{ContextKeys, KeyValue};
use super::document::Version;
use super::steps::{LOOK_UP, Steps};

/// A reference to a context key within a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    /// The key, in lower case.
    key: String,
    /// What stands in when the request lacks the key.
    default: Option<String>,
}

impl Variable {
    /// The value in this request; none when the key is absent without a default, or has many values (multivalued keys
    /// cannot be variables).
    pub(super) fn resolve<'a>(&'a self, keys: &'a ContextKeys, steps: &Steps) -> Option<Cow<'a, str>> {
        if !steps.spend(LOOK_UP) {
            return None;
        }
        match keys.lookup(&self.key) {
            Some(values) => values.single().filter(|value| steps.spend(value.steps())).map(KeyValue::text),
            None => self.default.as_deref().map(Cow::Borrowed),
        }
    }
}

/// One step of reading a text that may hold variables.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A character that stands for itself.
    Literal(char),
    /// `*`
    Star,
    /// `?`
    Question,
    /// `${key}`
    Variable(Variable),
}

/// Text with a `${` that is not closed, or a default that is not quoted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadVariable;

/// Splits a text into tokens. The 2008 language has no variables: `${` is literal there.
pub(super) fn tokens(text: &str, version: Version) -> Result<Vec<Token>, BadVariable> {
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if version == Version::V2012
            && let Some(inside) = rest.strip_prefix("${")
        {
            let (token, after) = variable(inside)?;
            result.push(token);
            rest = after;
            continue;
        }
        result.push(match character {
            '*' => Token::Star,
            '?' => Token::Question,
            other => Token::Literal(other),
        });
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    Ok(result)
}

/// Reads what follows `${`, up to and with its `}`.
fn variable(inside: &str) -> Result<(Token, &str), BadVariable> {
    for special in ['*', '?', '$'] {
        if let Some(after) = inside.strip_prefix(special).and_then(|rest| rest.strip_prefix('}')) {
            return Ok((Token::Literal(special), after));
        }
    }
    let end = inside.find([',', '}', '$', '{']).ok_or(BadVariable)?;
    let (key, rest) = inside.split_at(end);
    let key = key.trim_end().to_ascii_lowercase();
    if key.is_empty() {
        return Err(BadVariable);
    }
    if let Some(after) = rest.strip_prefix('}') {
        return Ok((Token::Variable(Variable { key, default: None }), after));
    }
    let quoted = rest.strip_prefix(',').and_then(|rest| rest.trim_start_matches(' ').strip_prefix('\''));
    let (default, after) = quoted.and_then(|quoted| quoted.split_once("'}")).ok_or(BadVariable)?;
    Ok((Token::Variable(Variable { key, default: Some(default.to_owned()) }), after))
}

/// Splits at the first five colons outside variables: the six fields of an ARN, or fewer.
pub(super) fn arn_fields(text: &str, version: Version) -> Vec<&str> {
    let mut fields = Vec::with_capacity(6);
    let mut start = 0;
    let mut depth = false;
    let mut previous = ' ';
    for (index, character) in text.char_indices() {
        match character {
            '{' if previous == '$' && version == Version::V2012 => depth = true,
            '}' => depth = false,
            ':' if !depth && fields.len() < 5 => {
                fields.push(text.get(start..index).unwrap_or_default());
                start = index + 1;
            }
            _ => {}
        }
        previous = character;
    }
    fields.push(text.get(start..).unwrap_or_default());
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_variables_and_their_defaults() {
        let read = |text| tokens(text, Version::V2012);
        let variable = |key: &str, default: Option<&str>| {
            Token::Variable(Variable { key: key.to_owned(), default: default.map(str::to_owned) })
        };
        assert_eq!(read("${aws:UserName}"), Ok(vec![variable("aws:username", None)]));
        assert_eq!(
            read("${aws:PrincipalTag/team, 'company-wide'}*"),
            Ok(vec![variable("aws:principaltag/team", Some("company-wide")), Token::Star])
        );
        assert_eq!(read("${*}${?}${$}"), Ok(vec![Token::Literal('*'), Token::Literal('?'), Token::Literal('$')]));
        for bad in ["${", "${aws:username", "${}", "${aws:username, x}", "${aws:username, 'x}", "${${aws:username}}"] {
            assert_eq!(read(bad), Err(BadVariable), "{bad}");
        }
        assert_eq!(tokens("${a}", Version::V2008).map(|tokens| tokens.len()), Ok(4));
    }

    #[test]
    fn colons_in_variables_split_no_arn() {
        let fields = arn_fields("arn:aws:s3:::b/${cognito-identity.amazonaws.com:sub}/x:y", Version::V2012);
        assert_eq!(fields, ["arn", "aws", "s3", "", "", "b/${cognito-identity.amazonaws.com:sub}/x:y"]);
    }
}
