//! Powers of the generator, from a table.
//!
//! An exponent of 256 bits is 43 digits of 6 bits. The table holds `2^(d·64^i)` for each place i and digit d, so that a
//! power is a product of 43 entries with no squaring. An entry is picked by reading all 64 of its row, so that the
//! addresses read do not depend on the exponent. The table takes 1 MiB and is built at first use, in some 3,000
//! multiplications. Narrower digits need more multiplications than they save in reading, wider ones the reverse.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::sync::OnceLock;

use zeroize::{Zeroize, Zeroizing};

use crate::bn::{Integer, Scratch};
use crate::element::Element;
use crate::error::BignumError;
use crate::group::{ELEMENT_LEN, EXPONENT_LEN, count_exponentiation, group};

/// Bits of a digit.
const DIGIT_BITS: usize = 6;
/// Values of a digit.
const DIGITS: usize = 1 << DIGIT_BITS;
/// The bits of a digit, at the low end of a byte.
const DIGIT_MASK: u8 = (1 << DIGIT_BITS) - 1;
/// Digits of an exponent.
const PLACES: usize = (EXPONENT_LEN * 8).div_ceil(DIGIT_BITS);
/// Words of an entry that are gathered at once, so as to stay in registers while a row is read.
const LANES: usize = 8;

/// One entry: a number in Montgomery form, as 64-bit words, the most significant first.
type Entry = [u64; ELEMENT_LEN / 8];
/// The entries of one place, by digit.
type Row = [Entry; DIGITS];

/// The rows by place, on end.
static TABLE: OnceLock<Vec<Entry>> = OnceLock::new();

/// `2^exponent`, the exponent being big-endian.
pub fn exp_g(exponent: &[u8; EXPONENT_LEN]) -> Result<Element, BignumError> {
    count_exponentiation();
    let group = group()?;
    let mut scratch = Scratch::new()?;
    let mut entry = Zeroizing::new([0; ELEMENT_LEN / 8]);
    let mut bytes = Zeroizing::new([0; ELEMENT_LEN]);
    let mut factor = Integer::new()?;
    // A plain number times entries in Montgomery form stays plain.
    let mut power = plain(1)?;
    for (row, digit) in table()?.iter().zip(digits(exponent)) {
        select(row, digit, &mut entry);
        to_bytes(&entry, &mut bytes);
        factor.load(&*bytes)?;
        group.multiply_montgomery(&mut power, &factor, &mut scratch)?;
    }
    Element::from_integer(&power)
}

/// The table, built at first use. A failure is not remembered.
fn table() -> Result<&'static [Row], BignumError> {
    let entries = if let Some(entries) = TABLE.get() {
        entries
    } else {
        let fresh = build()?;
        TABLE.get_or_init(|| fresh)
    };
    let (rows, _) = entries.as_chunks();
    Ok(rows)
}

/// The digits of a big-endian exponent, the least significant first.
fn digits(exponent: &[u8; EXPONENT_LEN]) -> impl Iterator<Item = u8> {
    // A digit lies in two neighbouring bytes at most; the last one reaches past the end.
    let byte_at = |from_end: usize| exponent.iter().rev().nth(from_end).map_or(0, |byte| u16::from(*byte));
    (0..EXPONENT_LEN.saturating_mul(8)).step_by(DIGIT_BITS).map(move |bit| {
        let window = byte_at(bit / 8) | byte_at((bit / 8).saturating_add(1)) << 8;
        let [digit, _] = (window >> (bit % 8)).to_le_bytes();
        digit & DIGIT_MASK
    })
}

/// Computes the table. Its content is public, so nothing here need be constant-time.
fn build() -> Result<Vec<Entry>, BignumError> {
    let group = group()?;
    let mut scratch = Scratch::new()?;
    let one = group.to_montgomery(&plain(1)?, &mut scratch)?.to_bytes()?;
    let mut base = group.to_montgomery(&plain(2)?, &mut scratch)?;
    let mut entries = Vec::with_capacity(PLACES.saturating_mul(DIGITS));
    for _ in 0..PLACES {
        let mut power = Integer::from_bytes(&**one)?;
        for _ in 0..DIGITS {
            entries.push(to_words(&*power.to_bytes()?));
            group.multiply_montgomery(&mut power, &base, &mut scratch)?;
        }
        // What would have been the next entry is the base of the next place.
        base = power;
    }
    Ok(entries)
}

/// Copies the entry of `digit` to `selected`, reading the whole row and without a branch.
fn select(row: &Row, digit: u8, selected: &mut Entry) {
    let mut masks = [0_u64; DIGITS];
    for (mask, candidate) in masks.iter_mut().zip(0_u8..) {
        // All ones where the digit is the candidate, else zero. The barrier keeps the compiler from branching on it.
        let difference = u64::from(candidate ^ digit);
        *mask = black_box((difference.wrapping_sub(1) >> 63).wrapping_neg());
    }
    let (parts, _) = selected.as_chunks_mut::<LANES>();
    for (position, part) in parts.iter_mut().enumerate() {
        let mut gathered = [0; LANES];
        for (entry, mask) in row.iter().zip(&masks) {
            let (candidates, _) = entry.as_chunks::<LANES>();
            for (word, candidate) in gathered.iter_mut().zip(candidates.iter().skip(position).take(1).flatten()) {
                *word |= candidate & mask;
            }
        }
        *part = gathered;
    }
    masks.zeroize();
}

/// A small number, as wide as the modulus.
fn plain(number: u8) -> Result<Integer, BignumError> {
    let mut bytes = [0; ELEMENT_LEN];
    let [.., last] = &mut bytes;
    *last = number;
    Integer::from_bytes(&bytes)
}

fn to_words(bytes: &[u8; ELEMENT_LEN]) -> Entry {
    let mut words = [0; ELEMENT_LEN / 8];
    let (chunks, _) = bytes.as_chunks::<8>();
    for (word, chunk) in words.iter_mut().zip(chunks) {
        *word = u64::from_be_bytes(*chunk);
    }
    words
}

fn to_bytes(words: &Entry, bytes: &mut [u8; ELEMENT_LEN]) {
    let (chunks, _) = bytes.as_chunks_mut::<8>();
    for (chunk, word) in chunks.iter_mut().zip(words) {
        *chunk = word.to_be_bytes();
    }
}
