//! Mutations: what libFuzzer does blindly, and what it would take long to find, as changes under an encoding.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Longer inputs are cut.
const LONGEST: usize = 16 * 1024;
/// Pieces that parsers stumble over.
const PIECES: [&[u8]; 28] = [
    b"\\u0000",
    b"\\ud800",
    b"\0",
    b"null",
    b"true",
    b"1e999",
    b"-1",
    b"18446744073709551616",
    b"0.1",
    b"[]",
    b"{}",
    b"\"",
    b"\\",
    b",",
    b":",
    b"}",
    b"..",
    b"../",
    b"%00",
    b"%",
    b"=",
    b"&",
    b"+",
    b" ",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"\n\n",
    b"'",
];

/// Numbers that are the same in every run with the same seed: `SplitMix64`.
#[derive(Debug, Clone)]
pub struct Numbers(u64);

impl Numbers {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, or 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.draw() % bound).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.draw().to_le_bytes().first().copied().unwrap_or(0)
    }
}

/// One of the seeds, changed in one to six places; now and then as it is.
pub fn input(seeds: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
    let mut input = pick(seeds, numbers).to_vec();
    for _ in 0..numbers.below(7) {
        change(&mut input, seeds, numbers);
    }
    input.truncate(LONGEST);
    input
}

fn pick<'a>(seeds: &'a [Vec<u8>], numbers: &mut Numbers) -> &'a [u8] {
    seeds.get(numbers.below(seeds.len())).map(Vec::as_slice).unwrap_or_default()
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], numbers: &mut Numbers) {
    match numbers.below(12) {
        0 | 1 => flip(input, numbers),
        2 => {
            let (at, byte) = (numbers.below(input.len()), numbers.byte());
            input.get_mut(at).into_iter().for_each(|target| *target = byte);
        }
        3 | 4 => {
            let piece = PIECES.get(numbers.below(PIECES.len())).copied().unwrap_or_default();
            insert(input, piece, numbers);
        }
        5 => {
            let range = range(input, numbers);
            input.drain(range);
        }
        6 => {
            let copy = input.get(range(input, numbers)).unwrap_or_default().to_vec();
            insert(input, &copy, numbers);
        }
        7 => input.truncate(numbers.below(input.len() + 1)),
        8 => {
            let other = pick(seeds, numbers);
            let part = other.get(range(other, numbers)).unwrap_or_default().to_vec();
            insert(input, &part, numbers);
        }
        9 => exchange_segment(input, pick(seeds, numbers), numbers),
        _ => under_encoding(input, numbers),
    }
}

fn flip(bytes: &mut [u8], numbers: &mut Numbers) {
    let (at, bit) = (numbers.below(bytes.len()), numbers.below(8));
    bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << bit);
}

fn insert(input: &mut Vec<u8>, piece: &[u8], numbers: &mut Numbers) {
    let at = numbers.below(input.len() + 1);
    input.splice(at..at, piece.iter().copied());
}

fn range(bytes: &[u8], numbers: &mut Numbers) -> std::ops::Range<usize> {
    let from = numbers.below(bytes.len());
    from..from + numbers.below((bytes.len() - from).min(64) + 1)
}

/// Puts the header, payload or signature of another token in place of this one's.
fn exchange_segment(input: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    let mut segments: Vec<&[u8]> = input.split(|byte| *byte == b'.').collect();
    let at = numbers.below(segments.len());
    let foreign: Vec<&[u8]> = other.split(|byte| *byte == b'.').collect();
    if let (Some(own), Some(foreign)) = (segments.get_mut(at), foreign.get(at.min(foreign.len() - 1))) {
        *own = foreign;
    }
    *input = segments.join(&b'.');
}

/// Flips a bit, cuts or extends what a base64 segment stands for.
fn under_encoding(input: &mut Vec<u8>, numbers: &mut Numbers) {
    let mut segments: Vec<Vec<u8>> = input.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
    let at = numbers.below(segments.len());
    let Some(segment) = segments.get_mut(at) else { return };
    let engine = if URL_SAFE_NO_PAD.decode(&*segment).is_ok() { &URL_SAFE_NO_PAD } else { &STANDARD };
    let Ok(mut bytes) = engine.decode(&*segment) else { return };
    match numbers.below(4) {
        0 => bytes.truncate(numbers.below(bytes.len() + 1)),
        1 => bytes.push(numbers.byte()),
        _ => flip(&mut bytes, numbers),
    }
    *segment = engine.encode(bytes).into_bytes();
    *input = segments.join(&b'.');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_inputs() {
        let seeds = [b"aGVsbG8.d29ybGQ.eA".to_vec(), b"{\"a\":1}".to_vec(), Vec::new()];
        let run = |seed| {
            let mut numbers = Numbers::new(seed);
            (0..2_000).map(|_| input(&seeds, &mut numbers)).collect::<Vec<_>>()
        };
        let inputs = run(1);
        assert_eq!(inputs, run(1));
        assert_ne!(inputs, run(2));
        let different = inputs.iter().collect::<std::collections::HashSet<_>>().len();
        assert!(different > 1_000, "{different}");
    }
}
