//! Both implementations of the arithmetic against independent results, and against each other.
//!
//! What runs in `Ifma` is skipped on a machine without it; nothing else here depends on the machine.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

use crate::arithmetic::{Arithmetic, MOST_ENTRIES};
use crate::element::Element;
use crate::fixed_base::exp_g_with;
use crate::group::{ELEMENT_LEN, EXPONENT_LEN};
#[cfg(target_arch = "x86_64")]
use crate::ifma::Ifma;
use crate::portable::Portable;
use crate::split::{pow_public_with, upper_with};

/// Reproducible numbers without structure (`SplitMix64` by Vigna).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    pub(crate) fn bytes<const LEN: usize>(&mut self) -> [u8; LEN] {
        std::array::from_fn(|_| self.word().to_le_bytes()[0])
    }

    pub(crate) fn element(&mut self) -> Element {
        loop {
            if let Some(element) = Element::from_bytes(&self.bytes::<ELEMENT_LEN>()) {
                return element;
            }
        }
    }

    /// Limbs of 52 bits that are each all zeros, all ones, one, or anything.
    pub(crate) fn jagged(&mut self) -> Element {
        loop {
            let mut bits = Vec::new();
            for _ in 0..60 {
                let choice = self.word() % 4;
                let limb = [0, u64::MAX, 1, self.word()][usize::try_from(choice).unwrap()];
                bits.extend((0..52).map(|place| limb >> place & 1));
            }
            let mut bytes = [0; ELEMENT_LEN];
            for (byte, bits) in bytes.iter_mut().rev().zip(bits.chunks(8)) {
                *byte = bits.iter().rev().fold(0, |sum, bit| sum << 1 | u8::try_from(*bit).unwrap());
            }
            if let Some(element) = Element::from_bytes(&bytes) {
                return element;
            }
        }
    }
}

/// Numbers at which carries, borrows and reductions go wrong if they ever do.
pub(crate) fn edges() -> Vec<Element> {
    let one = Element::power_of_two(0);
    let zero = one.sub(&one).unwrap();
    let mut edges = vec![zero.clone()];
    for place in [0, 1, 51, 52, 53, 63, 64, 103, 104, 415, 416, 1535, 1536, 3007, 3008, 3016, 3068, 3070] {
        let power = Element::power_of_two(place);
        edges.push(power.sub(&one).unwrap());
        edges.push(zero.sub(&power).unwrap());
        edges.push(power);
    }
    edges
}

fn exponents(count: usize) -> Vec<[u8; EXPONENT_LEN]> {
    let mut random = Random(1);
    let mut exponents = vec![[0; 32], [0xFF; 32], [0x0F; 32], [0xF0; 32], [0xAA; 32], [1; 32]];
    exponents.extend((0..256).map(|bit| std::array::from_fn(|byte| u8::from(byte == bit / 8) << (bit % 8))));
    exponents.extend((0..count).map(|_| random.bytes()));
    exponents
}

fn fingerprint(element: &Element) -> String {
    digest(&SHA256, element.as_bytes()).as_ref().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// The number of `tests/arithmetic.rs`.
fn twelve_hashes(seed: &str) -> Element {
    let hash = |i| digest(&SHA256, format!("{seed}{i}").as_bytes()).as_ref().to_vec();
    Element::from_bytes(&(0..12).flat_map(hash).collect::<Vec<u8>>()).unwrap()
}

/// Holds an implementation against results of Python's integers, and against aws-lc's own exponentiation.
fn check<A: Arithmetic>(arithmetic: &mut A) {
    let e = digest(&SHA256, b"e").as_ref().try_into().unwrap();
    assert_eq!(
        fingerprint(&exp_g_with(arithmetic, &e).unwrap()),
        "418e740b959e40f757f7bc47d20f7f335330a7d0d2778ea7d7683a62ae41bc44"
    );
    assert_eq!(
        fingerprint(&exp_g_with(arithmetic, &[0xFF; 32]).unwrap()),
        "4c46d27d2c80179666fa9a611015c1e1c307c44ef2a65e431cbe2302e3e2986b"
    );
    let two = Element::power_of_two(1);
    for e in exponents(200) {
        let expected = two.pow_portable(&e).unwrap();
        assert_eq!(exp_g_with(arithmetic, &e).unwrap().as_bytes(), expected.as_bytes(), "{e:?}");
    }

    let mut random = Random(2);
    let mut bases = edges();
    bases.extend((0..10).flat_map(|_| [random.element(), random.jagged()]));
    for base in bases {
        let upper = upper_with(arithmetic, &base).unwrap();
        let mut to_upper = [0; EXPONENT_LEN];
        to_upper[EXPONENT_LEN / 2 - 1] = 1;
        assert_eq!(upper.as_bytes(), base.pow_portable(&to_upper).unwrap().as_bytes(), "{:?}", base.as_bytes());
        let e = random.bytes();
        let power = pow_public_with(arithmetic, &base, &upper, &e).unwrap();
        assert_eq!(power.as_bytes(), base.pow_portable(&e).unwrap().as_bytes(), "{:?}", base.as_bytes());
    }

    let mut row = vec![A::EMPTY; MOST_ENTRIES];
    let numbers: Vec<Element> = row.iter().map(|_| random.jagged()).collect();
    for (entry, number) in row.iter_mut().zip(&numbers) {
        let number = arithmetic.load(number).unwrap();
        arithmetic.store(&number, entry).unwrap();
    }
    let mut selected = arithmetic.load(&two).unwrap();
    for (digit, number) in (0..).zip(&numbers) {
        arithmetic.select(&row, digit, &mut selected).unwrap();
        assert_eq!(arithmetic.to_element(&selected).unwrap().as_bytes(), number.as_bytes(), "{digit}");
    }
}

#[test]
fn aws_lc_gives_the_known_results() {
    let a = twelve_hashes("a");
    let e = digest(&SHA256, b"e").as_ref().try_into().unwrap();
    assert_eq!(
        fingerprint(&a.pow_portable(&e).unwrap()),
        "baf669de11a3111915595390b63458c936093daf100e766ebf905f21a5c88f3a"
    );
    check(&mut Portable::new().unwrap());
}

#[test]
fn a_power_of_two_has_one_bit() {
    for place in 0..3071 {
        let mut expected = [0; ELEMENT_LEN];
        expected[ELEMENT_LEN - 1 - usize::from(place / 8)] = 1 << (place % 8);
        assert_eq!(Element::power_of_two(place).as_bytes(), &expected, "{place}");
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn ifma_gives_the_known_results() {
    let Some(mut ifma) = Ifma::detect().unwrap() else { return };
    check(&mut ifma);
    let a = twelve_hashes("a");
    let e = digest(&SHA256, b"e").as_ref().try_into().unwrap();
    assert_eq!(
        fingerprint(&crate::window::pow(&mut ifma, &a, &e).unwrap()),
        "baf669de11a3111915595390b63458c936093daf100e766ebf905f21a5c88f3a"
    );
    let mut random = Random(3);
    let mut bases = edges();
    bases.extend((0..100).map(|_| random.element()));
    for base in bases {
        for e in [random.bytes(), [0; 32], [0xFF; 32]] {
            let power = crate::window::pow(&mut ifma, &base, &e).unwrap();
            assert_eq!(power.as_bytes(), base.pow_portable(&e).unwrap().as_bytes(), "{:?}", base.as_bytes());
        }
    }
}
