//! Powers of the generator, from a table.
//!
//! A comb (Lim and Lee, "More Flexible Exponentiation with Precomputation", 1994). The exponent is cut into 6 teeth of 44
//! bits, one below the other; a digit is a column of them, one bit of each tooth. The table holds what each digit stands
//! for in every fourth column, and three squarings shift it to the columns between: 43 multiplications, with a table of
//! 288 KiB rather than 1 MiB, which stays in the cache beside everything else that a server does.
//!
//! An entry is picked by reading all 64 of its row, so that the addresses read do not depend on the exponent. The table is
//! built at first use, in some 1,200 multiplications. Wider digits need more reading than they save in multiplications.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::sync::OnceLock;

use zeroize::{Zeroize, Zeroizing};

use crate::bn::{Integer, Modulus, Scratch};
use crate::element::Element;
use crate::error::BignumError;
use crate::group::{ELEMENT_LEN, EXPONENT_LEN, count_exponentiation, group};

/// Teeth of the comb: bits of a digit.
const TEETH: usize = 6;
/// Values of a digit.
const DIGITS: usize = 1 << TEETH;
/// Columns that share a row of the table, one squaring apart.
const SHARING: usize = 4;
/// Rows of the table.
const ROWS: usize = (EXPONENT_LEN * 8).div_ceil(TEETH * SHARING);
/// Bits of a tooth.
const COLUMNS: usize = SHARING * ROWS;
/// Words of an entry that are gathered at once, so as to stay in registers while a row is read.
const LANES: usize = 16;
/// Parts of so many words in an entry.
const PARTS: usize = ELEMENT_LEN / 8 / LANES;

/// One part of each entry of a row, by digit: some of a number's 64-bit words, the least significant first.
type Part = [[u64; LANES]; DIGITS];
/// The entries of one column, part by part, so that they are read in the order in which they lie.
type Row = Vec<Part>;

struct Table {
    /// The rows of columns 0, 4, 8, …, in Montgomery form.
    rows: Vec<Row>,
    /// The row of column 0 in plain form: the factor that takes the product out of Montgomery form.
    plain: Row,
}

static TABLE: OnceLock<Table> = OnceLock::new();

/// `2^exponent`, the exponent being big-endian.
pub fn exp_g(exponent: &[u8; EXPONENT_LEN]) -> Result<Element, BignumError> {
    count_exponentiation();
    let group = group()?;
    let table = table()?;
    let digits = digits(exponent);
    let (columns, _) = digits.as_chunks::<SHARING>();
    let mut scratch = Scratch::new()?;
    let mut entry = Zeroizing::new([0; ELEMENT_LEN]);
    let mut factor = Integer::new()?;
    let mut product = None;
    for shift in (0..SHARING).rev() {
        if let Some(product) = &mut product {
            group.square_montgomery(product, &mut scratch)?;
        }
        for (place, (row, digits)) in table.rows.iter().zip(columns).enumerate() {
            let row = if (shift, place) == (0, 0) { &table.plain } else { row };
            select(row, digits.get(shift).copied().unwrap_or(0), &mut entry);
            match &mut product {
                None => product = Some(Integer::from_little_endian(&*entry)?),
                Some(product) => {
                    factor.load_little_endian(&*entry)?;
                    group.multiply_montgomery(product, &factor, &mut scratch)?;
                }
            }
        }
    }
    Element::from_integer(&product.ok_or(BignumError)?)
}

/// The table, built at first use. A failure is not remembered.
fn table() -> Result<&'static Table, BignumError> {
    if let Some(table) = TABLE.get() {
        return Ok(table);
    }
    let fresh = build()?;
    Ok(TABLE.get_or_init(|| fresh))
}

/// The digits of a big-endian exponent by column.
fn digits(exponent: &[u8; EXPONENT_LEN]) -> Zeroizing<[u8; COLUMNS]> {
    let mut digits = Zeroizing::new([0; COLUMNS]);
    let mut bits = exponent.iter().rev().flat_map(|byte| (0..8).map(move |place| byte >> place & 1));
    for tooth in 0..TEETH {
        for digit in digits.iter_mut() {
            // The last tooth reaches past the end.
            *digit |= bits.next().unwrap_or(0) << tooth;
        }
    }
    digits
}

