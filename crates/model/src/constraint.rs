//! The constraints of the model; the statics of `rules.rs` are made of these.

use crate::pattern::Pattern;

/// Bounds of a string's length in characters, its pattern, and whether it may be echoed.
pub(crate) struct Text {
    pub(crate) min: Option<usize>,
    pub(crate) max: Option<usize>,
    pub(crate) pattern: Option<&'static Pattern>,
    pub(crate) sensitive: bool,
}

/// Bounds of a number.
pub(crate) struct Number {
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
}

/// Bounds of the length of a list, map or blob.
pub(crate) struct Size {
    pub(crate) min: Option<usize>,
    pub(crate) max: Option<usize>,
}

impl Text {
    /// The least length, if the text is shorter.
    pub(crate) fn too_short(&self, text: &str) -> Option<usize> {
        // A character has at most four bytes, so most texts need no counting.
        self.min.filter(|&min| text.len() < min.saturating_mul(4) && text.chars().count() < min)
    }

    /// The greatest length, if the text is longer.
    pub(crate) fn too_long(&self, text: &str) -> Option<usize> {
        self.max.filter(|&max| text.len() > max && text.chars().count() > max)
    }

    /// The pattern, if the text does not match it.
    pub(crate) fn mismatch(&self, text: &str) -> Option<&'static str> {
        self.pattern.filter(|pattern| !pattern.matches(text)).map(|pattern| pattern.shown)
    }

    /// Whether nothing is wrong with the text.
    pub(crate) fn holds(&self, text: &str) -> bool {
        self.too_short(text).is_none() && self.too_long(text).is_none() && self.mismatch(text).is_none()
    }

    /// For members of lists and maps AWS names every constraint, kept or not.
    pub(crate) fn all_constraints(&self) -> String {
        let mut parts = Vec::new();
        if let Some(max) = self.max {
            parts.push(format!("Member must have length less than or equal to {max}"));
        }
        if let Some(min) = self.min {
            parts.push(format!("Member must have length greater than or equal to {min}"));
        }
        if let Some(pattern) = self.pattern {
            parts.push(format!("Member must satisfy regular expression pattern: {}", pattern.shown));
        }
        parts.join(", ")
    }
}
