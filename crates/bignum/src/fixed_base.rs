//! Powers of the generator, from a table.
//!
//! The generator is 2, so the lowest 11 bits of the exponent stand for a number with one bit set, which needs no
//! arithmetic. The rest is a comb (Lim and Lee, "More Flexible Exponentiation with Precomputation", 1994): cut into 6
//! teeth of 41 bits, one below the other, of which a digit is a column, one bit of each tooth. The table holds what each
//! digit stands for in every fourth column. The columns between have products of their own, which squarings shift into
//! place at the end: 41 multiplications and 3 squarings, with a table of 264 KiB (352 KiB for `Ifma`) rather than of four
//! times as much, so that it stays in the cache beside everything else that a server does. The columns that share a row
//! read it one after the other.
//!
//! An entry is picked by reading all 64 of its row, so that the addresses read do not depend on the exponent. The table is
//! built at first use, in some 1,200 multiplications. Wider digits need more reading than they save in multiplications.
#![forbid(unsafe_code)]

use zeroize::Zeroizing;

use crate::arithmetic::{Arithmetic, MOST_ENTRIES};
use crate::element::Element;
use crate::error::BignumError;
use crate::group::{EXPONENT_LEN, count_exponentiation};
#[cfg(target_arch = "x86_64")]
use crate::ifma::Ifma;
use crate::portable::Portable;

/// Lowest bits of the exponent, which the table has no part in; 2 to the power of them is below the modulus.
const LOW_BITS: usize = 11;
/// Teeth of the comb: bits of a digit.
const TEETH: usize = 6;
/// Values of a digit.
const DIGITS: usize = 1 << TEETH;
/// Columns that share a row of the table, one squaring apart.
const SHARING: usize = 4;
/// Bits of a tooth.
const COLUMNS: usize = (EXPONENT_LEN * 8 - LOW_BITS).div_ceil(TEETH);
/// Rows of the table.
const ROWS: usize = COLUMNS.div_ceil(SHARING);

const _: () = assert!(DIGITS <= MOST_ENTRIES, "a row is too long to select from");

/// The rows of columns 0, 4, 8, …, in Montgomery form.
pub(crate) struct Comb<Entry>(Vec<Vec<Entry>>);

/// `2^exponent`, the exponent being big-endian.
pub fn exp_g(exponent: &[u8; EXPONENT_LEN]) -> Result<Element, BignumError> {
    count_exponentiation();
    #[cfg(target_arch = "x86_64")]
    if let Some(mut ifma) = Ifma::detect()? {
        return exp_g_with(&mut ifma, exponent);
    }
    exp_g_with(&mut Portable::new()?, exponent)
}

/// [`exp_g`] in one kind of arithmetic.
pub(crate) fn exp_g_with<A: Arithmetic>(
    arithmetic: &mut A,
    exponent: &[u8; EXPONENT_LEN],
) -> Result<Element, BignumError> {
    let Comb(rows) = comb(arithmetic)?;
    let digits = digits(exponent);
    // The products by how many squarings they are short of.
    let mut products = Vec::with_capacity(SHARING);
    let mut factor = arithmetic.load(&Element::power_of_two(0))?;
    for (row, digits) in rows.iter().zip(digits.chunks(SHARING)) {
        for (shift, digit) in digits.iter().enumerate() {
            arithmetic.select(row, *digit, &mut factor)?;
            match products.get_mut(shift) {
                Some(product) => arithmetic.multiply(product, &factor)?,
                None => products.push(arithmetic.copy(&factor)?),
            }
        }
    }
    let mut power = products.pop().ok_or(BignumError)?;
    for product in products.iter().rev() {
        arithmetic.square(&mut power)?;
        arithmetic.multiply(&mut power, product)?;
    }
    // In plain form, and so takes the power out of Montgomery form.
    let last = arithmetic.load(&Element::power_of_two(low_bits(exponent)))?;
    arithmetic.multiply(&mut power, &last)?;
    arithmetic.to_element(&power)
}

/// The table, built at first use. A failure is not remembered.
fn comb<A: Arithmetic>(arithmetic: &mut A) -> Result<&'static Comb<A::Entry>, BignumError> {
    let kept = arithmetic.comb();
    if let Some(comb) = kept.get() {
        return Ok(comb);
    }
    let fresh = build(arithmetic)?;
    Ok(kept.get_or_init(|| fresh))
}

/// The lowest bits of a big-endian exponent.
fn low_bits([.., high, low]: &[u8; EXPONENT_LEN]) -> u16 {
    u16::from_be_bytes([*high, *low]) & ((1 << LOW_BITS) - 1)
}

/// The digits of all other bits by column.
fn digits(exponent: &[u8; EXPONENT_LEN]) -> Zeroizing<[u8; COLUMNS]> {
    let mut digits = Zeroizing::new([0; COLUMNS]);
    let bits = exponent.iter().rev().flat_map(|byte| (0..8).map(move |place| byte >> place & 1));
    let mut bits = bits.skip(LOW_BITS);
    for tooth in 0..TEETH {
        for digit in digits.iter_mut() {
            // The last tooth reaches past the end.
            *digit |= bits.next().unwrap_or(0) << tooth;
        }
    }
    digits
}

/// Computes the table. Its content is public, so nothing here need be constant-time.
fn build<A: Arithmetic>(arithmetic: &mut A) -> Result<Comb<A::Entry>, BignumError> {
    let mut one = arithmetic.load(&Element::power_of_two(0))?;
    arithmetic.to_montgomery(&mut one)?;
    // What the lowest bit of each tooth stands for in the column at hand.
    let mut bases = Vec::with_capacity(TEETH);
    let mut base = arithmetic.load(&Element::power_of_two(1))?;
    arithmetic.to_montgomery(&mut base)?;
    square(arithmetic, &mut base, LOW_BITS)?;
    for _ in 0..TEETH {
        bases.push(arithmetic.copy(&base)?);
        square(arithmetic, &mut base, COLUMNS)?;
    }
    let mut rows = Vec::with_capacity(ROWS);
    for _ in 0..ROWS {
        let mut powers = vec![arithmetic.copy(&one)?];
        for base in &bases {
            for index in 0..powers.len() {
                let Some(power) = powers.get(index) else { break };
                let mut power = arithmetic.copy(power)?;
                arithmetic.multiply(&mut power, base)?;
                powers.push(power);
            }
        }
        let mut row = vec![A::EMPTY; DIGITS];
        for (power, entry) in powers.iter().zip(&mut row) {
            arithmetic.store(power, entry)?;
        }
        rows.push(row);
        for base in &mut bases {
            square(arithmetic, base, SHARING)?;
        }
    }
    Ok(Comb(rows))
}

/// Squares a number in Montgomery form so many times.
fn square<A: Arithmetic>(arithmetic: &mut A, number: &mut A::Number, times: usize) -> Result<(), BignumError> {
    (0..times).try_for_each(|_| arithmetic.square(number))
}