/// Computes the table. Its content is public, so nothing here need be constant-time.
fn build() -> Result<Table, BignumError> {
    let group = group()?;
    let mut scratch = Scratch::new()?;
    let one = plain(1)?;
    // What the lowest bit of each tooth stands for in the column at hand.
    let mut bases = Vec::with_capacity(TEETH);
    let mut base = group.to_montgomery(&plain(2)?, &mut scratch)?;
    for _ in 0..TEETH {
        bases.push(copy(&base)?);
        square(group, &mut base, COLUMNS, &mut scratch)?;
    }
    let mut rows = Vec::with_capacity(ROWS);
    let mut plain = None;
    for _ in 0..ROWS {
        let mut entries = vec![group.to_montgomery(&one, &mut scratch)?];
        for base in &bases {
            for index in 0..entries.len() {
                let Some(mut entry) = entries.get(index).map(copy).transpose()? else { break };
                group.multiply_montgomery(&mut entry, base, &mut scratch)?;
                entries.push(entry);
            }
        }
        rows.push(to_row(&entries)?);
        if plain.is_none() {
            for entry in &mut entries {
                group.multiply_montgomery(entry, &one, &mut scratch)?;
            }
            plain = Some(to_row(&entries)?);
        }
        for base in &mut bases {
            square(group, base, SHARING, &mut scratch)?;
        }
    }
    Ok(Table { rows, plain: plain.ok_or(BignumError)? })
}

/// Squares a number in Montgomery form so many times.
fn square(group: &Modulus, power: &mut Integer, times: usize, scratch: &mut Scratch) -> Result<(), BignumError> {
    (0..times).try_for_each(|_| group.square_montgomery(power, scratch))
}

/// Copies the entry of `digit` to `selected` as little-endian bytes, reading the whole row and without a branch.
fn select(row: &[Part], digit: u8, selected: &mut [u8; ELEMENT_LEN]) {
    let mut masks = [0_u64; DIGITS];
    for (mask, candidate) in masks.iter_mut().zip(0_u8..) {
        // All ones where the digit is the candidate, else zero.
        *mask = (u64::from(candidate ^ digit).wrapping_sub(1) >> 63).wrapping_neg();
    }
    // Keeps the compiler from knowing that a mask is one of two things, and so from branching on it.
    black_box(&mut masks);
    let (parts, _) = selected.as_chunks_mut::<{ 8 * LANES }>();
    for (part, candidates) in parts.iter_mut().zip(row) {
        let mut gathered = [0; LANES];
        for (candidate, mask) in candidates.iter().zip(&masks) {
            for (word, candidate) in gathered.iter_mut().zip(candidate) {
                *word |= candidate & mask;
            }
        }
        let (words, _) = part.as_chunks_mut::<8>();
        for (to, word) in words.iter_mut().zip(gathered) {
            *to = word.to_le_bytes();
        }
    }
    masks.zeroize();
}

/// A row of these entries.
fn to_row(entries: &[Integer]) -> Result<Row, BignumError> {
    let mut row = vec![[[0; LANES]; DIGITS]; PARTS];
    for (digit, entry) in entries.iter().enumerate() {
        let bytes = entry.to_bytes()?;
        let (words, _) = bytes.as_chunks::<8>();
        let mut words = words.iter().rev().map(|word| u64::from_be_bytes(*word));
        for part in &mut row {
            for to in part.get_mut(digit).into_iter().flatten() {
                *to = words.next().unwrap_or(0);
            }
        }
    }
    Ok(row)
}

fn copy(number: &Integer) -> Result<Integer, BignumError> {
    Integer::from_bytes(&**number.to_bytes()?)
}

/// A small number, as wide as the modulus.
fn plain(number: u8) -> Result<Integer, BignumError> {
    let mut bytes = [0; ELEMENT_LEN];
    let [.., last] = &mut bytes;
    *last = number;
    Integer::from_bytes(&bytes)
}
