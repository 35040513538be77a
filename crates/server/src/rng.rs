//! The system's randomness, behind the domain's port.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use stepwell_core::ports::rng::Rng;

/// The generator of aws-lc, seeded by the operating system.
#[derive(Debug)]
pub(crate) struct OsRng(SystemRandom);

impl OsRng {
    /// The generator.
    pub(crate) fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Rng for OsRng {
    fn fill(&self, out: &mut [u8]) {
        if self.0.fill(out).is_err() {
            // Nothing that follows could be trusted, and no caller could do better.
            std::process::abort();
        }
    }
}
