//! The one way in which arithmetic can fail.

use std::fmt;

/// aws-lc could not allocate memory for an operand or a result.
///
/// Operands are valid by construction, so nothing a caller passes can cause this. It is an error and not an abort, so
/// that it costs one request and not the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BignumError;

impl fmt::Display for BignumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("big-number arithmetic failed: out of memory")
    }
}

impl std::error::Error for BignumError {}
