//! Patterns with `*`, `?` and variables, matched without backtracking beyond the last `*`.
//!
//! A pattern is cut at its stars into chunks. The first must begin the text, the last must end it, and each of the others
//! is taken at the first place where it fits; taking an earlier place never loses a match. So the work is linear in the
//! text for literal chunks, and at most text × chunk for chunks with `?`. What that comes to is counted in [`Steps`], which end:
//! hostile patterns gain nothing.

use std::borrow::Cow;

use super::context::ContextKeys;
use super::document::Version;
use super::steps::Steps;
use super::variables::{BadVariable, Token, Variable, tokens};

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// What stands between the stars: one chunk more than stars, so never none.
    chunks: Vec<Vec<Piece>>,
    /// What [`Piece::Variable`] points at.
    variables: Vec<Variable>,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    AnyCharacter,
    Variable(usize),
}

/// The values of a pattern's variables in one request.
pub(super) type Resolved<'a> = Vec<Cow<'a, str>>;

impl Pattern {
    /// Compiles a text in which `*` and `?` are wildcards.
    pub(super) fn wildcards(text: &str, version: Version) -> Result<Self, BadVariable> {
        Ok(Self::build(tokens(text, version)?, true))
    }

    /// Compiles a text in which `*` and `?` stand for themselves.
    pub(super) fn exact(text: &str, version: Version) -> Result<Self, BadVariable> {
        Ok(Self::build(tokens(text, version)?, false))
    }

    /// Compiles a text without variables, whatever it holds.
    pub(super) fn plain(text: &str) -> Self {
        Self::build(tokens(text, Version::V2008).unwrap_or_default(), true)
    }

    fn build(tokens: Vec<Token>, wildcards: bool) -> Self {
        let mut chunks = vec![Vec::new()];
        let mut variables = Vec::new();
        for token in tokens {
            let piece = match token {
                Token::Star if wildcards => {
                    // "**" is "*".
                    if chunks.len() == 1 || chunks.last().is_some_and(|chunk| !chunk.is_empty()) {
                        chunks.push(Vec::new());
                    }
                    continue;
                }
                Token::Question if wildcards => Piece::AnyCharacter,
                Token::Variable(variable) => {
                    variables.push(variable);
                    Piece::Variable(variables.len() - 1)
                }
                Token::Star => Piece::Text("*".to_owned()),
                Token::Question => Piece::Text("?".to_owned()),
                Token::Literal(character) => Piece::Text(character.to_string()),
            };
            let Some(chunk) = chunks.last_mut() else { continue };
            match (chunk.last_mut(), piece) {
                (Some(Piece::Text(text)), Piece::Text(more)) => text.push_str(&more),
                (_, piece) => chunk.push(piece),
            }
        }
        Self { chunks, variables }
    }

    /// The same pattern with any text in place of its variables: what a `Deny` could mean when a variable has no value.
    pub(super) fn loosened(&self) -> Self {
        let mut chunks = Vec::new();
        for chunk in &self.chunks {
            let mut current = Vec::new();
            for piece in chunk {
                if matches!(piece, Piece::Variable(_)) {
                    chunks.push(std::mem::take(&mut current));
                } else {
                    current.push(piece.clone());
                }
            }
            chunks.push(current);
        }
        Self { chunks, variables: Vec::new() }
    }

    /// The same pattern in lower case, for comparisons that ignore case; resolve its variables with [`fold`].
    pub(super) fn folded(mut self) -> Self {
        for piece in self.chunks.iter_mut().flatten() {
            if let Piece::Text(text) = piece {
                *text = fold(text);
            }
        }
        self
    }

    /// Whether the pattern needs [`Pattern::resolve`].
    pub(super) fn has_variables(&self) -> bool {
        !self.variables.is_empty()
    }

    /// Whether any text may follow what matched.
    pub(super) fn ends_with_star(&self) -> bool {
        self.chunks.len() > 1 && self.chunks.last().is_some_and(Vec::is_empty)
    }

    /// The values of the variables; none if one of them has none, or no steps are left to tell.
    pub(super) fn resolve<'a>(&'a self, keys: &'a ContextKeys, steps: &Steps) -> Option<Resolved<'a>> {
        self.variables.iter().map(|variable| variable.resolve(keys, steps)).collect()
    }

    /// Whether the whole text matches; none if no steps are left to tell. `values` come from [`Pattern::resolve`] and are
    /// taken literally.
    pub(super) fn matches(&self, values: &[Cow<'_, str>], text: &str, steps: &Steps) -> Option<bool> {
        steps.spend(1 + values.len());
        let matched = self.matches_whole(values, text, steps);
        (!steps.exhausted()).then_some(matched)
    }

    fn matches_whole(&self, values: &[Cow<'_, str>], text: &str, steps: &Steps) -> bool {
        let Some((first, others)) = self.chunks.split_first() else { return false };
        let Some(mut rest) = prefix(first, values, text, steps) else { return false };
        let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
        for chunk in middle {
            match find(chunk, values, rest, steps) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        suffix(last, values, rest, steps)
    }
}

/// Lower case for comparisons that ignore case.
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
}

fn literal<'a>(piece: &'a Piece, values: &'a [Cow<'_, str>]) -> Option<&'a str> {
    match piece {
        Piece::Text(text) => Some(text),
        // A missing value cannot happen: `resolve` gives one per variable. Should it, nothing matches NUL-free texts.
        Piece::Variable(index) => Some(values.get(*index).map_or("\0", |value| value)),
        Piece::AnyCharacter => None,
    }
}

