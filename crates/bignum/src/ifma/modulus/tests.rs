//! Arithmetic modulo arbitrary odd numbers against aws-lc's.
//!
//! Skipped on a machine without AVX-512 IFMA.

#![expect(clippy::arithmetic_side_effects, reason = "a test may panic")]

use super::super::kernel::LANES;
use super::super::to_bytes;
use super::*;
use crate::bn::{self, Integer, Scratch};
use crate::tests::Random;

/// Bytes of which each is all zeros, all ones, or anything, in runs.
fn jagged<const LEN: usize>(random: &mut Random) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    for run in bytes.chunks_mut(7) {
        match random.word() % 4 {
            0 => run.fill(0),
            1 => run.fill(0xFF),
            _ => run.fill_with(|| random.word().to_le_bytes()[0]),
        }
    }
    bytes
}

/// Moduli whose multiples M are as small and as large as can be, and others.
fn moduli<const LEN: usize>(random: &mut Random) -> Vec<[u8; LEN]> {
    let ones = [0xFF; LEN];
    let mut least = [0; LEN];
    (least[0], least[LEN - 1]) = (0x80, 1);
    let mut ones_and_one = ones;
    ones_and_one[LEN - 8..].copy_from_slice(&1_u64.to_be_bytes());
    let mut chosen = vec![ones, least, ones_and_one];
    for _ in 0..12 {
        for mut modulus in [random.bytes::<LEN>(), jagged::<LEN>(random)] {
            modulus[0] |= 0x80;
            modulus[LEN - 1] |= 1;
            chosen.push(modulus);
        }
    }
    chosen
}

/// `a·b mod n` by aws-lc, the operands being below n.
fn product<const LEN: usize>(n: &[u8; LEN], a: &[u8], b: &[u8]) -> Vec<u8> {
    let modulus = bn::Modulus::new(n).unwrap();
    let mut scratch = Scratch::new().unwrap();
    let integer = |bytes: &[u8]| Integer::from_bytes(bytes).unwrap();
    let mut result = modulus.to_montgomery(&integer(a), &mut scratch).unwrap();
    modulus.multiply_montgomery(&mut result, &integer(b), &mut scratch).unwrap();
    let bytes = result.to_bytes().unwrap();
    bytes[bytes.len() - LEN..].to_vec()
}

fn check<const REGISTERS: usize, const LEN: usize>(seed: u64) {
    let mut random = Random(seed);
    for n in moduli::<LEN>(&mut random) {
        let Some(modulus) = Modulus::<REGISTERS>::new(&n) else { return assert!(Processor::detect().is_none()) };
        assert!(modulus.m.words()[0] == LIMB, "M is -1");
        let number = |bytes: &[u8]| {
            let mut limbs = Limbs::<REGISTERS>::ZERO;
            from_bytes(bytes, &mut limbs);
            limbs
        };
        let plus_m = |mut limbs: Limbs<REGISTERS>, times: u64| {
            add_multiple(limbs.words_mut(), modulus.m.words(), times);
            limbs
        };
        let mut less_one = n;
        less_one[LEN - 1] -= 1;
        let mut one = [0; LEN];
        one[LEN - 1] = 1;
        let mut operands = vec![[0; LEN], one, less_one];
        while operands.len() < 9 {
            let candidate = if random.word().is_multiple_of(2) { random.bytes() } else { jagged(&mut random) };
            if candidate < n {
                operands.push(candidate);
            }
        }
        let mut shift = number(&one);
        up(shift.words_mut());
        for a in &operands {
            for b in &operands {
                let expected = product(&n, a, b);
                let mut in_form = number(a);
                modulus.enter(&mut in_form);
                // Unreduced operands, up to the bound.
                for times in 0..4 {
                    let mut result = plus_m(number(b), times);
                    modulus.multiply(&mut result, Some(&in_form));
                    assert!(result.words().iter().all(|limb| *limb <= LIMB));
                    assert!(result.words().iter().rev().lt(plus_m(modulus.m, 1).words().iter().rev()), "below 2M");
                    // Out of Montgomery form already; 2^52 comes in by way of it.
                    modulus.enter(&mut result);
                    modulus.multiply(&mut result, Some(&shift));
                    modulus.reduce(&mut result);
                    let mut bytes = [0; LEN];
                    to_bytes(result.words(), &mut bytes);
                    assert_eq!(bytes[..], expected[..], "{a:?} · {b:?} mod {n:?}");
                }
                // Differences.
                let mut difference = number(a);
                modulus.subtract(&mut difference, &number(b));
                let mut sum = difference;
                add_multiple(sum.words_mut(), number(b).words(), 1);
                assert_eq!(sum.0, plus_m(plus_m(number(a), 1), 1).0);
            }
        }
        // Two at once are as one and one.
        let other = Modulus::<REGISTERS>::new(&[0xFF; LEN]).unwrap();
        let (mut a, mut b) = (number(&operands[5]), number(&operands[7]));
        let (mut alone_a, mut alone_b) = (a, b);
        let (factor_a, factor_b) = (number(&operands[6]), number(&operands[8]));
        Modulus::multiply_both([&modulus, &other], [&mut a, &mut b], Some([&factor_a, &factor_b]));
        modulus.multiply(&mut alone_a, Some(&factor_a));
        other.multiply(&mut alone_b, Some(&factor_b));
        assert_eq!((a.0, b.0), (alone_a.0, alone_b.0));
        Modulus::multiply_both([&modulus, &other], [&mut a, &mut b], None);
        modulus.multiply(&mut alone_a, None);
        other.multiply(&mut alone_b, None);
        assert_eq!((a.0, b.0), (alone_a.0, alone_b.0));
    }
}

