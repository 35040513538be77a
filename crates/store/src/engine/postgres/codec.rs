//! Values in PostgreSQL's binary format.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::super::error::EngineError;
use super::super::value::{Row, Value};

/// A value given for a parameter of another type.
#[derive(Debug, thiserror::Error)]
#[error("{given} given for a parameter of type {kind}")]
pub(super) struct Mismatch {
    given: String,
    kind: Type,
}

/// The types that tables and parameters may have.
#[cfg(test)]
pub(super) fn is_parameter(kind: &Type) -> bool {
    [Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
}

/// As [`is_parameter`], and the type of a literal such as `SELECT 1`.
pub(super) fn is_column(kind: &Type) -> bool {
    [Type::INT8, Type::INT4, Type::TEXT, Type::BYTEA].contains(kind)
}

pub(super) fn row(row: &tokio_postgres::Row) -> Result<Row, EngineError> {
    let value =
        |index| row.try_get::<_, Value>(index).map_err(|_| EngineError::Column { index, expected: "a known type" });
    (0..row.len()).map(value).collect::<Result<_, _>>().map(Row)
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, kind) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(value), &Type::INT8) => value.to_sql(kind, out),
            (Self::Text(text), &Type::TEXT) => text.to_sql(kind, out),
            (Self::Bytes(bytes), &Type::BYTEA) => bytes.to_sql(kind, out),
            _ => Err(Box::new(Mismatch { given: format!("{self:?}"), kind: kind.clone() })),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *kind {
            Type::INT8 => i64::from_sql(kind, raw).map(Self::Int),
            Type::INT4 => i32::from_sql(kind, raw).map(|value| Self::Int(i64::from(value))),
            Type::BYTEA => Vec::from_sql(kind, raw).map(Self::Bytes),
            _ => String::from_sql(kind, raw).map(Self::Text),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        is_column(kind)
    }
}
