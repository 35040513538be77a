//! The part of a botocore service description that code generation reads. Maps are ordered by name, so that the output
//! depends on nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// One service.
#[derive(Debug, Deserialize)]
pub(super) struct ServiceModel {
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) shapes: BTreeMap<String, Shape>,
}

/// One operation.
#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    pub(super) input: ShapeRef,
    pub(super) output: Option<ShapeRef>,
    #[serde(default)]
    pub(super) errors: Vec<ShapeRef>,
    /// `none` where clients send no signature.
    pub(super) authtype: Option<String>,
}

/// A reference to a shape.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct ShapeRef {
    pub(super) shape: String,
}

/// One shape. Which members are set depends on `kind`.
#[derive(Debug, Clone, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of botocore's own format")]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) members: BTreeMap<String, ShapeRef>,
    #[serde(default)]
    pub(super) required: BTreeSet<String>,
    #[serde(default, rename = "enum")]
    pub(super) values: Vec<String>,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<String>,
    #[serde(default)]
    pub(super) sensitive: bool,
    #[serde(default)]
    pub(super) document: bool,
    #[serde(default)]
    pub(super) exception: bool,
    #[serde(default)]
    pub(super) fault: bool,
    pub(super) member: Option<ShapeRef>,
    pub(super) key: Option<ShapeRef>,
    pub(super) value: Option<ShapeRef>,
}

/// What a shape is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Double,
    Boolean,
    Blob,
    Timestamp,
}

impl ServiceModel {
    /// The shape; the model always holds what it refers to.
    pub(super) fn shape(&self, name: &str) -> Result<&Shape, super::Failure> {
        self.shapes.get(name).ok_or_else(|| super::Failure::new(format!("the model has no shape {name}")))
    }

    /// Every shape reachable from the given ones, themselves included.
    pub(super) fn reachable<'a>(&'a self, from: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut todo: Vec<&str> = from.collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = todo.pop() {
            if !seen.insert(name) {
                continue;
            }
            if let Some(shape) = self.shapes.get(name) {
                let parts = [&shape.member, &shape.key, &shape.value];
                todo.extend(parts.into_iter().flatten().map(|part| part.shape.as_str()));
                todo.extend(shape.members.values().map(|member| member.shape.as_str()));
            }
        }
        seen
    }
}
