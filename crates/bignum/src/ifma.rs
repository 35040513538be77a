//! Montgomery arithmetic modulo the prime for x86-64 processors with AVX-512 IFMA.
//!
//! This is cryptography written by hand, which the project otherwise does not do; decision 2 says why, and what protects
//! it. Its heart, and all of its `unsafe`, is in [`kernel`].
//!
//! A number is 60 limbs of 52 bits and below 2N; [`element`] subtracts N where it is due. R is 2^3120.
#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "the instructions of one kind of processor")]
mod kernel;
#[cfg(test)]
mod tests;

use std::hint::black_box;
use std::sync::OnceLock;

use zeroize::Zeroizing;

use self::kernel::{LIMB, LIMB_BITS, LIMBS, Limbs, Processor};
use crate::arithmetic::{Arithmetic, MOST_ENTRIES, mask};
use crate::element::Element;
use crate::error::BignumError;
use crate::fixed_base::Comb;
use crate::group::{ELEMENT_LEN, EXPONENT_LEN, MODULUS};

/// The exponent of R.
const R_BITS: u16 = 3120;
/// Bytes that two limbs fill.
const PAIR_LEN: usize = 13;
/// Bytes that all limbs fill.
const LIMBS_LEN: usize = LIMBS / 2 * PAIR_LEN;

const _: () = assert!(R_BITS as usize == LIMB_BITS as usize * LIMBS);
// So that its lowest limb is all ones, on which the multiplication relies.
const _: () = assert!(matches!(MODULUS, [.., 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]));

/// A number. Boxed, because a move of bare limbs leaves a copy behind.
type Number = Box<Zeroizing<Limbs>>;

/// What is computed once.
struct Constants {
    n: Limbs,
    n_plus_one: Limbs,
    /// `R² mod N`, which brings a number into Montgomery form.
    r_squared: Limbs,
}

static CONSTANTS: OnceLock<Constants> = OnceLock::new();
static COMB: OnceLock<Comb<Limbs>> = OnceLock::new();

/// Arithmetic on a processor that has the instructions.
#[derive(Clone, Copy)]
pub(crate) struct Ifma {
    processor: Processor,
    constants: &'static Constants,
}

impl Ifma {
    /// The arithmetic, if processor and operating system support it. Its constants are computed by aws-lc, at first use.
    pub(crate) fn detect() -> Result<Option<Self>, BignumError> {
        let Some(processor) = Processor::detect() else { return Ok(None) };
        let constants = if let Some(constants) = CONSTANTS.get() {
            constants
        } else {
            let fresh = Constants::new()?;
            CONSTANTS.get_or_init(|| fresh)
        };
        Ok(Some(Self { processor, constants }))
    }
}

impl Constants {
    fn new() -> Result<Self, BignumError> {
        let n = limbs(&MODULUS);
        let mut n_plus_one = n.clone();
        for limb in &mut n_plus_one.0 {
            *limb = limb.wrapping_add(1) & LIMB;
            if *limb != 0 {
                break;
            }
        }
        let mut exponent = [0; EXPONENT_LEN];
        let [.., high, low] = &mut exponent;
        [*high, *low] = (2 * R_BITS).to_be_bytes();
        let r_squared = Element::power_of_two(1).pow_portable(&exponent)?;
        Ok(Self { n: **n, n_plus_one: **n_plus_one, r_squared: **limbs(r_squared.as_bytes()) })
    }
}

impl Arithmetic for Ifma {
    type Number = Number;
    type Entry = Limbs;
    const EMPTY: Limbs = Limbs::ZERO;

    fn load(&mut self, element: &Element) -> Result<Number, BignumError> {
        Ok(limbs(element.as_bytes()))
    }

    fn to_element(&mut self, number: &Number) -> Result<Element, BignumError> {
        Ok(element(number, &self.constants.n))
    }

    fn to_montgomery(&mut self, number: &mut Number) -> Result<(), BignumError> {
        let Constants { n_plus_one, r_squared, .. } = self.constants;
        self.processor.multiply(number, Some(r_squared), n_plus_one);
        Ok(())
    }

    fn multiply(&mut self, product: &mut Number, factor: &Number) -> Result<(), BignumError> {
        self.processor.multiply(product, Some(factor), &self.constants.n_plus_one);
        Ok(())
    }

    fn square(&mut self, number: &mut Number) -> Result<(), BignumError> {
        self.processor.multiply(number, None, &self.constants.n_plus_one);
        Ok(())
    }

    fn copy(&self, number: &Number) -> Result<Number, BignumError> {
        Ok(number.clone())
    }

    fn store(&self, number: &Number, entry: &mut Limbs) -> Result<(), BignumError> {
        entry.clone_from(number);
        Ok(())
    }

    fn select(&self, row: &[Limbs], digit: u8, selected: &mut Number) -> Result<(), BignumError> {
        let mut masks = Zeroizing::new([0; MOST_ENTRIES]);
        mask(&mut masks, digit);
        self.processor.select(row, &masks, selected);
        Ok(())
    }

    fn comb(&self) -> &'static OnceLock<Comb<Limbs>> {
        &COMB
    }
}

/// The limbs of a big-endian number.
fn limbs(bytes: &[u8; ELEMENT_LEN]) -> Number {
    let mut little_endian = Zeroizing::new([0; LIMBS_LEN]);
    for (to, from) in little_endian.iter_mut().zip(bytes.iter().rev()) {
        *to = *from;
    }
    let mut number: Number = Box::new(Zeroizing::new(Limbs::ZERO));
    let (pairs, _) = number.0.as_chunks_mut();
    let (bytes, _) = little_endian.as_chunks::<PAIR_LEN>();
    for ([lower, upper], bytes) in pairs.iter_mut().zip(bytes) {
        // The pair's bits 0 to 63 and 40 to 103.
        let [first @ .., _, _, _, _, _] = *bytes;
        let [_, _, _, _, _, last @ ..] = *bytes;
        *lower = u64::from_le_bytes(first) & LIMB;
        *upper = u64::from_le_bytes(last) >> 12;
    }
    number
}

/// The element that a number below 2N is.
fn element(number: &Limbs, n: &Limbs) -> Element {
    let mut reduced = Zeroizing::new(Limbs::ZERO);
    let mut borrow = 0;
    for ((difference, limb), n) in reduced.0.iter_mut().zip(&number.0).zip(&n.0) {
        let signed = limb.wrapping_sub(*n).wrapping_sub(borrow);
        borrow = signed >> 63;
        *difference = signed & LIMB;
    }
    // All ones if the number is below N already, else zero.
    let keep = black_box(borrow.wrapping_neg());
    for (difference, limb) in reduced.0.iter_mut().zip(&number.0) {
        *difference ^= (*difference ^ limb) & keep;
    }
    let mut little_endian = Zeroizing::new([0; LIMBS_LEN]);
    let (pairs, _) = reduced.0.as_chunks();
    let (bytes, _) = little_endian.as_chunks_mut::<PAIR_LEN>();
    for ([lower, upper], bytes) in pairs.iter().zip(bytes) {
        let [first @ .., _, _, _, _, _] = bytes;
        *first = (lower | upper << LIMB_BITS).to_le_bytes();
        let [_, _, _, _, _, last @ ..] = bytes;
        *last = (lower >> 40 | upper << 12).to_le_bytes();
    }
    Element::from_little_endian(&*little_endian)
}
