//! Powers of a number whose power by 2^128 is kept beside it, with half the squarings.
//!
//! `base^e` with `e = low + 2^128·high` is `base^low · (base^(2^128))^high`; both factors share their squarings (Straus's
//! method). Each half is cut into odd digits of four bits with zeros between them, so that eight powers of each base do.
//! The digits decide what is done when: the exponent has to be public. The bases need not be.
#![forbid(unsafe_code)]

use crate::arithmetic::Arithmetic;
use crate::element::Element;
use crate::error::BignumError;
use crate::group::{EXPONENT_LEN, count_exponentiation};
#[cfg(target_arch = "x86_64")]
use crate::ifma::Ifma;
use crate::portable::Portable;

/// Bits of half an exponent.
const HALF: usize = EXPONENT_LEN * 4;
/// Bits of a digit.
const DIGIT_BITS: usize = 4;

impl Element {
    /// `self^(2^128)`, to be kept for [`Self::pow_public`].
    pub fn upper(&self) -> Result<Self, BignumError> {
        #[cfg(target_arch = "x86_64")]
        if let Some(mut ifma) = Ifma::detect()? {
            return upper_with(&mut ifma, self);
        }
        upper_with(&mut Portable::new()?, self)
    }

    /// `self^exponent` for an exponent that everybody may know, given [`Self::upper`]. The time does not tell the base.
    pub fn pow_public(&self, upper: &Self, exponent: &[u8; EXPONENT_LEN]) -> Result<Self, BignumError> {
        count_exponentiation();
        #[cfg(target_arch = "x86_64")]
        if let Some(mut ifma) = Ifma::detect()? {
            return pow_public_with(&mut ifma, self, upper, exponent);
        }
        pow_public_with(&mut Portable::new()?, self, upper, exponent)
    }
}

/// [`Element::upper`] in one kind of arithmetic.
pub(crate) fn upper_with<A: Arithmetic>(arithmetic: &mut A, base: &Element) -> Result<Element, BignumError> {
    let mut power = arithmetic.load(base)?;
    arithmetic.to_montgomery(&mut power)?;
    for _ in 0..HALF {
        arithmetic.square(&mut power)?;
    }
    let one = arithmetic.load(&Element::power_of_two(0))?;
    arithmetic.multiply(&mut power, &one)?;
    arithmetic.to_element(&power)
}

/// [`Element::pow_public`] in one kind of arithmetic.
pub(crate) fn pow_public_with<A: Arithmetic>(
    arithmetic: &mut A,
    base: &Element,
    upper: &Element,
    exponent: &[u8; EXPONENT_LEN],
) -> Result<Element, BignumError> {
    let (high, low) = halves(exponent);
    let terms = [(digits(low), odd_powers(arithmetic, base)?), (digits(high), odd_powers(arithmetic, upper)?)];
    let one = arithmetic.load(&Element::power_of_two(0))?;
    let mut power = arithmetic.copy(&one)?;
    arithmetic.to_montgomery(&mut power)?;
    let mut begun = false;
    for place in (0..HALF).rev() {
        if begun {
            arithmetic.square(&mut power)?;
        }
        for (digits, powers) in &terms {
            let digit = digits.get(place).copied().unwrap_or(0);
            if digit != 0
                && let Some(factor) = powers.get(usize::from(digit >> 1))
            {
                arithmetic.multiply(&mut power, factor)?;
                begun = true;
            }
        }
    }
    arithmetic.multiply(&mut power, &one)?;
    arithmetic.to_element(&power)
}

fn halves(exponent: &[u8; EXPONENT_LEN]) -> (u128, u128) {
    let join = |bytes: &[u8]| bytes.iter().fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte));
    let (high, low) = exponent.split_at(EXPONENT_LEN / 2);
    (join(high), join(low))
}

/// The odd digits of a number by their place, zero elsewhere; the number is the sum of `digit·2^place`.
fn digits(mut number: u128) -> [u8; HALF] {
    let mut digits = [0; HALF];
    let mut places = digits.iter_mut();
    while number != 0 {
        if number & 1 == 0 {
            number >>= 1;
            places.next();
            continue;
        }
        let [low, ..] = number.to_le_bytes();
        if let Some(place) = places.next() {
            *place = low & ((1 << DIGIT_BITS) - 1);
        }
        number >>= DIGIT_BITS;
        for _ in 1..DIGIT_BITS {
            places.next();
        }
    }
    digits
}

/// `base`, `base^3`, … `base^15` in Montgomery form.
fn odd_powers<A: Arithmetic>(arithmetic: &mut A, base: &Element) -> Result<Vec<A::Number>, BignumError> {
    let mut next = arithmetic.load(base)?;
    arithmetic.to_montgomery(&mut next)?;
    let mut square = arithmetic.copy(&next)?;
    arithmetic.square(&mut square)?;
    let mut powers = Vec::with_capacity(1 << (DIGIT_BITS - 1));
    for _ in 0..1 << (DIGIT_BITS - 1) {
        powers.push(arithmetic.copy(&next)?);
        arithmetic.multiply(&mut next, &square)?;
    }
    Ok(powers)
}
