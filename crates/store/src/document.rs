//! Records as JSON documents, and the engine's errors in the domain's terms.

use serde::Serialize;
use serde::de::DeserializeOwned;
use stepwell_core::ports::store::{StoreError, StoreResult};

use crate::engine::{EngineError, Row};

/// A record as it is stored.
pub(crate) fn encode<T: Serialize>(record: &T) -> StoreResult<String> {
    serde_json::to_string(record).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// The record in column `index`.
pub(crate) fn decode<T: DeserializeOwned>(row: &mut Row, index: usize) -> StoreResult<T> {
    let text = row.text(index).map_err(store_error)?;
    serde_json::from_str(&text).map_err(|error| {
        // serde_json's messages may quote what they found; position and kind are enough.
        StoreError::Corrupt(format!("{:?} at {}:{}", error.classify(), error.line(), error.column()))
    })
}

pub(crate) fn store_error(error: EngineError) -> StoreError {
    match error {
        EngineError::Ambiguous(source) => StoreError::Ambiguous(source.to_string()),
        EngineError::Column { .. } => StoreError::Corrupt(error.to_string()),
        EngineError::NulByte => StoreError::Nul,
        other => StoreError::Unavailable(other.to_string()),
    }
}
