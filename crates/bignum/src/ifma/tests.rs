//! The multiplication against aws-lc's, over the whole range that it promises to take and with every kind of carry.
//!
//! Skipped on a machine without AVX-512 IFMA.

#![expect(clippy::arithmetic_side_effects, reason = "a test may panic")]

use super::{Arithmetic as _, ELEMENT_LEN, Element, Ifma, LIMB, LIMB_BITS, Limbs, MODULUS, Number, limbs};
use crate::bn::Integer;
use crate::group::group;
use crate::tests::{Random, edges};

/// `a + N`, which is not reduced.
fn plus_n(ifma: Ifma, a: &Number) -> Number {
    let mut sum = a.clone();
    let mut carry = 0;
    for (limb, n) in sum.words_mut().iter_mut().zip(ifma.constants.n.words()) {
        let whole = *limb + n + carry;
        carry = whole >> LIMB_BITS;
        *limb = whole & LIMB;
    }
    sum
}

/// Whether a number is one that a multiplication may give: full of limbs and below 2N.
fn is_in_range(ifma: Ifma, number: &Number) -> bool {
    let zero = limbs(&[0; ELEMENT_LEN]);
    let n = plus_n(ifma, &zero);
    let twice_n = plus_n(ifma, &n);
    let below = number.words().iter().rev().lt(twice_n.words().iter().rev());
    below
        && number.words().iter().all(|limb| *limb <= LIMB)
        && number.words().iter().skip(Limbs::COUNT).all(|lane| *lane == 0)
}

/// Multiplies with all four combinations of reduced and unreduced operands, and holds the results against aws-lc's.
fn check(mut ifma: Ifma, a: &Element, b: &Element) {
    let expected = a.mul(b).unwrap();
    let mut in_montgomery = ifma.load(b).unwrap();
    ifma.to_montgomery(&mut in_montgomery).unwrap();
    // Both are numbers below N, or the next test of the range is not what it says.
    let factor = limbs(ifma.to_element(&in_montgomery).unwrap().as_bytes());
    let number = ifma.load(a).unwrap();
    for number in [&number, &plus_n(ifma, &number)] {
        for factor in [&factor, &plus_n(ifma, &factor)] {
            let mut product = number.clone();
            ifma.multiply(&mut product, factor).unwrap();
            assert!(is_in_range(ifma, &product), "{:?} · {:?}", a.as_bytes(), b.as_bytes());
            let product = ifma.to_element(&product).unwrap();
            assert_eq!(product.as_bytes(), expected.as_bytes(), "{:?} · {:?}", a.as_bytes(), b.as_bytes());
            // Which operand is in registers makes no difference.
            let mut product = factor.clone();
            ifma.multiply(&mut product, number).unwrap();
            assert_eq!(ifma.to_element(&product).unwrap().as_bytes(), expected.as_bytes());
        }
    }
}

#[test]
fn products_of_edges_are_those_of_aws_lc() {
    let Some(ifma) = Ifma::detect().unwrap() else { return };
    let edges = edges();
    for a in &edges {
        for b in &edges {
            check(ifma, a, b);
        }
    }
}

#[test]
fn products_of_anything_are_those_of_aws_lc() {
    let Some(ifma) = Ifma::detect().unwrap() else { return };
    let mut random = Random(4);
    for _ in 0..5000 {
        check(ifma, &random.element(), &random.element());
        check(ifma, &random.element(), &random.jagged());
        check(ifma, &random.jagged(), &random.element());
        check(ifma, &random.jagged(), &random.jagged());
    }
}

/// A product of two arbitrary numbers that is to be an edge: its carries run through many limbs at once.
#[test]
fn products_that_are_edges_come_out() {
    let Some(ifma) = Ifma::detect().unwrap() else { return };
    let mut random = Random(5);
    let mut less_two = MODULUS;
    less_two[ELEMENT_LEN - 1] -= 2;
    let less_two = Integer::from_bytes(&less_two).unwrap();
    for _ in 0..20 {
        let a = random.element();
        // By Fermat.
        let inverse = group().unwrap().pow(&a.integer().unwrap(), &less_two).unwrap();
        let inverse = Element::from_integer(&inverse).unwrap();
        for edge in edges() {
            let b = edge.mul(&inverse).unwrap();
            check(ifma, &a, &b);
            assert_eq!(a.mul(&b).unwrap().as_bytes(), edge.as_bytes());
        }
    }
}

#[test]
fn squares_are_products() {
    let Some(mut ifma) = Ifma::detect().unwrap() else { return };
    let mut random = Random(6);
    let numbers = edges().into_iter().chain((0..2000).flat_map(|_| [random.element(), random.jagged()]));
    for number in numbers.collect::<Vec<_>>() {
        let reduced = limbs(number.as_bytes());
        for number in [&reduced, &plus_n(ifma, &reduced)] {
            let (mut square, mut product) = (number.clone(), number.clone());
            ifma.square(&mut square).unwrap();
            ifma.multiply(&mut product, number).unwrap();
            assert_eq!(square.0, product.0);
        }
    }
}

/// Results that are operands again and again, as in an exponentiation, never reduced on the way.
#[test]
fn long_chains_stay_in_range() {
    let Some(mut ifma) = Ifma::detect().unwrap() else { return };
    let mut random = Random(7);
    for _ in 0..20 {
        let base = random.jagged();
        let mut factor = limbs(base.as_bytes());
        ifma.to_montgomery(&mut factor).unwrap();
        let mut power = plus_n(ifma, &limbs(base.as_bytes()));
        let mut expected = base.clone();
        for _ in 0..200 {
            ifma.multiply(&mut power, &factor).unwrap();
            expected = expected.mul(&base).unwrap();
            assert!(is_in_range(ifma, &power));
        }
        assert_eq!(ifma.to_element(&power).unwrap().as_bytes(), expected.as_bytes());
    }
}

#[test]
fn limbs_and_bytes_are_the_same_number() {
    let Some(mut ifma) = Ifma::detect().unwrap() else { return };
    let mut random = Random(8);
    let numbers = edges().into_iter().chain((0..2000).flat_map(|_| [random.element(), random.jagged()]));
    for number in numbers.collect::<Vec<_>>() {
        let reduced = ifma.load(&number).unwrap();
        assert!(is_in_range(ifma, &reduced));
        for same in [&reduced, &plus_n(ifma, &reduced)] {
            assert_eq!(ifma.to_element(same).unwrap().as_bytes(), number.as_bytes());
        }
    }
}