/// The steps of comparing so many bytes: the standard library looks at many of them at once.
fn bytes(length: usize) -> usize {
    1 + length / 8
}

/// The steps of searching so many bytes, at the search's worst.
fn searched(length: usize) -> usize {
    2 + length / 2
}

/// What follows the chunk at the text's beginning.
fn prefix<'t>(chunk: &[Piece], values: &[Cow<'_, str>], text: &'t str, steps: &Steps) -> Option<&'t str> {
    let mut rest = text;
    for piece in chunk {
        if !steps.spend(literal(piece, values).map_or(1, |text| bytes(text.len().min(rest.len())))) {
            return None;
        }
        rest = if let Some(text) = literal(piece, values) {
            rest.strip_prefix(text)?
        } else {
            let mut characters = rest.chars();
            characters.next()?;
            characters.as_str()
        };
    }
    Some(rest)
}

/// Whether the text ends in the chunk.
fn suffix(chunk: &[Piece], values: &[Cow<'_, str>], text: &str, steps: &Steps) -> bool {
    let mut rest = text;
    for piece in chunk.iter().rev() {
        if !steps.spend(literal(piece, values).map_or(1, |text| bytes(text.len().min(rest.len())))) {
            return false;
        }
        let before = if let Some(text) = literal(piece, values) {
            rest.strip_suffix(text)
        } else {
            let mut characters = rest.chars();
            characters.next_back().map(|_| characters.as_str())
        };
        match before {
            Some(before) => rest = before,
            None => return false,
        }
    }
    true
}

/// What follows the chunk's first occurrence in the text; none as well when no steps are left.
fn find<'t>(chunk: &[Piece], values: &[Cow<'_, str>], text: &'t str, steps: &Steps) -> Option<&'t str> {
    let Some(first) = chunk.first() else { return Some(text) };
    if let (Some(needle), 1) = (literal(first, values), chunk.len()) {
        let found = text.find(needle);
        steps.spend(searched(needle.len() + found.unwrap_or(text.len())));
        return found.and_then(|at| text.get(at + needle.len()..));
    }
    let anchor = literal(first, values).unwrap_or_default();
    let mut rest = text;
    loop {
        let found = rest.find(anchor);
        if !steps.spend(searched(anchor.len() + found.unwrap_or(rest.len()))) {
            return None;
        }
        rest = rest.get(found?..)?;
        if let Some(after) = prefix(chunk, values, rest, steps) {
            return Some(after);
        }
        let mut characters = rest.chars();
        characters.next()?;
        rest = characters.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::plain(pattern).matches(&[], text, &Steps::for_one_question()).expect("it costs little")
    }

    #[test]
    fn table() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("**", "anything", true),
            ("?", "", false),
            ("?", "é", true),
            ("a*", "a", true),
            ("*a", "ba", true),
            ("*a", "ab", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
            ("a*ab", "ab", false),
            ("a*ab", "aab", true),
            ("*?a*", "a", false),
            ("*?a*", "aa", true),
            ("*??", "x", false),
            ("*a?c*d", "xabcabxd", true),
            ("*a?c*d", "xabbabxd", false),
            ("a?*", "a", false),
            ("h?llo", "hello", true),
            ("*abab*", "xababab", true),
            ("*a?a?x", "xababx", true),
            ("${aws:username}", "${aws:username}", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} against {text}");
        }
    }

    /// The plain definition, exponential and obviously right.
    fn reference(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|skipped| reference(rest, &text[skipped..])),
            Some(('?', rest)) => !text.is_empty() && reference(rest, &text[1..]),
            Some((character, rest)) => text.first() == Some(character) && reference(rest, &text[1..]),
        }
    }

    #[test]
    fn agrees_with_the_definition_on_every_short_case() {
        let words = |alphabet: &[char], longest: usize| {
            let mut all = vec![String::new()];
            let mut from = 0;
            for _ in 0..longest {
                let end = all.len();
                for index in from..end {
                    for character in alphabet {
                        all.push(format!("{}{character}", all[index]));
                    }
                }
                from = end;
            }
            all
        };
        let texts = words(&['a', 'b'], 5);
        for pattern in words(&['a', 'b', '*', '?'], 5) {
            let compiled = Pattern::plain(&pattern);
            let letters: Vec<char> = pattern.chars().collect();
            for text in &texts {
                let expected = reference(&letters, &text.chars().collect::<Vec<_>>());
                let matched = compiled.matches(&[], text, &Steps::for_one_question());
                assert_eq!(matched, Some(expected), "{pattern} against {text}");
            }
        }
    }

    #[test]
    fn hostile_patterns_cost_little() {
        let text = "a".repeat(20_000);
        let mut work = String::new();
        for _ in 0..2_000 {
            work.push_str("a*");
        }
        work.push('b');
        assert!(!matches(&work, &text));
        // Text × chunk: more than a question may take, so that nothing is known of it, or of what is asked afterwards.
        let steps = Steps::for_one_question();
        assert_eq!(Pattern::plain(&format!("*{}c*", "a?".repeat(200))).matches(&[], &text, &steps), None);
        assert_eq!(Pattern::plain("*").matches(&[], "a", &steps), None);
    }
}
