//! What the algorithms need of an implementation of Montgomery arithmetic modulo the prime.
//!
//! There are two: [`Portable`](crate::portable::Portable) on aws-lc, and `Ifma` for x86-64 processors that multiply
//! eight 52-bit numbers at once. They differ in how a number lies in memory and in their Montgomery radix, R below.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::sync::OnceLock;

use zeroize::Zeroize;

use crate::element::Element;
use crate::error::BignumError;
use crate::fixed_base::Comb;

/// The most entries a row of a table can have.
pub(crate) const MOST_ENTRIES: usize = 64;

/// Arithmetic on numbers in plain form (x) or in Montgomery form (x·R).
///
/// No method's time or choice of memory addresses depends on a number or on the digit of [`Self::select`].
pub(crate) trait Arithmetic {
    /// A number modulo the prime. Overwritten on drop.
    type Number;
    /// A number as it lies in a table. Not overwritten on drop: a table may be public.
    type Entry: Copy + Zeroize + Send + Sync + 'static;
    /// Zero.
    const EMPTY: Self::Entry;

    /// The number in plain form.
    fn load(&mut self, element: &Element) -> Result<Self::Number, BignumError>;

    /// The element that a number in plain form is.
    fn to_element(&mut self, number: &Self::Number) -> Result<Element, BignumError>;

    /// Brings a number from plain to Montgomery form.
    fn to_montgomery(&mut self, number: &mut Self::Number) -> Result<(), BignumError>;

    /// `product := product·factor·R⁻¹`.
    ///
    /// With one operand in Montgomery form the product comes out in plain form; with both, in Montgomery form.
    fn multiply(&mut self, product: &mut Self::Number, factor: &Self::Number) -> Result<(), BignumError>;

    /// `number := number²·R⁻¹`.
    fn square(&mut self, number: &mut Self::Number) -> Result<(), BignumError>;

    /// The same number again.
    fn copy(&self, number: &Self::Number) -> Result<Self::Number, BignumError>;

    /// Writes a number to a table.
    fn store(&self, number: &Self::Number, entry: &mut Self::Entry) -> Result<(), BignumError>;

    /// Copies the entry of `digit` out of a row of at most [`MOST_ENTRIES`], reading all of it.
    fn select(&self, row: &[Self::Entry], digit: u8, selected: &mut Self::Number) -> Result<(), BignumError>;

    /// Where the table of the generator's powers is kept.
    fn comb(&self) -> &'static OnceLock<Comb<Self::Entry>>;
}

/// Sets each mask to all ones if it is that of the entry of `digit`, else to zero.
pub(crate) fn mask(masks: &mut [u64; MOST_ENTRIES], digit: u8) {
    for (mask, candidate) in masks.iter_mut().zip(0_u8..) {
        *mask = (u64::from(candidate ^ digit).wrapping_sub(1) >> 63).wrapping_neg();
    }
    // Keeps the compiler from knowing that a mask is one of two things, and so from branching on it.
    black_box(masks);
}
