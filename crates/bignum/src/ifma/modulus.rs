//! Arithmetic modulo any odd number N, which may be secret.
//!
//! The [`kernel`](super::kernel) wants a modulus that is -1 modulo 2^52. So it is given a multiple of N that is one, M, which
//! costs one limb more. Numbers are reduced modulo M all the way and modulo N at the end.
#![forbid(unsafe_code)]

#[cfg(test)]
mod tests;

use zeroize::{Zeroize, Zeroizing};

use super::kernel::{LIMB, LIMB_BITS, Limbs, Processor};
use super::{from_bytes, increment, reduce_once};

/// An odd number with what its arithmetic needs.
pub(crate) struct Modulus<const REGISTERS: usize> {
    processor: Processor,
    n: Limbs<REGISTERS>,
    /// `-N⁻¹ mod 2^52`, and so `M / N`.
    inverse: u64,
    m: Limbs<REGISTERS>,
    m_plus_one: Limbs<REGISTERS>,
    /// `R mod M`: one, in Montgomery form.
    one: Limbs<REGISTERS>,
    r_squared: Limbs<REGISTERS>,
}

impl<const REGISTERS: usize> Modulus<REGISTERS> {
    /// The exponent of R.
    const R_BITS: usize = Limbs::<REGISTERS>::COUNT.saturating_mul(LIMB_BITS as usize);

    /// Prepares arithmetic modulo a big-endian number. `None` if the processor lacks the instructions, or if the number is
    /// even, too long or its first bit is not set.
    ///
    /// In constant time, for numbers of one length.
    pub(crate) fn new(n: &[u8]) -> Option<Box<Zeroizing<Self>>> {
        let processor = Processor::detect()?;
        let (first, last) = (n.first()?, n.last()?);
        // M has the bits of a limb more than N, at most, and R eight more than M.
        let bits = n.len().checked_mul(8)?.checked_add(60)?;
        if first >> 7 == 0 || last & 1 == 0 || bits > Self::R_BITS {
            return None;
        }
        let zero = Limbs::ZERO;
        let mut modulus = Box::new(Zeroizing::new(Self {
            processor,
            n: zero,
            inverse: 0,
            m: zero,
            m_plus_one: zero,
            one: zero,
            r_squared: zero,
        }));
        from_bytes(n, &mut modulus.n);
        modulus.prepare();
        Some(modulus)
    }

