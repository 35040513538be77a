//! The multiplication, eight products of 52-bit numbers per instruction, and the read of a table: the `unsafe` of
//! [`Ifma`](super::Ifma).
//!
//! `unsafe` is the step from ordinary code to code for a processor with these instructions, of which a [`Processor`] is the
//! proof, and the load and store of a register.
//!
//! # Multiplication
//!
//! N is the prime and R is 2^3120. Operands are below 2N, not always below N ("almost Montgomery").
//!
//! For each limb d of one operand b: add d times the other operand a to a sum, add the multiple q·N that clears the sum's
//! lowest limb, and drop that limb. In the end the sum is `(a·b + Q·N)/R` with Q < R, which is congruent to `a·b·R⁻¹` and
//! less than `4N²/R + N`. As 4N < 2^3074 < R, that is below 2N: a result can be an operand again.
//!
//! The prime spares two things. `N ≡ -1 (mod 2^52)`, so q is the sum's lowest limb itself, times `-N⁻¹ ≡ 1`. And as the
//! lowest limb of N + 1 is zero, adding `q·(N+1)` does not touch the sum's lowest limb, from which subtracting q leaves what
//! is above its 52 bits: the carry.
//!
//! All other carries wait for the end. In each step, a limb of the sum takes four halves of products, each below 2^52, and
//! the lowest takes the carry. After at most 60 steps it is dropped. So it stays below 60·4·2^52 and that carry, together
//! less than 2^60, and does not overflow its 64 bits.
//!
//! # Constant time
//!
//! The number of steps is fixed, no branch and no address depends on an operand, and nothing is used but multiplications,
//! additions, comparisons, logic, shifts and moves of whole registers, whose time does not depend on what is in them. aws-lc
//! computes RSA with the same instructions. The loops over registers are unrolled, so that nothing is spilled to the stack;
//! registers are not cleared.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_alignr_epi64, _mm512_and_epi64, _mm512_broadcastq_epi64, _mm512_castsi512_si128,
    _mm512_cmpeq_epu64_mask, _mm512_cmpgt_epu64_mask, _mm512_loadu_epi64, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_mask_add_epi64, _mm512_maskz_srli_epi64, _mm512_or_epi64, _mm512_set1_epi64, _mm512_setzero_si512,
    _mm512_srli_epi64, _mm512_storeu_epi64,
};

use zeroize::Zeroize;

use crate::arithmetic::MOST_ENTRIES;

/// Bits of a limb.
pub(super) const LIMB_BITS: u32 = 52;
/// A limb of ones, which is the greatest.
pub(super) const LIMB: u64 = (1 << LIMB_BITS) - 1;
/// Limbs of a number.
pub(super) const LIMBS: usize = 60;
/// Words of a register.
const LANES: usize = 8;
/// Registers of a number.
const REGISTERS: usize = LIMBS.div_ceil(LANES);

/// A number: its limbs, the least significant first, each below 2^52; and zeros to fill the last register.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Limbs(pub(super) [u64; REGISTERS * LANES]);

impl Limbs {
    pub(super) const ZERO: Self = Self([0; REGISTERS * LANES]);
}

impl Zeroize for Limbs {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// The proof that processor and operating system support AVX-512 IFMA: made by [`Self::detect`] alone.
#[derive(Clone, Copy)]
pub(super) struct Processor(());

impl Processor {
    /// Asks the processor once; the standard library remembers the answer.
    pub(super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")).then_some(Self(()))
    }

    /// `product := product·factor·R⁻¹`, or `product²·R⁻¹` without a factor. Operands and result are below 2N.
    pub(super) fn multiply(self, product: &mut Limbs, factor: Option<&Limbs>, n_plus_one: &Limbs) {
        let Self(()) = self;
        // SAFETY: the processor has the instructions that the function is compiled to, as `self` proves.
        unsafe { multiply(product, factor, n_plus_one) }
    }

    /// Copies the entry whose mask is all ones, all others being zero. Reads every entry.
    pub(super) fn select(self, row: &[Limbs], masks: &[u64; MOST_ENTRIES], selected: &mut Limbs) {
        let Self(()) = self;
        // SAFETY: as in `multiply`.
        unsafe { select(row, masks, selected) }
    }
}

type Registers = [__m512i; REGISTERS];

#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply(product: &mut Limbs, factor: Option<&Limbs>, n_plus_one: &Limbs) {
    let a = load(product);
    let n_plus_one = load(n_plus_one);
    let zero = _mm512_setzero_si512();
    let mut sum = [zero; REGISTERS];
    for limb in factor.unwrap_or(product).0.iter().take(LIMBS) {
        let limb = _mm512_set1_epi64(limb.cast_signed());
        for (sum, a) in sum.iter_mut().zip(&a) {
            *sum = _mm512_madd52lo_epu64(*sum, *a, limb);
        }
        let [lowest, ..] = sum;
        let q = _mm512_broadcastq_epi64(_mm512_castsi512_si128(lowest));
        let carry = _mm512_maskz_srli_epi64::<LIMB_BITS>(1, lowest);
        for (sum, n) in sum.iter_mut().zip(&n_plus_one) {
            *sum = _mm512_madd52lo_epu64(*sum, *n, q);
        }
        // One limb down.
        let mut above = zero;
        for sum in sum.iter_mut().rev() {
            let here = *sum;
            *sum = _mm512_alignr_epi64::<1>(above, here);
            above = here;
        }
        // The upper halves of the products belong one limb up, which is where the sum now is. For the lowest register by way
        // of the carry: the next step waits for it, and this does not wait for q.
        let [sum_lowest, sum_others @ ..] = &mut sum;
        let [a_lowest, a_others @ ..] = &a;
        *sum_lowest = _mm512_add_epi64(*sum_lowest, _mm512_madd52hi_epu64(carry, *a_lowest, limb));
        for (sum, a) in sum_others.iter_mut().zip(a_others) {
            *sum = _mm512_madd52hi_epu64(*sum, *a, limb);
        }
        for (sum, n) in sum.iter_mut().zip(&n_plus_one) {
            *sum = _mm512_madd52hi_epu64(*sum, *n, q);
        }
    }
    carry(&mut sum);
    store(&sum, product);
}

