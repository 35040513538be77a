//! The multiplication, eight products of 52-bit numbers per instruction, and the read of a table: the `unsafe` of
//! [`Ifma`](super::Ifma).
//!
//! `unsafe` is the step from ordinary code to code for a processor with these instructions, of which a [`Processor`] is the
//! proof, and the load and store of a register.
//!
//! # Multiplication
//!
//! N is an odd number with `N ≡ -1 (mod 2^52)`: the prime of SRP is one, and every other odd number has a multiple that is
//! ([`modulus`](super::modulus)). R is 2^(52·L), L being the number of limbs, and 4N is below R. Operands are not always
//! below N ("almost Montgomery"): their product must be below R·N, as that of two numbers below 2N is.
//!
//! For each limb d of one operand b: add d times the other operand a to a sum, add the multiple q·N that clears the sum's
//! lowest limb, and drop that limb. In the end the sum is `(a·b + Q·N)/R` with Q < R, which is congruent to `a·b·R⁻¹` and
//! less than `a·b/R + N`, hence below 2N: a result can be an operand again.
//!
//! That `N ≡ -1` spares two things. The quotient q is the sum's lowest limb itself, times `-N⁻¹ ≡ 1`. And as the lowest limb
//! of N + 1 is zero, adding `q·(N+1)` does not touch the sum's lowest limb, from which subtracting q leaves what is above its
//! 52 bits: the carry.
//!
//! All other carries wait for the end. In each step, a limb of the sum takes four halves of products, each below 2^52, and
//! the lowest takes the carry. After at most 60 steps it is dropped. So it stays below 60·4·2^52 and that carry, together
//! less than 2^60, and does not overflow its 64 bits.
//!
//! A step waits for the one before it, from quotient to quotient. So what the lowest register takes from elsewhere is summed
//! apart, and the next step's first products are in it already. And so two numbers modulo two moduli are multiplied in one
//! call: while the one waits, the other is computed.
//!
//! # Constant time
//!
//! The number of steps is fixed, no branch and no address depends on an operand, and nothing is used but multiplications,
//! additions, comparisons, logic, shifts and moves of whole registers, whose time does not depend on what is in them. aws-lc
//! computes RSA with the same instructions. The loops over registers are unrolled, which keeps operands out of the
//! stack save for some registers of the largest multiplication. Neither those nor registers are cleared.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_alignr_epi64, _mm512_and_epi64, _mm512_broadcastq_epi64, _mm512_castsi512_si128,
    _mm512_cmpeq_epu64_mask, _mm512_cmpgt_epu64_mask, _mm512_loadu_epi64, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_mask_add_epi64, _mm512_maskz_srli_epi64, _mm512_or_epi64, _mm512_set1_epi64, _mm512_setr_epi64,
    _mm512_setzero_si512, _mm512_srai_epi64, _mm512_srli_epi64, _mm512_storeu_epi64, _mm512_sub_epi64,
    _mm512_xor_si512,
};
use std::hint::black_box;

use zeroize::{Zeroize, Zeroizing};

/// Bits of a limb.
pub(super) const LIMB_BITS: u32 = 52;
/// A limb of ones, which is the greatest.
pub(super) const LIMB: u64 = (1 << LIMB_BITS) - 1;
/// Words of a register.
pub(super) const LANES: usize = 8;

/// A number: its limbs, the least significant first, each below 2^52; and zeros to fill the last of its registers.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Limbs<const REGISTERS: usize>(pub(super) [[u64; LANES]; REGISTERS]);

impl<const REGISTERS: usize> Limbs<REGISTERS> {
    /// Limbs that are in use, of the kinds of numbers that there are: modulo the prime of SRP, modulo an RSA-2048 key and modulo
    /// half a key.
    pub(crate) const COUNT: usize = match REGISTERS {
        8 => 60,
        6 => 41,
        3 => 21,
        _ => panic!("no number has so many registers"),
    };
    pub(crate) const ZERO: Self = Self([[0; LANES]; REGISTERS]);

    /// The limbs, with the zeros behind them.
    pub(crate) fn words(&self) -> &[u64] {
        self.0.as_flattened()
    }

    /// The limbs, with the zeros behind them.
    pub(crate) fn words_mut(&mut self) -> &mut [u64] {
        self.0.as_flattened_mut()
    }
}

impl<const REGISTERS: usize> Zeroize for Limbs<REGISTERS> {
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

