//! Montgomery arithmetic for x86-64 processors with AVX-512 IFMA: here modulo the prime of SRP, in [`modulus`] modulo any
//! odd number, which RSA is built on.
//!
//! This is cryptography written by hand, which the project otherwise does not do; decision 2 says why, and what protects
//! it. Its heart, and all of its `unsafe`, is in [`kernel`].
//!
//! Modulo the prime a number is 60 limbs of 52 bits and below 2N; [`element`] subtracts N where it is due. R is 2^3120.
#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "the instructions of one kind of processor")]
pub(crate) mod kernel;
pub(crate) mod modulus;
#[cfg(test)]
mod tests;

use std::hint::black_box;
use std::sync::OnceLock;

use zeroize::Zeroizing;

use self::kernel::{LIMB, LIMB_BITS, Processor};
use crate::arithmetic::Arithmetic;
use crate::bn::Bytes;
use crate::element::Element;
use crate::error::BignumError;
use crate::fixed_base::Comb;
use crate::group::{ELEMENT_LEN, EXPONENT_LEN, MODULUS};

/// The exponent of R.
const R_BITS: u16 = 3120;
/// Bytes that two limbs fill.
const PAIR_LEN: usize = 13;
/// Bytes that the limbs of the largest number fill, with the zeros behind them.
const MOST_BYTES: usize = 64 / 2 * PAIR_LEN;

const _: () = assert!(R_BITS as usize == LIMB_BITS as usize * Limbs::COUNT);
// So that its lowest limb is all ones, on which the multiplication relies.
const _: () = assert!(matches!(MODULUS, [.., 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]));

/// A number's limbs.
type Limbs = kernel::Limbs<8>;
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
        increment(n_plus_one.words_mut());
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
        self.processor.multiply([number], Some([r_squared]), [n_plus_one]);
        Ok(())
    }

    fn multiply(&mut self, product: &mut Number, factor: &Number) -> Result<(), BignumError> {
        self.processor.multiply([product], Some([factor]), [&self.constants.n_plus_one]);
        Ok(())
    }

    fn square(&mut self, number: &mut Number) -> Result<(), BignumError> {
        self.processor.multiply([number], None, [&self.constants.n_plus_one]);
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
        self.processor.select(row, digit, selected);
        Ok(())
    }

    fn comb(&self) -> &'static OnceLock<Comb<Limbs>> {
        &COMB
    }
}

/// The limbs of a big-endian number.
fn limbs(bytes: &[u8; ELEMENT_LEN]) -> Number {
    let mut number: Number = Box::new(Zeroizing::new(Limbs::ZERO));
    from_bytes(bytes, &mut number);
    number
}

/// The element that a number below 2N is.
fn element(number: &Limbs, n: &Limbs) -> Element {
    let mut reduced = Zeroizing::new(*number);
    reduce_once(reduced.words_mut(), n.words());
    let mut bytes: Bytes = Box::new(Zeroizing::new([0; ELEMENT_LEN]));
    to_bytes(reduced.words(), &mut **bytes);
    Element::from_reduced(bytes)
}

/// Reads a big-endian number into limbs, which must have room for it.
pub(crate) fn from_bytes<const REGISTERS: usize>(bytes: &[u8], number: &mut kernel::Limbs<REGISTERS>) {
    let mut little_endian = Zeroizing::new([0; MOST_BYTES]);
    for (to, from) in little_endian.iter_mut().zip(bytes.iter().rev()) {
        *to = *from;
    }
    let (pairs, _) = number.words_mut().as_chunks_mut();
    let (bytes, _) = little_endian.as_chunks::<PAIR_LEN>();
    for ([lower, upper], bytes) in pairs.iter_mut().zip(bytes) {
        // The pair's bits 0 to 63 and 40 to 103.
        let [first @ .., _, _, _, _, _] = *bytes;
        let [_, _, _, _, _, last @ ..] = *bytes;
        *lower = u64::from_le_bytes(first) & LIMB;
        *upper = u64::from_le_bytes(last) >> 12;
    }
}

/// Writes limbs as a big-endian number, which must have room in the bytes.
pub(crate) fn to_bytes(words: &[u64], bytes: &mut [u8]) {
    let mut little_endian = Zeroizing::new([0; MOST_BYTES]);
    let (pairs, _) = words.as_chunks();
    let (chunks, _) = little_endian.as_chunks_mut::<PAIR_LEN>();
    for ([lower, upper], chunk) in pairs.iter().zip(chunks) {
        let [first @ .., _, _, _, _, _] = chunk;
        *first = (lower | upper << LIMB_BITS).to_le_bytes();
        let [_, _, _, _, _, last @ ..] = chunk;
        *last = (lower >> 40 | upper << 12).to_le_bytes();
    }
    for (to, from) in bytes.iter_mut().rev().zip(little_endian.iter()) {
        *to = *from;
    }
}

/// `number := number - n`, unless that is negative. The limbs must be below 2^52.
fn reduce_once(number: &mut [u64], n: &[u64]) {
    let mut borrow = 0;
    for (limb, n) in number.iter_mut().zip(n) {
        let signed = limb.wrapping_sub(*n).wrapping_sub(borrow);
        borrow = signed >> 63;
        *limb = signed & LIMB;
    }
    // All ones if it is negative, else zero.
    let add_back = black_box(borrow.wrapping_neg());
    let mut carry = 0;
    for (limb, n) in number.iter_mut().zip(n) {
        let whole = limb.wrapping_add(n & add_back).wrapping_add(carry);
        carry = whole >> LIMB_BITS;
        *limb = whole & LIMB;
    }
}

/// `number := number + 1`.
fn increment(number: &mut [u64]) {
    let mut carry = 1;
    for limb in number {
        let whole = limb.wrapping_add(carry);
        carry = whole >> LIMB_BITS;
        *limb = whole & LIMB;
    }
}
