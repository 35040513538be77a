//! The system's clock, behind the domain's port.

use std::time::{SystemTime, UNIX_EPOCH};

use stepwell_core::Millis;
use stepwell_core::ports::clock::Clock;

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> Millis {
        // A clock before 1970 is a machine without a clock; certificates and tokens fail there anyway.
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| Millis::try_from(since.as_millis()).unwrap_or(0))
    }
}
