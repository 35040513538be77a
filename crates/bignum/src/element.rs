//! A number modulo the prime, and its arithmetic.
#![forbid(unsafe_code)]

use std::fmt;
use std::hint::black_box;

use zeroize::Zeroizing;

use crate::bn::{Bytes, Integer, Scratch};
use crate::error::BignumError;
use crate::group::{ELEMENT_LEN, EXPONENT_LEN, MODULUS, count_exponentiation, group};
#[cfg(target_arch = "x86_64")]
use crate::ifma::Ifma;
#[cfg(target_arch = "x86_64")]
use crate::window;

/// A number from 0 to the modulus less one.
///
/// Treated as secret: overwritten when dropped, not printed, and without `==` (compare the bytes in constant time).
#[derive(Clone)]
pub struct Element(Bytes);

impl Element {
    /// Reads a big-endian number of any length. `None` if it is zero or not below the modulus.
    ///
    /// Leading zeros do not count; their number is not kept secret.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let leading_zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let (_, significant) = bytes.split_at_checked(leading_zeros)?;
        if significant.is_empty() || significant.len() > ELEMENT_LEN {
            return None;
        }
        let bytes = padded(significant);
        is_below_modulus(&bytes).then_some(Self(bytes))
    }

    /// Reads a big-endian number of 256 bits, such as a hash; it is always below the modulus.
    pub fn from_hash(hash: &[u8; 32]) -> Self {
        Self(padded(hash))
    }

    /// `2^place`, the place being secret and below 3071.
    pub(crate) fn power_of_two(place: u16) -> Self {
        let mut bytes: Bytes = Box::new(Zeroizing::new([0; ELEMENT_LEN]));
        for (byte, index) in bytes.iter_mut().rev().zip(0_u16..) {
            // All ones in the byte that has the bit, else zero.
            let [mask, _] = (((index ^ place >> 3).wrapping_sub(1)) >> 15).wrapping_neg().to_le_bytes();
            *byte = mask;
        }
        // Keeps the compiler from branching on the masks, as it may when it knows what they are.
        black_box(&mut **bytes);
        for byte in bytes.iter_mut() {
            *byte &= 1 << (place & 7);
        }
        Self(bytes)
    }

    /// The number as big-endian bytes, padded with zeros to its full length.
    pub fn as_bytes(&self) -> &[u8; ELEMENT_LEN] {
        &self.0
    }

    /// Whether the number is zero, which only a sum, a difference or a multiple of zero can be.
    pub fn is_zero(&self) -> bool {
        self.0.iter().fold(0, |seen, byte| seen | byte) == 0
    }

    /// `self^exponent`, the exponent being big-endian.
    pub fn pow(&self, exponent: &[u8; EXPONENT_LEN]) -> Result<Self, BignumError> {
        count_exponentiation();
        #[cfg(target_arch = "x86_64")]
        if let Some(mut ifma) = Ifma::detect()? {
            return window::pow(&mut ifma, self, exponent);
        }
        self.pow_portable(exponent)
    }

    /// [`Self::pow`] by aws-lc.
    pub(crate) fn pow_portable(&self, exponent: &[u8; EXPONENT_LEN]) -> Result<Self, BignumError> {
        let exponent = Integer::from_bytes(exponent)?;
        Self::from_integer(&group()?.pow(&self.integer()?, &exponent)?)
    }

    /// `self · other`.
    pub fn mul(&self, other: &Self) -> Result<Self, BignumError> {
        let group = group()?;
        let mut scratch = Scratch::new()?;
        // One factor in Montgomery form and one in plain form give a plain product.
        let factor = group.to_montgomery(&other.integer()?, &mut scratch)?;
        let mut product = self.integer()?;
        group.multiply_montgomery(&mut product, &factor, &mut scratch)?;
        Self::from_integer(&product)
    }

    /// `self + other`.
    pub fn add(&self, other: &Self) -> Result<Self, BignumError> {
        Self::from_integer(&group()?.add(&self.integer()?, &other.integer()?)?)
    }

    /// `self - other`.
    pub fn sub(&self, other: &Self) -> Result<Self, BignumError> {
        Self::from_integer(&group()?.sub(&self.integer()?, &other.integer()?)?)
    }

    /// `-self` if `choice`, else `self`; the time does not tell which.
    pub fn negate_if(&self, choice: bool) -> Result<Self, BignumError> {
        let zero = Integer::from_bytes(&[0; ELEMENT_LEN])?;
        let mut result = group()?.sub(&zero, &self.integer()?)?.to_bytes()?;
        // All zeros to keep the negative, all ones to go back to the original.
        let restore = black_box(u8::from(choice).wrapping_sub(1));
        for (negative, original) in result.iter_mut().zip(self.0.iter()) {
            *negative ^= (*negative ^ *original) & restore;
        }
        Ok(Self(result))
    }

    /// Takes over a number that is below the modulus.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn from_reduced(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// Takes a number over from aws-lc; it must be below the modulus.
    pub(crate) fn from_integer(integer: &Integer) -> Result<Self, BignumError> {
        integer.to_bytes().map(Self)
    }

    /// The number as aws-lc takes it, as wide as the modulus.
    pub(crate) fn integer(&self) -> Result<Integer, BignumError> {
        Integer::from_bytes(self.as_bytes())
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Element(..)")
    }
}

/// At most [`ELEMENT_LEN`] bytes with zeros in front.
fn padded(significant: &[u8]) -> Bytes {
    let mut bytes: Bytes = Box::new(Zeroizing::new([0; ELEMENT_LEN]));
    for (to, from) in bytes.iter_mut().rev().zip(significant.iter().rev()) {
        *to = *from;
    }
    bytes
}

/// Whether a number is below the modulus: whether subtracting the modulus borrows at the top.
fn is_below_modulus(bytes: &[u8; ELEMENT_LEN]) -> bool {
    let borrow = bytes.iter().rev().zip(MODULUS.iter().rev()).fold(0_u16, |borrow, (byte, modulus)| {
        u16::from(*byte).wrapping_sub(u16::from(*modulus)).wrapping_sub(borrow) >> 15
    });
    borrow == 1
}
