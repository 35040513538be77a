//! The constraints that values must keep, one static per shape.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::GENERATED;
use super::names::screaming;
use super::patterns::Patterns;
use super::service::Shape;

/// The rules of one service, by the name of their static.
#[derive(Default)]
pub(super) struct Rules {
    statics: BTreeMap<String, String>,
}

impl Rules {
    /// The rule of a string shape; `sensitive` where its container is. Returns the reference to it.
    pub(super) fn text(&mut self, name: &str, shape: &Shape, sensitive: bool, patterns: &mut Patterns) -> String {
        let hidden = sensitive || shape.sensitive;
        let suffix = if hidden && !shape.sensitive { "_SECRET" } else { "" };
        let pattern = match &shape.pattern {
            Some(pattern) => format!("Some(&crate::patterns::{})", patterns.name(pattern, name)),
            None => "None".to_owned(),
        };
        let value = format!(
            "Text = Text {{ min: {:?}, max: {:?}, pattern: {pattern}, sensitive: {hidden} }}",
            shape.min, shape.max
        );
        self.add(format!("{}{suffix}", screaming(name)), value)
    }

    /// The rule of a number (`Number`) or of the length of a list, map or blob (`Size`).
    pub(super) fn bounds(&mut self, kind: &str, name: &str, shape: &Shape) -> String {
        let value = format!("{kind} = {kind} {{ min: {:?}, max: {:?} }}", shape.min, shape.max);
        self.add(screaming(name), value)
    }

    fn add(&mut self, name: String, value: String) -> String {
        let reference = format!("&rules::{name}");
        self.statics.insert(name, value);
        reference
    }

    /// The file `rules.rs`.
    pub(super) fn emit(&self) -> String {
        let mut out = format!("//! The constraints of strings, numbers, lists and maps, by shape.\n{GENERATED}\n");
        out += "use crate::constraint::{Number, Size, Text};\n\n";
        for (name, value) in &self.statics {
            let _ = writeln!(out, "pub(crate) static {name}: {value};");
        }
        out
    }
}