#[test]
fn products_modulo_half_keys_are_those_of_aws_lc() {
    check::<3, 128>(21);
}

#[test]
fn products_modulo_keys_are_those_of_aws_lc() {
    check::<6, 256>(22);
}

#[test]
fn what_has_no_such_arithmetic_is_refused() {
    assert!(Modulus::<3>::new(&[]).is_none());
    let mut even = [0xFF; 128];
    even[127] = 0xFE;
    assert!(Modulus::<3>::new(&even).is_none());
    let mut short = [0xFF; 128];
    short[0] = 0x7F;
    assert!(Modulus::<3>::new(&short).is_none());
    assert!(Modulus::<3>::new(&[0xFF; 130]).is_none());
    assert!(Modulus::<3>::new(&[0xFF; 129]).is_some() || Processor::detect().is_none());
}

/// The largest that a product may be needs N taken away twice.
#[test]
fn reduces_what_is_almost_twice_the_multiple() {
    let mut random = Random(23);
    let mut found = 0;
    for _ in 0..200 {
        let mut n = random.bytes::<128>();
        n[0] |= 0x80;
        n[127] |= 1;
        let Some(modulus) = Modulus::<3>::new(&n) else { return };
        for small in 0..2 {
            // 2^52·(2N + small) - q·N with the largest q: below 2M where M is near 2^52·N.
            let mut product = Limbs::<3>::ZERO;
            product.words_mut()[0] = small;
            add_multiple(product.words_mut(), modulus.n.words(), 2);
            up(product.words_mut());
            // 2^52 less q is one.
            let mut less = Limbs::<3>::ZERO;
            add_multiple(less.words_mut(), modulus.n.words(), LIMB);
            let mut borrow = 0;
            for (limb, less) in product.words_mut().iter_mut().zip(less.words()) {
                let whole = limb.wrapping_sub(*less).wrapping_sub(borrow);
                borrow = whole >> 63;
                *limb = whole & LIMB;
            }
            let mut twice_m = modulus.m;
            add_multiple(twice_m.words_mut(), modulus.m.words(), 1);
            if product.words().iter().rev().lt(twice_m.words().iter().rev()) {
                modulus.reduce(&mut product);
                let mut expected = Limbs::<3>::ZERO;
                expected.words_mut()[0] = small;
                assert_eq!(product.0, expected.0);
                found += 1;
            }
        }
    }
    assert!(found > 20, "{found}");
}

#[test]
fn selects_the_entry_of_every_digit() {
    let Some(modulus) = Modulus::<3>::new(&[0xFF; 128]) else { return };
    let row: Vec<Limbs<3>> = (1..=32).map(|value| Limbs([[value; LANES]; 3])).collect();
    for digit in 0..32 {
        let mut selected = Limbs::ZERO;
        modulus.select(&row, digit, &mut selected);
        assert_eq!(selected.0, [[u64::from(digit) + 1; LANES]; 3]);
    }
}
