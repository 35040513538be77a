//! Time, as a port: tests move it by hand.

use crate::Millis;

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch, UTC.
    fn now(&self) -> Millis;
}
