//! Patterns of the model: Java regular expressions that must match the whole value.

use std::sync::OnceLock;

use regex::Regex;

/// A pattern, compiled when first needed. Most are one repeated character class; those are answered from an ASCII bitmap
/// without ever building the expression, since every token and user name passes through here.
pub struct Pattern {
    /// As AWS prints it in its message.
    pub(crate) shown: &'static str,
    /// The same in the syntax of the `regex` crate, anchored.
    expression: &'static str,
    /// For one repeated class: bit `n` says whether ASCII character `n` belongs to it.
    class: Option<u128>,
    /// Whether the repetition may be empty (`*`); only read where `class` is set.
    may_be_empty: bool,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern that needs the expression.
    pub(crate) const fn new(shown: &'static str, expression: &'static str) -> Self {
        Self { shown, expression, class: None, may_be_empty: false, compiled: OnceLock::new() }
    }

    /// One repeated character class.
    pub(crate) const fn class(shown: &'static str, expression: &'static str, ascii: u128, may_be_empty: bool) -> Self {
        Self { shown, expression, class: Some(ascii), may_be_empty, compiled: OnceLock::new() }
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        if let Some(ascii) = self.class {
            if text.is_empty() {
                return self.may_be_empty;
            }
            let mut all_ascii = true;
            for byte in text.bytes() {
                if byte >= 0x80 {
                    all_ascii = false;
                } else if (ascii >> byte) & 1 == 0 {
                    return false;
                }
            }
            if all_ascii {
                return true;
            }
        }
        self.matches_expression(text)
    }

    /// An expression that does not compile matches nothing; a test compiles every one.
    pub(crate) fn matches_expression(&self, text: &str) -> bool {
        self.compiled
            .get_or_init(|| Regex::new(self.expression).ok())
            .as_ref()
            .is_some_and(|regex| regex.is_match(text))
    }

    #[cfg(test)]
    pub(crate) fn compiles(&self) -> bool {
        Regex::new(self.expression).is_ok()
    }
}
