//! The four kinds of value that cross the engine, and a result row with checked accessors.

use std::fmt;

use super::error::EngineError;

/// A parameter or a result column.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// SQL NULL.
    #[default]
    Null,
    /// `INTEGER` / `BIGINT`.
    Int(i64),
    /// `TEXT`, without NUL characters.
    Text(String),
    /// `BLOB` / `BYTEA`.
    Bytes(Vec<u8>),
}

/// Shows kind and size only: tokio-postgres logs parameters at debug level, and parameters are personal data.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Int(_) => f.write_str("Int"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<&Vec<u8>> for Value {
    fn from(value: &Vec<u8>) -> Self {
        Self::Bytes(value.clone())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Refuses text that PostgreSQL could not store, so that both engines refuse the same.
pub(crate) fn check_parameters(params: &[Value]) -> Result<(), EngineError> {
    let holds_nul = |value: &Value| matches!(value, Value::Text(text) if text.as_bytes().contains(&0));
    if params.iter().any(holds_nul) { Err(EngineError::NulByte) } else { Ok(()) }
}

/// One result row. Text and bytes are moved out, so each such column is read once; a second read finds NULL.
#[derive(Debug, Default)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    fn take(&mut self, index: usize, expected: &'static str) -> Result<Value, EngineError> {
        self.0.get_mut(index).map(std::mem::take).ok_or(EngineError::Column { index, expected })
    }

    /// The integer in column `index`.
    pub fn int(&self, index: usize) -> Result<i64, EngineError> {
        self.opt_int(index)?.ok_or(EngineError::Column { index, expected: "an integer" })
    }

    /// The integer in column `index`, or `None` for NULL.
    pub fn opt_int(&self, index: usize) -> Result<Option<i64>, EngineError> {
        match self.0.get(index) {
            Some(Value::Int(value)) => Ok(Some(*value)),
            Some(Value::Null) => Ok(None),
            _ => Err(EngineError::Column { index, expected: "an integer" }),
        }
    }

    /// The integer in column `index` as a flag: 0 is false, anything else true.
    pub fn flag(&self, index: usize) -> Result<bool, EngineError> {
        Ok(self.int(index)? != 0)
    }

    /// The text in column `index`.
    pub fn text(&mut self, index: usize) -> Result<String, EngineError> {
        self.opt_text(index)?.ok_or(EngineError::Column { index, expected: "text" })
    }

    /// The text in column `index`, or `None` for NULL.
    pub fn opt_text(&mut self, index: usize) -> Result<Option<String>, EngineError> {
        match self.take(index, "text")? {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            _ => Err(EngineError::Column { index, expected: "text" }),
        }
    }

    /// The bytes in column `index`.
    pub fn bytes(&mut self, index: usize) -> Result<Vec<u8>, EngineError> {
        self.opt_bytes(index)?.ok_or(EngineError::Column { index, expected: "bytes" })
    }

    /// The bytes in column `index`, or `None` for NULL.
    pub fn opt_bytes(&mut self, index: usize) -> Result<Option<Vec<u8>>, EngineError> {
        match self.take(index, "bytes")? {
            Value::Bytes(bytes) => Ok(Some(bytes)),
            Value::Null => Ok(None),
            _ => Err(EngineError::Column { index, expected: "bytes" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accessors_check_type_and_position() {
        let mut row = Row(vec![Value::Int(7), "a".into(), Value::Null, vec![1_u8].into()]);
        assert_eq!(row.int(0).unwrap(), 7);
        assert_eq!(row.opt_int(2).unwrap(), None);
        assert!(row.int(1).is_err() && row.int(2).is_err() && row.int(9).is_err());
        assert_eq!(row.text(1).unwrap(), "a");
        assert!(row.text(0).is_err() && row.text(9).is_err());
        assert_eq!(row.bytes(3).unwrap(), [1]);
        assert_eq!(row.opt_bytes(2).unwrap(), None);
    }

    #[test]
    fn debug_output_holds_no_value() {
        let shown = format!("{:?}", [Value::from("hunter2"), Value::from(4242_i64), Value::from(vec![77_u8])]);
        assert_eq!(shown, "[Text(7 bytes), Int, Bytes(1 bytes)]");
    }

    #[test]
    fn nul_is_refused() {
        assert!(matches!(check_parameters(&["a\0b".into()]), Err(EngineError::NulByte)));
        assert!(check_parameters(&["ab".into(), vec![0_u8].into()]).is_ok());
    }
}
