//! Any serializable value as XML elements.

use std::fmt;

use serde::ser::{
    Error as _, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer,
};
use stepwell_model::TIMESTAMP;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::xml::escape;

/// A value that has no place in XML. It cannot come from the model's types.
#[derive(Debug, thiserror::Error)]
#[error("no XML: {0}")]
pub(super) struct NoXml(String);

impl serde::ser::Error for NoXml {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Writes elements one after the other.
pub(super) struct Writer<'a> {
    out: &'a mut String,
    /// The next number is a moment, in seconds.
    moment: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut String) -> Self {
        Self { out, moment: false }
    }

    /// An element with a value inside.
    pub(super) fn element<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), NoXml> {
        self.tag("<", name);
        value.serialize(&mut *self)?;
        self.tag("</", name);
        Ok(())
    }

    fn tag(&mut self, open: &str, name: &str) {
        self.out.push_str(open);
        self.out.push_str(name);
        self.out.push('>');
    }

    fn text(&mut self, text: impl fmt::Display) {
        escape(&text.to_string(), self.out);
    }

    fn moment(&mut self, millis: i128) -> Result<(), NoXml> {
        self.moment = false;
        let at = OffsetDateTime::from_unix_timestamp_nanos(millis * 1_000_000).map_err(NoXml::custom)?;
        let text = at.format(&Rfc3339).map_err(NoXml::custom)?;
        // Milliseconds always have three digits, in AWS's manner.
        match text.trim_end_matches('Z').split_once('.') {
            Some((seconds, fraction)) => self.text(format_args!("{seconds}.{fraction:0<3}Z")),
            None => self.text(text),
        }
        Ok(())
    }
}

macro_rules! plain {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, value: $type) -> Result<(), NoXml> {
            self.text(value);
            Ok(())
        })*
    };
}

impl Serializer for &mut Writer<'_> {
    type Ok = ();
    type Error = NoXml;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Impossible<(), NoXml>;
    type SerializeTupleVariant = Impossible<(), NoXml>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), NoXml>;

    plain! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_f32: f32, serialize_char: char, serialize_str: &str,
    }

    fn serialize_i64(self, value: i64) -> Result<(), NoXml> {
        if self.moment {
            return self.moment(i128::from(value) * 1000);
        }
        self.text(value);
        Ok(())
    }

    #[expect(clippy::cast_possible_truncation, reason = "a moment's seconds, which fit")]
    fn serialize_f64(self, value: f64) -> Result<(), NoXml> {
        if self.moment {
            return self.moment((value * 1000.0).round() as i128);
        }
        self.text(value);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), NoXml> {
        Err(NoXml::custom("bytes"))
    }

    fn serialize_none(self) -> Result<(), NoXml> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NoXml> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), NoXml> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NoXml> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), NoXml> {
        self.text(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), NoXml> {
        self.moment = name == TIMESTAMP;
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: &T,
    ) -> Result<(), NoXml> {
        Err(NoXml::custom(variant))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, NoXml> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, NoXml> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, NoXml> {
        Err(NoXml::custom(name))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NoXml> {
        Err(NoXml::custom(name))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, NoXml> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, NoXml> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NoXml> {
        Err(NoXml::custom(name))
    }
}

impl SerializeSeq for &mut Writer<'_> {
    type Ok = ();
    type Error = NoXml;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoXml> {
        self.element("member", value)
    }

    fn end(self) -> Result<(), NoXml> {
        Ok(())
    }
}

impl SerializeTuple for &mut Writer<'_> {
    type Ok = ();
    type Error = NoXml;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoXml> {
        self.element("member", value)
    }

    fn end(self) -> Result<(), NoXml> {
        Ok(())
    }
}

impl SerializeMap for &mut Writer<'_> {
    type Ok = ();
    type Error = NoXml;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NoXml> {
        self.out.push_str("<entry>");
        self.element("key", key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoXml> {
        self.element("value", value)?;
        self.out.push_str("</entry>");
        Ok(())
    }

    fn end(self) -> Result<(), NoXml> {
        Ok(())
    }
}

impl SerializeStruct for &mut Writer<'_> {
    type Ok = ();
    type Error = NoXml;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), NoXml> {
        self.element(name, value)
    }

    fn end(self) -> Result<(), NoXml> {
        Ok(())
    }
}