    /// `product := product·factor·R⁻¹`, or `product²·R⁻¹` without a factor, for each of the products modulo its own modulus.
    /// Operands and result are in the bounds that the module's documentation gives.
    pub(super) fn multiply<const REGISTERS: usize, const NUMBERS: usize>(
        self,
        products: [&mut Limbs<REGISTERS>; NUMBERS],
        factors: Option<[&Limbs<REGISTERS>; NUMBERS]>,
        n_plus_one: [&Limbs<REGISTERS>; NUMBERS],
    ) {
        let Self(()) = self;
        // SAFETY: the processor has the instructions that the function is compiled to, as `self` proves.
        unsafe { multiply(products, factors, n_plus_one) }
    }

    /// Copies the entry of `digit` out of a row. Reads every entry.
    pub(super) fn select<const REGISTERS: usize>(
        self,
        row: &[Limbs<REGISTERS>],
        digit: u8,
        selected: &mut Limbs<REGISTERS>,
    ) {
        let Self(()) = self;
        // SAFETY: as in `multiply`.
        unsafe { select(row, digit, selected) }
    }
}

type Registers<const REGISTERS: usize> = [__m512i; REGISTERS];

#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply<const REGISTERS: usize, const NUMBERS: usize>(
    mut products: [&mut Limbs<REGISTERS>; NUMBERS],
    factors: Option<[&Limbs<REGISTERS>; NUMBERS]>,
    n_plus_one: [&Limbs<REGISTERS>; NUMBERS],
) {
    let mut sums = [[_mm512_setzero_si512(); REGISTERS]; NUMBERS];
    let (mut a, mut n) = (sums, sums);
    let mut words: [&[u64]; NUMBERS] = [&[]; NUMBERS];
    for ((a, words), product) in a.iter_mut().zip(&mut words).zip(&products) {
        *a = load(product);
        *words = product.words();
    }
    for (words, factor) in words.iter_mut().zip(factors.iter().flatten()) {
        *words = factor.words();
    }
    // Arrays by reference throughout: by value, an iterator would copy what is in them.
    for (n, n_plus_one) in n.iter_mut().zip(&n_plus_one) {
        *n = load(n_plus_one);
    }
    let mut limbs = [_mm512_setzero_si512(); NUMBERS];
    for (((sum, a), words), limb) in sums.iter_mut().zip(&a).zip(words).zip(&mut limbs) {
        *limb = lanes_of(words, 0);
        if let ([lowest, ..], [a, ..]) = (sum.as_mut_slice(), a.as_slice()) {
            *lowest = _mm512_madd52lo_epu64(*lowest, *a, *limb);
        }
    }
    for index in 1..=Limbs::<REGISTERS>::COUNT {
        for ((((sum, a), n), words), limb) in sums.iter_mut().zip(&a).zip(&n).zip(words).zip(&mut limbs) {
            let next = lanes_of(words, index);
            step(sum, a, n, *limb, next);
            *limb = next;
        }
    }
    for (sum, product) in sums.iter_mut().zip(&mut products) {
        carry(sum);
        store(sum, product);
    }
}

/// A limb in every lane. Behind the last there is a zero at least.
#[inline]
#[target_feature(enable = "avx512f")]
fn lanes_of(words: &[u64], index: usize) -> __m512i {
    _mm512_set1_epi64(words.get(index).copied().unwrap_or_default().cast_signed())
}

/// A multiplication's step with one limb; the lower halves of the lowest register's products with it are in the sum already,
/// and those with the next limb are when it returns.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn step<const REGISTERS: usize>(
    sum: &mut Registers<REGISTERS>,
    a: &Registers<REGISTERS>,
    n: &Registers<REGISTERS>,
    limb: __m512i,
    next: __m512i,
) {
    let zero = _mm512_setzero_si512();
    let ([a_lowest, a_others @ ..], [n_lowest, n_others @ ..]) = (a.as_slice(), n.as_slice()) else { return };
    let [lowest, others @ ..] = sum.as_mut_slice() else { return };
    let q = _mm512_broadcastq_epi64(_mm512_castsi512_si128(*lowest));
    let carry = _mm512_maskz_srli_epi64::<LIMB_BITS>(1, *lowest);
    *lowest = _mm512_madd52lo_epu64(*lowest, *n_lowest, q);
    for ((sum, a), n) in others.iter_mut().zip(a_others).zip(n_others) {
        *sum = _mm512_madd52lo_epu64(*sum, *a, limb);
        *sum = _mm512_madd52lo_epu64(*sum, *n, q);
    }
    // What the lowest register takes beside the limbs that come down: nothing here waits for them.
    let mut beside = _mm512_madd52hi_epu64(zero, *a_lowest, limb);
    beside = _mm512_madd52lo_epu64(beside, *a_lowest, next);
    beside = _mm512_madd52hi_epu64(beside, *n_lowest, q);
    beside = _mm512_add_epi64(beside, carry);
    // One limb down.
    let mut above = zero;
    for sum in sum.iter_mut().rev() {
        let here = *sum;
        *sum = _mm512_alignr_epi64::<1>(above, here);
        above = here;
    }
    // The upper halves of the products belong one limb up, which is where the sum now is.
    let [lowest, others @ ..] = sum.as_mut_slice() else { return };
    *lowest = _mm512_add_epi64(*lowest, beside);
    for ((sum, a), n) in others.iter_mut().zip(a_others).zip(n_others) {
        *sum = _mm512_madd52hi_epu64(*sum, *a, limb);
        *sum = _mm512_madd52hi_epu64(*sum, *n, q);
    }
}

