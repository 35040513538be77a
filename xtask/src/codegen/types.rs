//! How shapes become Rust types, and the rules that their values must keep.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Failure;
use super::names::{field, path};
use super::patterns::Patterns;
use super::rules::Rules;
use super::service::{Kind, ServiceModel, Shape};

/// The types that one generated file names.
#[derive(Default)]
pub(super) struct Uses {
    /// Shapes of the same service.
    pub(super) shapes: BTreeSet<String>,
    /// From the crate's root.
    pub(super) root: BTreeSet<&'static str>,
    pub(super) map: bool,
    pub(super) rules: bool,
    pub(super) serialize: bool,
}

impl Uses {
    /// The `use` lines of a file of `module` that itself defines `own`.
    pub(super) fn emit(&self, module: &str, own: &BTreeSet<String>) -> String {
        let mut out = String::new();
        if self.map {
            out += "use std::collections::BTreeMap;\n\n";
        }
        if self.serialize {
            out += "use serde::Serialize;\n\n";
        }
        let mut shapes: Vec<&str> = self.shapes.difference(own).map(String::as_str).collect();
        if self.rules {
            shapes.push("rules");
        }
        if !shapes.is_empty() {
            let _ = writeln!(out, "use crate::{module}::{{{}}};", shapes.join(", "));
        }
        if !self.root.is_empty() {
            let root: Vec<&str> = self.root.iter().copied().collect();
            let _ = writeln!(out, "use crate::{{{}}};", root.join(", "));
        }
        out
    }
}

/// Whether the shape itself constrains its value.
fn constrained(shape: &Shape) -> bool {
    shape.min.is_some() || shape.max.is_some() || shape.pattern.is_some()
}

/// What is needed to write structures of one service.
pub(super) struct Writer<'m> {
    pub(super) model: &'m ServiceModel,
    pub(super) rules: Rules,
}

/// Which way a structure travels; decides what is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    In,
    Out,
    Both,
}

