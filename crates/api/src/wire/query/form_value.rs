//! A form's tree as serde reads it: structures, lists under `member`, and values that are text until a type is asked for.

use std::collections::{BTreeMap, btree_map};
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::form::{Node, index};

/// Why a form does not fit its type. Never repeats what was sent.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Misfit(pub(super) &'static str);

impl serde::de::Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self("A member has the wrong type")
    }
}

/// What stands under a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Tree(&'a BTreeMap<String, Node>),
}

impl<'a> From<&'a Node> for Value<'a> {
    fn from(node: &'a Node) -> Self {
        match node {
            Node::Text(text) => Self::Text(text),
            Node::Tree(tree) => Self::Tree(tree),
        }
    }
}

impl<'a> Value<'a> {
    fn text(self) -> Result<&'a str, Misfit> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Tree(_) => Err(Misfit::custom("")),
        }
    }

    fn number(self) -> Result<i64, Misfit> {
        self.text()?.parse().map_err(Misfit::custom)
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            visitor.visit_i64(self.number()?)
        })*
    };
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Self::Text(text) => visitor.visit_borrowed_str(text),
            Self::Tree(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.text()? {
            "true" | "True" => visitor.visit_bool(true),
            "false" | "False" => visitor.visit_bool(false),
            _ => Err(Misfit::custom("")),
        }
    }

    numbers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
    deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let tree = match self {
            Self::Text("") => return visitor.visit_seq(Entries { left: Vec::new() }),
            Self::Text(_) => return Err(Misfit::custom("")),
            Self::Tree(tree) => tree,
        };
        let (1, Some(Node::Tree(members))) = (tree.len(), tree.get("member")) else {
            return Err(Misfit::custom(""));
        };
        let mut entries = Vec::with_capacity(members.len());
        for (number, node) in members {
            let number = index(number).ok_or(Misfit("A list has an entry without a number"))?;
            entries.push((number, node));
        }
        // Taken from the end.
        entries.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
        visitor.visit_seq(Entries { left: entries })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Self::Tree(tree) => visitor.visit_map(Members { left: tree.iter(), value: None }),
            Self::Text(_) => Err(Misfit::custom("")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct struct enum
        identifier
    }
}

struct Entries<'a> {
    left: Vec<(u32, &'a Node)>,
}

impl<'de> SeqAccess<'de> for Entries<'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        self.left.pop().map(|(_, node)| seed.deserialize(Value::from(node))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.len())
    }
}

struct Members<'a> {
    left: btree_map::Iter<'a, String, Node>,
    value: Option<&'a Node>,
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some((name, node)) = self.left.next() else { return Ok(None) };
        self.value = Some(node);
        let name: StrDeserializer<'_, Misfit> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let node = self.value.take().ok_or(Misfit("A member has no value"))?;
        seed.deserialize(Value::from(node))
    }
}