    /// Computes everything from N.
    fn prepare(&mut self) {
        let lowest = self.n.words().first().copied().unwrap_or_default();
        // Newton's iteration for the inverse modulo 2^64: an odd number is its own inverse modulo 8, and each step doubles
        // the bits that are right.
        let mut inverse = lowest;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(lowest.wrapping_mul(inverse)));
        }
        self.inverse = inverse.wrapping_neg() & LIMB;
        add_multiple(self.m.words_mut(), self.n.words(), self.inverse);
        self.m_plus_one = self.m;
        increment(self.m_plus_one.words_mut());
        // Doubled as often as R and its square have bits.
        let mut power = Zeroizing::new(Limbs::<REGISTERS>::ZERO);
        power.words_mut().iter_mut().take(1).for_each(|lowest| *lowest = 1);
        for limbs in [&mut self.one, &mut self.r_squared] {
            for _ in 0..Self::R_BITS {
                double(power.words_mut());
                reduce_once(power.words_mut(), self.m.words());
            }
            *limbs = *power;
        }
    }

    /// N.
    pub(crate) fn number(&self) -> &[u64] {
        self.n.words()
    }

    /// One, in Montgomery form.
    pub(crate) fn one(&self) -> &Limbs<REGISTERS> {
        &self.one
    }

    /// `product := product·factor·R⁻¹`, or `product²·R⁻¹` without a factor.
    ///
    /// One of the operands is below 4M and the other below R/4, which is 64M at least. The product is below 2M.
    pub(crate) fn multiply(&self, product: &mut Limbs<REGISTERS>, factor: Option<&Limbs<REGISTERS>>) {
        self.processor.multiply([product], factor.map(|factor| [factor]), [&self.m_plus_one]);
    }

    /// [`Self::multiply`] for two moduli of one length, in little more than the time of one.
    pub(crate) fn multiply_both(
        [one, other]: [&Self; 2],
        products: [&mut Limbs<REGISTERS>; 2],
        factors: Option<[&Limbs<REGISTERS>; 2]>,
    ) {
        one.processor.multiply(products, factors, [&one.m_plus_one, &other.m_plus_one]);
    }

    /// Copies the entry of `digit` out of a row, reading all of it.
    pub(crate) fn select(&self, row: &[Limbs<REGISTERS>], digit: u8, selected: &mut Limbs<REGISTERS>) {
        self.processor.select(row, digit, selected);
    }

    /// Brings a number below R/4 into Montgomery form.
    pub(crate) fn enter(&self, number: &mut Limbs<REGISTERS>) {
        self.multiply(number, Some(&self.r_squared));
    }

    /// Takes a factor of 2^52 from a product, and reduces it modulo N.
    ///
    /// One step of Montgomery's reduction with N itself.
    pub(crate) fn reduce(&self, product: &mut Limbs<REGISTERS>) {
        let words = product.words_mut();
        let q = words.first().copied().unwrap_or_default().wrapping_mul(self.inverse) & LIMB;
        add_multiple(words, self.n.words(), q);
        down(words);
        // The product was below 2M, and M is below 2^52·N; so this is below 3N.
        reduce_once(words, self.n.words());
        reduce_once(words, self.n.words());
    }

    /// `minuend - subtrahend`, or that and 2M: below 4M, both being below 2M.
    pub(crate) fn subtract(&self, minuend: &mut Limbs<REGISTERS>, subtrahend: &Limbs<REGISTERS>) {
        let mut carry = 0_i64;
        let others = subtrahend.words().iter().zip(self.m.words());
        for (limb, (subtrahend, m)) in minuend.words_mut().iter_mut().zip(others) {
            let whole = limb.wrapping_add(m << 1).wrapping_sub(*subtrahend).cast_signed().wrapping_add(carry);
            carry = whole >> LIMB_BITS;
            *limb = whole.cast_unsigned() & LIMB;
        }
    }

    /// Whether a number is below N. Not constant-time: for public numbers.
    pub(crate) fn exceeds(&self, number: &Limbs<REGISTERS>) -> bool {
        number.words().iter().rev().lt(self.n.words().iter().rev())
    }
}

/// `sum := sum + factor·number`.
pub(crate) fn add_multiple(sum: &mut [u64], number: &[u64], factor: u64) {
    let mut carry = 0_u128;
    for (sum, limb) in sum.iter_mut().zip(number) {
        // Below 2^105.
        let whole = u128::from(*limb).wrapping_mul(factor.into()).wrapping_add(carry).wrapping_add((*sum).into());
        *sum = low(whole) & LIMB;
        carry = whole >> LIMB_BITS;
    }
}

/// The lower half.
#[expect(clippy::cast_possible_truncation, reason = "which is what is wanted")]
pub(crate) fn low(number: u128) -> u64 {
    number as u64
}

/// `number := 2·number`.
fn double(number: &mut [u64]) {
    let mut carry = 0;
    for limb in number {
        let whole = *limb << 1 | carry;
        carry = whole >> LIMB_BITS;
        *limb = whole & LIMB;
    }
}

/// `number := ⌊number / 2^52⌋`.
fn down(number: &mut [u64]) {
    number.rotate_left(1);
    if let Some(last) = number.last_mut() {
        *last = 0;
    }
}

/// `number := 2^52·number`, the last lane being zero.
pub(crate) fn up(number: &mut [u64]) {
    number.rotate_right(1);
}

impl<const REGISTERS: usize> Zeroize for Modulus<REGISTERS> {
    fn zeroize(&mut self) {
        for limbs in [&mut self.n, &mut self.m, &mut self.m_plus_one, &mut self.one, &mut self.r_squared] {
            limbs.zeroize();
        }
        self.inverse.zeroize();
    }
}
