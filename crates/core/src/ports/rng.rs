//! Randomness, as a port: tests seed it.

/// A cryptographically secure random generator. It cannot fail: an implementation that loses its entropy source ends
/// the process rather than return predictable bytes.
pub trait Rng: Send + Sync {
    /// Fills `out` with random bytes.
    fn fill(&self, out: &mut [u8]);
}

impl dyn Rng + '_ {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }

    /// A random UUID (version 4) in its usual form.
    pub fn uuid(&self) -> String {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid().to_string()
    }

    /// A uniformly random number below `bound` (which must not be 0; 0 yields 0).
    pub fn below(&self, bound: u32) -> u32 {
        let zone = u32::MAX - u32::MAX.checked_rem(bound).unwrap_or(0);
        loop {
            let candidate = u32::from_le_bytes(self.bytes());
            if bound == 0 {
                return 0;
            }
            if candidate < zone {
                return candidate % bound;
            }
        }
    }

    /// `length` characters drawn uniformly from the ASCII `alphabet`.
    pub fn text(&self, alphabet: &[u8], length: usize) -> String {
        let bound = u32::try_from(alphabet.len()).unwrap_or(0);
        (0..length).filter_map(|_| alphabet.get(self.below(bound) as usize).copied().map(char::from)).collect()
    }
}
