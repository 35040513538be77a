//! What the generated types lean on for JSON: structures read from objects only, string enums that keep unknown values,
//! and maps without nulls.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A string enum of the model. An unknown value survives parsing and is refused by validation, in Cognito's words.
pub trait WireEnum {
    /// The values as Cognito lists them in its message, `OPTIONAL, OFF, ON`.
    const SET: &'static str;

    /// The value as it stands on the wire.
    fn as_str(&self) -> &str;

    /// Whether the model knows the value.
    fn is_known(&self) -> bool;
}

/// The name of a member, borrowed from the request where nothing in it is escaped.
pub(crate) struct MemberName<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for MemberName<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl<'de> Visitor<'de> for Name {
            type Value = MemberName<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a member")
            }

            fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<MemberName<'de>, E> {
                Ok(MemberName(Cow::Borrowed(name)))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<MemberName<'de>, E> {
                Ok(MemberName(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(Name)
    }
}

/// Reads a member; null counts as absent.
pub(crate) fn value<'de, A: MapAccess<'de>, T: Deserialize<'de>>(access: &mut A) -> Result<Option<T>, A::Error> {
    access.next_value()
}

/// Reads a map and drops its null values: clients send `{"USERNAME": "a", "SECRET_HASH": null}`.
pub(crate) fn map<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    access: &mut A,
) -> Result<Option<BTreeMap<String, T>>, A::Error> {
    Ok(access.next_value::<Option<Filled<T>>>()?.map(|filled| filled.0))
}

/// A map without its null values. Of a repeated key the last value counts.
struct Filled<T>(BTreeMap<String, T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Filled<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Filled<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Filled<T>, A::Error> {
                let mut map = BTreeMap::new();
                while let Some((key, value)) = access.next_entry()? {
                    match value {
                        Some(value) => map.insert(key, value),
                        None => map.remove(&key),
                    };
                }
                Ok(Filled(map))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// Implements `Deserialize` for a structure: `wire_struct! { Name { "Wire" => field: value, "Map" => field: map } }`.
///
/// Unlike serde's derive it takes a JSON object only, never an array read by position. Unknown members are skipped, of
/// a repeated one the last counts.
macro_rules! wire_struct {
    ($name:ident { $($wire:literal => $field:ident: $how:ident),* $(,)? }) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Members;

                impl<'de> serde::de::Visitor<'de> for Members {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("the structure ", stringify!($name)))
                    }

                    #[allow(unused_mut, reason = "a structure may have no members")]
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut access: A) -> Result<$name, A::Error> {
                        let mut out = $name::default();
                        while let Some(name) = access.next_key::<$crate::wire::MemberName<'de>>()? {
                            match &*name.0 {
                                $($wire => out.$field = $crate::wire::$how(&mut access)?,)*
                                _ => { access.next_value::<serde::de::IgnoredAny>()?; }
                            }
                        }
                        Ok(out)
                    }
                }

                deserializer.deserialize_map(Members)
            }
        }
    };
}
pub(crate) use wire_struct;

/// Defines a string enum of the model: `wire_enum! { Name, "SET, AS, LISTED", { Variant = "WIRE", } }`.
macro_rules! wire_enum {
    ($(#[$meta:meta])* $name:ident, $set:literal, { $($variant:ident = $wire:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $wire, "`.")] $variant,)+
            /// A value that the model does not know; validation refuses it.
            Unknown(String),
        }

        impl $name {
            /// Every value of the model, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)+
                    Self::Unknown(text) => text,
                }
            }
        }

        impl $crate::wire::WireEnum for $name {
            const SET: &'static str = $set;

            fn as_str(&self) -> &str {
                self.as_str()
            }

            fn is_known(&self) -> bool {
                !matches!(self, Self::Unknown(_))
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($wire => Self::$variant,)+
                    _ => Self::Unknown(text.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }
    };
}
pub(crate) use wire_enum;
