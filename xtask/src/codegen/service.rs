//! The part of a botocore service description that code generation reads. Maps are ordered by name, so that the output
//! depends on nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// One service.
#[derive(Debug, Deserialize)]
pub(super) struct ServiceModel {
    #[serde(default)]
    pub(super) metadata: Metadata,
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) shapes: BTreeMap<String, Shape>,
}

/// What is said of the service as a whole.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Metadata {
    /// `json` or `query`.
    #[serde(default)]
    pub(super) protocol: String,
}

/// One operation.
#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    /// Missing only where IAM asks for nothing, in operations that are not kept.
    #[serde(default)]
    pub(super) input: ShapeRef,
    pub(super) output: Option<ShapeRef>,
    #[serde(default)]
    pub(super) errors: Vec<ShapeRef>,
    /// `none` where clients send no signature.
    pub(super) authtype: Option<String>,
}

/// A reference to a shape.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
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
    pub(super) error: Option<WireError>,
    pub(super) member: Option<ShapeRef>,
    pub(super) key: Option<ShapeRef>,
    pub(super) value: Option<ShapeRef>,
}

/// How an exception stands on the wire of the query protocol.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct WireError {
    pub(super) code: Option<String>,
    #[serde(rename = "httpStatusCode")]
    pub(super) status: Option<u16>,
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
    /// Keeps only these operations and the shapes that they use; the model must have all of them.
    pub(super) fn keep(&mut self, wanted: &BTreeSet<&str>) -> Result<(), super::Failure> {
        if let Some(unknown) = wanted.iter().find(|name| !self.operations.contains_key(**name)) {
            return Err(super::Failure::new(format!("the model has no operation {unknown}")));
        }
        self.operations.retain(|name, _| wanted.contains(name.as_str()));
        let used = self
            .operations
            .values()
            .flat_map(|operation| std::iter::once(&operation.input).chain(&operation.output).chain(&operation.errors));
        let kept: BTreeSet<String> =
            self.reachable(used.map(|shape| shape.shape.as_str())).into_iter().map(str::to_owned).collect();
        self.shapes.retain(|name, _| kept.contains(name));
        Ok(())
    }

    /// Gives types that begin with a small letter (`statusType`) a name that Rust takes.
    pub(super) fn capitalise(&mut self) -> Result<(), super::Failure> {
        let named = |shape: &Shape| shape.kind == Kind::Structure || !shape.values.is_empty();
        let small: Vec<String> = self
            .shapes
            .iter()
            .filter(|(name, shape)| named(shape) && name.starts_with(|c: char| c.is_ascii_lowercase()))
            .map(|(name, _)| name.clone())
            .collect();
        for name in small {
            let mut letters = name.chars();
            let new: String =
                letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
            if self.shapes.contains_key(&new) {
                return Err(super::Failure::new(format!("{name} and {new} are both shapes")));
            }
            if let Some(shape) = self.shapes.remove(&name) {
                self.shapes.insert(new.clone(), shape);
            }
            for reference in self.references().filter(|reference| reference.shape == name) {
                reference.shape.clone_from(&new);
            }
        }
        Ok(())
    }

    fn references(&mut self) -> impl Iterator<Item = &mut ShapeRef> {
        let by_operations = self
            .operations
            .values_mut()
            .flat_map(|operation| std::iter::once(&mut operation.input).chain(&mut operation.output));
        let by_shapes = self.shapes.values_mut().flat_map(|shape| {
            shape.members.values_mut().chain(&mut shape.member).chain(&mut shape.key).chain(&mut shape.value)
        });
        by_operations.chain(by_shapes)
    }

    /// In the query protocol a form does not tell a map from a structure, and no request here has one.
    pub(super) fn check_query(&self) -> Result<(), super::Failure> {
        let inputs = self.reachable(self.operations.values().map(|operation| operation.input.shape.as_str()));
        let map = inputs.iter().find(|name| self.shapes.get(**name).is_some_and(|shape| shape.kind == Kind::Map));
        map.map_or(Ok(()), |name| Err(super::Failure::new(format!("{name}: maps in forms are not written yet"))))
    }

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