impl Writer<'_> {
    /// The Rust type of a value; `secret` where a container is sensitive.
    fn rust_type(&self, name: &str, secret: bool, uses: &mut Uses) -> Result<String, Failure> {
        let shape = self.model.shape(name)?;
        let secret = secret || shape.sensitive;
        let part = |part: &Option<super::service::ShapeRef>| {
            part.as_ref().map(|part| part.shape.clone()).ok_or_else(|| Failure::new(format!("{name} lacks a part")))
        };
        Ok(match shape.kind {
            Kind::Structure if shape.document => "serde_json::Value".to_owned(),
            Kind::Structure => {
                uses.shapes.insert(name.to_owned());
                name.to_owned()
            }
            Kind::String if !shape.values.is_empty() => {
                uses.shapes.insert(name.to_owned());
                name.to_owned()
            }
            Kind::String if secret => {
                uses.root.insert("SecretString");
                "SecretString".to_owned()
            }
            Kind::String => "String".to_owned(),
            Kind::List => format!("Vec<{}>", self.rust_type(&part(&shape.member)?, secret, uses)?),
            Kind::Map => {
                uses.map = true;
                format!("BTreeMap<String, {}>", self.rust_type(&part(&shape.value)?, secret, uses)?)
            }
            Kind::Integer => "i32".to_owned(),
            Kind::Long => "i64".to_owned(),
            Kind::Double => "f64".to_owned(),
            Kind::Boolean => "bool".to_owned(),
            Kind::Blob => {
                uses.root.insert("Blob");
                "Blob".to_owned()
            }
            Kind::Timestamp => {
                uses.root.insert("Timestamp");
                "Timestamp".to_owned()
            }
        })
    }

    /// A structure.
    pub(super) fn structure(
        &self,
        rust_name: &str,
        doc: &str,
        shape: &Shape,
        direction: Direction,
        uses: &mut Uses,
    ) -> Result<String, Failure> {
        let mut derives = vec!["Debug", "Clone", "Default", "PartialEq"];
        if direction != Direction::In {
            derives.push("Serialize");
            uses.serialize = true;
        }
        let mut fields = String::new();
        let mut reads = String::new();
        for (wire, member) in &shape.members {
            let target = self.model.shape(&member.shape)?;
            let rust_type = self.rust_type(&member.shape, shape.sensitive, uses)?;
            let field = field(wire);
            let required = if shape.required.contains(wire) { ", required" } else { "" };
            let bounds = describe(&member.shape, target);
            let _ = writeln!(fields, "/// `{wire}`{required}: {bounds}");
            if direction != Direction::In {
                let skip = "skip_serializing_if = \"Option::is_none\"";
                let _ = writeln!(fields, "#[serde(rename = \"{wire}\", {skip})]");
            }
            let _ = writeln!(fields, "pub {field}: Option<{rust_type}>,");
            let how = if target.kind == Kind::Map { "map" } else { "value" };
            let _ = writeln!(reads, "    \"{wire}\" => {field}: {how},");
        }
        let mut out = format!("\n/// {doc}\n#[derive({})]\n", derives.join(", "));
        // Braces even when empty, so that it is the JSON object `{}` and not null.
        let _ = writeln!(out, "pub struct {rust_name} {{\n{fields}}}");
        if direction != Direction::Out {
            let _ = writeln!(out, "\ncrate::wire::wire_struct! {{ {rust_name} {{\n{reads}}} }}");
        }
        Ok(out)
    }

    /// The `Validate` of a structure.
    pub(super) fn validation(
        &mut self,
        rust_name: &str,
        shape: &Shape,
        patterns: &mut Patterns,
        uses: &mut Uses,
    ) -> Result<String, Failure> {
        let mut body = String::new();
        for (wire, member) in &shape.members {
            let (name, field) = (path(wire), field(wire));
            if shape.required.contains(wire) {
                let _ = writeln!(body, "out.required(at, \"{name}\", self.{field}.is_some());");
            }
            let call = self.member_rule(&member.shape, shape.sensitive, &name, &field, patterns)?;
            uses.rules |= call.contains("&rules::");
            body += &call;
        }
        uses.root.insert("Validate");
        let (at, out) = if body.is_empty() { ("_at", "_out") } else { ("at", "out") };
        Ok(format!(
            "\nimpl Validate for {rust_name} {{\nfn validate(&self, {at}: &crate::validate::Path<'_>, \
             {out}: &mut crate::validate::Violations) {{\n{body}}}\n}}\n"
        ))
    }

    /// The lines that check one member, none if nothing constrains it.
    fn member_rule(
        &mut self,
        shape_name: &str,
        secret: bool,
        name: &str,
        field: &str,
        patterns: &mut Patterns,
    ) -> Result<String, Failure> {
        let model = self.model;
        let shape = model.shape(shape_name)?;
        let secret = secret || shape.sensitive;
        let at = format!("at, \"{name}\", self.{field}");
        Ok(match shape.kind {
            Kind::Structure if shape.document => String::new(),
            Kind::Structure => format!("out.structure({at}.as_ref());\n"),
            Kind::String if !shape.values.is_empty() => format!("out.choice({at}.as_ref());\n"),
            Kind::String if constrained(shape) => {
                format!("out.text({at}.as_deref(), {});\n", self.rules.text(shape_name, shape, secret, patterns))
            }
            Kind::Integer if constrained(shape) => {
                let rule = self.rules.bounds("Number", shape_name, shape);
                format!("out.number({at}.map(i64::from), {rule});\n")
            }
            Kind::Long if constrained(shape) => {
                format!("out.number({at}, {});\n", self.rules.bounds("Number", shape_name, shape))
            }
            Kind::Blob if constrained(shape) => {
                let rule = self.rules.bounds("Size", shape_name, shape);
                format!("out.size({at}.as_ref().map(|blob| blob.0.len()), {rule});\n")
            }
            Kind::List => self.list_rule(shape_name, shape, secret, &at, patterns)?,
            Kind::Map => self.map_rule(shape_name, shape, secret, &at, patterns)?,
            _ => String::new(),
        })
    }

    fn list_rule(
        &mut self,
        shape_name: &str,
        shape: &Shape,
        secret: bool,
        at: &str,
        patterns: &mut Patterns,
    ) -> Result<String, Failure> {
        let model = self.model;
        let item_name = shape.member.as_ref().map(|item| item.shape.as_str()).unwrap_or_default();
        let item = model.shape(item_name)?;
        Ok(match item.kind {
            Kind::Structure => {
                let mut out = String::new();
                if constrained(shape) {
                    let rule = self.rules.bounds("Size", shape_name, shape);
                    let _ = writeln!(out, "out.size({at}.as_ref().map(Vec::len), {rule});");
                }
                out + &format!("out.structures({at}.as_deref());\n")
            }
            Kind::String if !item.values.is_empty() => {
                format!("out.choices({at}.as_deref(), {});\n", self.rules.bounds("Size", shape_name, shape))
            }
            Kind::String if constrained(shape) || constrained(item) => {
                let size = self.rules.bounds("Size", shape_name, shape);
                let rule = self.rules.text(item_name, item, secret, patterns);
                format!("out.texts({at}.as_deref(), {size}, {rule});\n")
            }
            Kind::String => String::new(),
            _ => {
                return Err(Failure::new(format!("{shape_name}: a list of {item_name} is not written yet")));
            }
        })
    }

    fn map_rule(
        &mut self,
        shape_name: &str,
        shape: &Shape,
        secret: bool,
        at: &str,
        patterns: &mut Patterns,
    ) -> Result<String, Failure> {
        let model = self.model;
        let key_name = shape.key.as_ref().map(|key| key.shape.as_str()).unwrap_or_default();
        let value_name = shape.value.as_ref().map(|value| value.shape.as_str()).unwrap_or_default();
        let (key, value) = (model.shape(key_name)?, model.shape(value_name)?);
        if !key.values.is_empty() || !value.values.is_empty() {
            return Err(Failure::new(format!("{shape_name}: maps of enums are not written yet")));
        }
        Ok(match value.kind {
            Kind::Structure => {
                let size = self.rules.bounds("Size", shape_name, shape);
                let key_rule = self.rules.text(key_name, key, secret, patterns);
                format!("out.structure_map({at}.as_ref(), {size}, {key_rule});\n")
            }
            Kind::String if constrained(shape) || constrained(key) || constrained(value) => {
                let size = self.rules.bounds("Size", shape_name, shape);
                let key_rule = self.rules.text(key_name, key, secret, patterns);
                let value_rule = self.rules.text(value_name, value, secret, patterns);
                format!("out.text_map({at}.as_ref(), {size}, ({key_rule}, {value_rule}));\n")
            }
            Kind::String => String::new(),
            _ => {
                return Err(Failure::new(format!("{shape_name}: a map of {value_name} is not written yet")));
            }
        })
    }
}

/// The shape's name and bounds, for a doc comment.
fn describe(name: &str, shape: &Shape) -> String {
    let unit = match shape.kind {
        Kind::String => " characters",
        Kind::List | Kind::Map => " entries",
        Kind::Blob => " bytes",
        _ => "",
    };
    match (shape.min, shape.max) {
        (Some(min), Some(max)) => format!("`{name}`, {min}–{max}{unit}."),
        (Some(min), None) => format!("`{name}`, at least {min}{unit}."),
        (None, Some(max)) => format!("`{name}`, at most {max}{unit}."),
        (None, None) => format!("`{name}`."),
    }
}
