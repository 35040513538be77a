//! Passwords that stand in public leaks, as a port. Only the first five hexadecimal digits of a password's SHA-1 ever
//! reach an implementation, so that none can learn which password was asked about (k-anonymity).

use async_trait::async_trait;

/// How many hexadecimal digits name a range.
pub const PREFIX_LENGTH: usize = 5;

/// Why a range could not be read.
#[derive(Debug, thiserror::Error)]
#[error("breach corpus: {0}")]
pub struct BreachesError(pub String);

/// A breach corpus in the range format.
#[async_trait]
pub trait Breaches: Send + Sync {
    /// False if the operator configured none: then nothing may be asked of it.
    fn is_configured(&self) -> bool;

    /// All known hashes that begin with `prefix` ([`PREFIX_LENGTH`] upper-case hexadecimal digits): a line
    /// `SUFFIX:COUNT` for each, where `SUFFIX` is the remaining 35 digits. A line with count 0 is padding.
    async fn range(&self, prefix: &str) -> Result<String, BreachesError>;
}

/// No corpus.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBreaches;

#[async_trait]
impl Breaches for NoBreaches {
    fn is_configured(&self) -> bool {
        false
    }

    async fn range(&self, _prefix: &str) -> Result<String, BreachesError> {
        Err(BreachesError("none is configured".to_owned()))
    }
}