/// Brings every limb of a sum below 2^52; they must be below 2^63.
#[inline]
#[target_feature(enable = "avx512f")]
fn carry<const REGISTERS: usize>(sum: &mut Registers<REGISTERS>) {
    // A bit per limb.
    const { assert!(REGISTERS * LANES <= 64) }
    let limb = _mm512_set1_epi64(LIMB.cast_signed());
    let mut carry_below = _mm512_setzero_si512();
    let mut carrying = [0; 8];
    let mut full = [0; 8];
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
fn select<const REGISTERS: usize>(row: &[Limbs<REGISTERS>], digit: u8, selected: &mut Limbs<REGISTERS>) {
    let (one, eight) = (_mm512_set1_epi64(1), _mm512_set1_epi64(8));
    let digit = _mm512_set1_epi64(digit.into());
    let mut places = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
    let mut masks = Zeroizing::new([0; LANES]);
    let mut gathered = [_mm512_setzero_si512(); REGISTERS];
    for entries in row.chunks(LANES) {
        // All ones where the place is the digit, else zeros.
        let differences = _mm512_xor_si512(digit, places);
        store_register(_mm512_srai_epi64::<63>(_mm512_sub_epi64(differences, one)), &mut masks);
        // Keeps the compiler from knowing that a mask is one of two things, and so from branching on it.
        for (entry, mask) in entries.iter().zip(black_box(&*masks)) {
            let mask = _mm512_set1_epi64(mask.cast_signed());
            for (gathered, candidate) in gathered.iter_mut().zip(load(entry)) {
                *gathered = _mm512_or_epi64(*gathered, _mm512_and_epi64(candidate, mask));
            }
        }
        places = _mm512_add_epi64(places, eight);
    }
    store(&gathered, selected);
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load<const REGISTERS: usize>(limbs: &Limbs<REGISTERS>) -> Registers<REGISTERS> {
    let mut registers = [_mm512_setzero_si512(); REGISTERS];
    for (register, lanes) in registers.iter_mut().zip(&limbs.0) {
        *register = load_register(lanes);
    }
    registers
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_register(lanes: &[u64; LANES]) -> __m512i {
    // SAFETY: the pointer is to eight live words, the width of a register; no alignment is asked for.
    unsafe { _mm512_loadu_epi64(lanes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store<const REGISTERS: usize>(registers: &Registers<REGISTERS>, limbs: &mut Limbs<REGISTERS>) {
    for (register, lanes) in registers.iter().zip(&mut limbs.0) {
        store_register(*register, lanes);
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_register(register: __m512i, lanes: &mut [u64; LANES]) {
    // SAFETY: as in `load_register`; the words are held exclusively.
    unsafe { _mm512_storeu_epi64(lanes.as_mut_ptr().cast(), register) };
}

#[cfg(test)]
mod tests {
    use super::{LIMB, LIMB_BITS, Limbs, Processor, carry, load, store};
    use crate::tests::Random;

    #[target_feature(enable = "avx512f")]
    fn carried(limbs: &mut Limbs<8>) {
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
            let mut limbs = Limbs::<8>::ZERO;
            for limb in limbs.words_mut().iter_mut().take(60) {
                let kind = usize::try_from(random.word() % 11).unwrap_or(0);
                *limb = kinds.get(kind).copied().unwrap_or_else(|| random.word() >> 1);
            }
            let mut expected = limbs;
            let mut carry = 0;
            for limb in expected.words_mut() {
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
