//! Randomness, as a port: tests seed it.

use zeroize::Zeroizing;

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
        let uuid = uuid::Builder::from_random_bytes(self.bytes()).into_uuid();
        uuid.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()).to_owned()
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
        let mut text = String::with_capacity(length);
        self.texts().push(&mut text, alphabet, length);
        text
    }

    /// For several texts at once.
    pub fn texts(&self) -> Texts<'_> {
        Texts { rng: self, drawn: Zeroizing::new([0; 64]), used: 64 }
    }
}

/// Draws texts. Asking the generator costs more than what is drawn from it, so it is asked for many bytes at once.
pub struct Texts<'a> {
    rng: &'a dyn Rng,
    drawn: Zeroizing<[u8; 64]>,
    used: usize,
}

impl Texts<'_> {
    /// Adds `length` characters to `text`, drawn uniformly from the ASCII `alphabet`.
    pub fn push(&mut self, text: &mut String, alphabet: &[u8], length: usize) {
        let count = alphabet.len();
        if count == 0 || count > 256 {
            return;
        }
        // Bytes from here on are left out: they would make the first characters likelier than the others.
        let even = 256 - 256 % count;
        let end = text.len() + length;
        while text.len() < end {
            let Some(number) = self.drawn.get(self.used).map(|byte| usize::from(*byte)) else {
                self.rng.fill(self.drawn.as_mut_slice());
                self.used = 0;
                continue;
            };
            self.used += 1;
            if let Some(character) = alphabet.get(number % count).filter(|_| number < even) {
                text.push(char::from(*character));
            }
        }
    }
}

/// Every byte in turn, from the one given.
#[cfg(test)]
pub(crate) struct Counter(pub(crate) std::sync::atomic::AtomicU8);

#[cfg(test)]
impl Rng for Counter {
    fn fill(&self, out: &mut [u8]) {
        for byte in out {
            *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_as_likely_as_the_others() {
        let rng = Counter(0.into());
        let rng: &dyn Rng = &rng;
        for alphabet in ["a", "ab", "abc", "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"] {
            let even = 256 - 256 % alphabet.len();
            // All bytes four times, so that each draw begins with a zero again.
            let text = rng.text(alphabet.as_bytes(), even);
            assert_eq!(text.len(), even);
            let mut counts: Vec<usize> = alphabet.chars().map(|character| text.matches(character).count()).collect();
            counts.dedup();
            assert!(counts.len() <= 2 && counts.iter().max() <= counts.iter().min().map(|least| least + 1).as_ref());
        }
        assert_eq!(rng.text(b"", 8), "");
        assert_eq!(rng.text(b"x", 0), "");
        assert_eq!(rng.text(b"x", 200).len(), 200);
    }

    #[test]
    fn texts_of_one_draw_share_no_byte() {
        let rng = Counter(0.into());
        let rng: &dyn Rng = &rng;
        let mut texts = rng.texts();
        let (mut first, mut second) = ("id-".to_owned(), String::new());
        texts.push(&mut first, b"0123456789ABCDEF", 16);
        texts.push(&mut second, b"0123456789ABCDEFGHIJKLMNOPQRSTUV", 60);
        assert_eq!(first, "id-0123456789ABCDEF");
        assert_eq!(second, "GHIJKLMNOPQRSTUV0123456789ABCDEFGHIJKLMNOPQRSTUV0123456789AB");
        texts.push(&mut second, b"", 1);
        assert_eq!(second.len(), 60);
    }
}