/// Brings every limb of a sum below 2^52; they must be below 2^63.
#[target_feature(enable = "avx512f")]
fn carry(sum: &mut Registers) {
    let limb = _mm512_set1_epi64(LIMB.cast_signed());
    let mut carry_below = _mm512_setzero_si512();
    let mut carrying = [0; REGISTERS];
    let mut full = [0; REGISTERS];
    for ((sum, carrying), full) in sum.iter_mut().zip(&mut carrying).zip(&mut full) {
        let carry = _mm512_srli_epi64::<LIMB_BITS>(*sum);
        let carry_in = _mm512_alignr_epi64::<7>(carry, carry_below);
        *sum = _mm512_add_epi64(_mm512_and_epi64(*sum, limb), carry_in);
        carry_below = carry;
        *carrying = _mm512_cmpgt_epu64_mask(*sum, limb);
        *full = _mm512_cmpeq_epu64_mask(*sum, limb);
    }
    // Each limb is below 2^52 + 2^11 now and so carries at most one, be it by itself or, when all its bits are set, for the
    // limb below. That is an addition with one bit per limb, whose carries run through runs of full limbs; the bits it
    // flips are the limbs that get a carry.
    let (carrying, full) = (u64::from_le_bytes(carrying), u64::from_le_bytes(full));
    let carried = ((carrying << 1).wrapping_add(full) ^ full).to_le_bytes();
    for (sum, carried) in sum.iter_mut().zip(carried) {
        let more = _mm512_mask_add_epi64(*sum, carried, *sum, _mm512_set1_epi64(1));
        *sum = _mm512_and_epi64(more, limb);
    }
}

#[target_feature(enable = "avx512f")]
fn select(row: &[Limbs], masks: &[u64; MOST_ENTRIES], selected: &mut Limbs) {
    let mut gathered = [_mm512_setzero_si512(); REGISTERS];
    for (entry, mask) in row.iter().zip(masks) {
        let mask = _mm512_set1_epi64(mask.cast_signed());
        for (gathered, candidate) in gathered.iter_mut().zip(load(entry)) {
            *gathered = _mm512_or_epi64(*gathered, _mm512_and_epi64(candidate, mask));
        }
    }
    store(&gathered, selected);
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(limbs: &Limbs) -> Registers {
    let mut registers = [_mm512_setzero_si512(); REGISTERS];
    let (lanes, _) = limbs.0.as_chunks::<LANES>();
    for (register, lanes) in registers.iter_mut().zip(lanes) {
        // SAFETY: the pointer is to eight live words, the width of a register; no alignment is asked for.
        *register = unsafe { _mm512_loadu_epi64(lanes.as_ptr().cast()) };
    }
    registers
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(registers: &Registers, limbs: &mut Limbs) {
    let (lanes, _) = limbs.0.as_chunks_mut::<LANES>();
    for (register, lanes) in registers.iter().zip(lanes) {
        // SAFETY: as in `load`; the words are held exclusively.
        unsafe { _mm512_storeu_epi64(lanes.as_mut_ptr().cast(), *register) };
    }
}

#[cfg(test)]
mod tests {
    use super::{LIMB, LIMB_BITS, Limbs, Processor, carry, load, store};
    use crate::tests::Random;

    #[target_feature(enable = "avx512f")]
    fn carried(limbs: &mut Limbs) {
        let mut registers = load(limbs);
        carry(&mut registers);
        store(&registers, limbs);
    }

    #[test]
    fn carries_run_as_one_by_one() {
        let Some(Processor(())) = Processor::detect() else { return };
        let mut random = Random(9);
        let kinds = [0, 1, LIMB - 1, LIMB, LIMB, LIMB, LIMB + 1, 2 * LIMB + 1, (1 << 60) - 1, (1 << 63) - 1];
        for _ in 0..20_000 {
            let mut limbs = Limbs::ZERO;
            for limb in limbs.0.iter_mut().take(super::LIMBS) {
                let kind = usize::try_from(random.word() % 11).unwrap_or(0);
                *limb = kinds.get(kind).copied().unwrap_or_else(|| random.word() >> 1);
            }
            let mut expected = limbs;
            let mut carry = 0;
            for limb in &mut expected.0 {
                let whole = limb.wrapping_add(carry);
                carry = whole >> LIMB_BITS;
                *limb = whole & LIMB;
            }
            // SAFETY: the processor has just been asked.
            unsafe { carried(&mut limbs) };
            assert_eq!(limbs.0, expected.0);
        }
    }
}
