//! Powers of any number, with a fixed window: the exponent's digits of four bits in turn, each as four squarings and one
//! multiplication, whatever the digit is.
//!
//! For arithmetic that is fast enough to beat aws-lc's own exponentiation.
#![forbid(unsafe_code)]

use zeroize::Zeroizing;

use crate::arithmetic::Arithmetic;
use crate::element::Element;
use crate::error::BignumError;
use crate::group::EXPONENT_LEN;

/// Bits of a digit.
const DIGIT_BITS: usize = 4;
/// Values of a digit.
const DIGITS: usize = 1 << DIGIT_BITS;

/// `base^exponent`, the exponent being big-endian.
pub(crate) fn pow<A: Arithmetic>(
    arithmetic: &mut A,
    base: &Element,
    exponent: &[u8; EXPONENT_LEN],
) -> Result<Element, BignumError> {
    let one = arithmetic.load(&Element::power_of_two(0))?;
    let mut power = arithmetic.copy(&one)?;
    arithmetic.to_montgomery(&mut power)?;
    let mut factor = arithmetic.load(base)?;
    arithmetic.to_montgomery(&mut factor)?;

    let mut powers = Zeroizing::new(vec![A::EMPTY; DIGITS]);
    let mut next = arithmetic.copy(&power)?;
    for entry in powers.iter_mut() {
        arithmetic.store(&next, entry)?;
        arithmetic.multiply(&mut next, &factor)?;
    }

    for digit in exponent.iter().flat_map(|byte| [byte >> DIGIT_BITS, byte & 0x0F]) {
        for _ in 0..DIGIT_BITS {
            arithmetic.square(&mut power)?;
        }
        arithmetic.select(&powers, digit, &mut factor)?;
        arithmetic.multiply(&mut power, &factor)?;
    }
    arithmetic.multiply(&mut power, &one)?;
    arithmetic.to_element(&power)
}
