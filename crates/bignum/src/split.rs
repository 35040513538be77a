//! Powers of a number whose power by 2^128 is kept beside it, with half the squarings.
//!
//! `base^e` with `e = low + 2^128·high` is `base^low · (base^(2^128))^high`; both factors share their squarings (Straus's
//! method). Each half is cut into odd digits of four bits with zeros between them, so that eight powers of each base do.
//! The digits decide what is done when: the exponent has to be public. The bases need not be.
#![forbid(unsafe_code)]

use crate::bn::{Integer, Scratch};
use crate::element::Element;
use crate::error::BignumError;
use crate::group::{EXPONENT_LEN, count_exponentiation, group};

/// Bits of half an exponent.
const HALF: usize = EXPONENT_LEN * 4;
/// Bits of a digit.
const DIGIT_BITS: usize = 4;

impl Element {
    /// `self^(2^128)`, to be kept for [`Self::pow_public`].
    pub fn upper(&self) -> Result<Self, BignumError> {
        let group = group()?;
        let mut scratch = Scratch::new()?;
        let mut power = group.to_montgomery(&self.integer()?, &mut scratch)?;
        for _ in 0..HALF {
            group.square_montgomery(&mut power, &mut scratch)?;
        }
        group.multiply_montgomery(&mut power, &one()?, &mut scratch)?;
        Self::from_integer(&power)
    }

    /// `self^exponent` for an exponent that everybody may know, given [`Self::upper`]. The time does not tell the base.
    pub fn pow_public(&self, upper: &Self, exponent: &[u8; EXPONENT_LEN]) -> Result<Self, BignumError> {
        count_exponentiation();
        let group = group()?;
        let mut scratch = Scratch::new()?;
        let (high, low) = halves(exponent);
        let terms = [(digits(low), odd_powers(self, &mut scratch)?), (digits(high), odd_powers(upper, &mut scratch)?)];
        let mut power = group.to_montgomery(&one()?, &mut scratch)?;
        let mut begun = false;
        for place in (0..HALF).rev() {
            if begun {
                group.square_montgomery(&mut power, &mut scratch)?;
            }
            for (digits, powers) in &terms {
                let digit = digits.get(place).copied().unwrap_or(0);
                if digit != 0
                    && let Some(factor) = powers.get(usize::from(digit >> 1))
                {
                    group.multiply_montgomery(&mut power, factor, &mut scratch)?;
                    begun = true;
                }
            }
        }
        group.multiply_montgomery(&mut power, &one()?, &mut scratch)?;
        Self::from_integer(&power)
    }
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
fn odd_powers(base: &Element, scratch: &mut Scratch) -> Result<Vec<Integer>, BignumError> {
    let group = group()?;
    let first = group.to_montgomery(&base.integer()?, scratch)?;
    let mut square = Integer::from_bytes(&**first.to_bytes()?)?;
    group.square_montgomery(&mut square, scratch)?;
    let mut powers = Vec::with_capacity(1 << (DIGIT_BITS - 1));
    powers.push(first);
    for _ in 1..1 << (DIGIT_BITS - 1) {
        let Some(last) = powers.last() else { break };
        let mut next = Integer::from_bytes(&**last.to_bytes()?)?;
        group.multiply_montgomery(&mut next, &square, scratch)?;
        powers.push(next);
    }
    Ok(powers)
}

/// As wide as the modulus.
fn one() -> Result<Integer, BignumError> {
    Element::from_hash(&{
        let mut bytes = [0; 32];
        let [.., last] = &mut bytes;
        *last = 1;
        bytes
    })
    .integer()
}
