//! The arithmetic against results computed independently with Python's integers, and against itself.

#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test may panic")]

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use stepwell_bignum::{ELEMENT_LEN, Element, MODULUS, exp_g};

/// Hex of the SHA-256 of some bytes.
fn fingerprint(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in digest(&SHA256, bytes).as_ref() {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

/// Twelve hashes in a row, reduced modulo the prime (which none of the seeds used here needs).
fn element(seed: &str) -> Element {
    let bytes: Vec<u8> =
        (0..12).flat_map(|i| digest(&SHA256, format!("{seed}{i}").as_bytes()).as_ref().to_vec()).collect();
    Element::from_bytes(&bytes).unwrap()
}

fn exponent(seed: &str) -> [u8; 32] {
    digest(&SHA256, seed.as_bytes()).as_ref().try_into().unwrap()
}

fn small(number: u8) -> Element {
    Element::from_bytes(&[number]).unwrap()
}

/// The modulus plus `offset`, as bytes.
fn near_modulus(offset: i16) -> [u8; ELEMENT_LEN] {
    let mut bytes = MODULUS;
    let mut carry = offset;
    for byte in bytes.iter_mut().rev() {
        let sum = i16::from(*byte) + carry;
        *byte = u8::try_from(sum.rem_euclid(256)).unwrap();
        carry = sum.div_euclid(256);
    }
    bytes
}

#[test]
fn the_modulus_is_the_one_clients_hardwire() {
    assert_eq!(fingerprint(&MODULUS), "48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c");
}

#[test]
fn results_match_those_of_python() {
    let (a, b, e) = (element("a"), element("b"), exponent("e"));
    let cases = [
        (exp_g(&e).unwrap(), "418e740b959e40f757f7bc47d20f7f335330a7d0d2778ea7d7683a62ae41bc44"),
        (exp_g(&[0xFF; 32]).unwrap(), "4c46d27d2c80179666fa9a611015c1e1c307c44ef2a65e431cbe2302e3e2986b"),
        (a.pow(&e).unwrap(), "baf669de11a3111915595390b63458c936093daf100e766ebf905f21a5c88f3a"),
        (a.mul(&b).unwrap(), "631c25cb75a01584bae587dedd92158cf8f95bda11f7387a6f2b8879de545dba"),
        (a.add(&b).unwrap(), "54901dea94db4c9100314f327b2fbc017452cfb326fd90130650ac1ec97fc9fa"),
        (a.sub(&b).unwrap(), "f2c4c6ac7b25f92ddfe869c300fc9128704d1a36a58bd94d67e413eaf2a3edb6"),
        (b.sub(&a).unwrap(), "7d1be69831d062521fac1b7ec527793a7dbac0d7b2af670e1bb87c1327b6e79c"),
        (a.negate_if(true).unwrap(), "fdf287a1cc76bc17168a22ef07a79ff3db8b89276848e435db936bd650ad7aff"),
    ];
    for (i, (result, expected)) in cases.into_iter().enumerate() {
        assert_eq!(fingerprint(result.as_bytes()), expected, "case {i}");
    }
}

#[test]
fn the_table_agrees_with_the_general_exponentiation() {
    let two = small(2);
    let mut exponents = vec![[0; 32], [0xFF; 32], [0x0F; 32], [0xF0; 32]];
    exponents.extend((0..40).map(|i| exponent(&i.to_string())));
    // Every bit alone.
    for bit in 0..256 {
        let mut single = [0; 32];
        single[bit / 8] = 1 << (bit % 8);
        exponents.push(single);
    }
    for e in exponents {
        assert_eq!(exp_g(&e).unwrap().as_bytes(), two.pow(&e).unwrap().as_bytes(), "{e:?}");
    }
}

#[test]
fn edges_of_the_range_behave() {
    let largest = Element::from_bytes(&near_modulus(-1)).unwrap();
    let one = small(1);
    assert!(largest.add(&one).unwrap().is_zero());
    assert!(one.sub(&one).unwrap().is_zero());
    assert!(!one.is_zero());
    assert_eq!(largest.mul(&largest).unwrap().as_bytes(), one.as_bytes());
    assert_eq!(largest.negate_if(true).unwrap().as_bytes(), one.as_bytes());
    assert_eq!(largest.negate_if(false).unwrap().as_bytes(), largest.as_bytes());
    let zero = one.sub(&one).unwrap();
    assert!(zero.negate_if(true).unwrap().is_zero());
    assert!(zero.mul(&largest).unwrap().is_zero());
    assert!(zero.pow(&[1; 32]).unwrap().is_zero());
    assert_eq!(largest.pow(&[0; 32]).unwrap().as_bytes(), one.as_bytes());
}

#[test]
fn bytes_are_read_only_when_they_are_in_range() {
    assert!(Element::from_bytes(&[]).is_none());
    assert!(Element::from_bytes(&[0]).is_none());
    assert!(Element::from_bytes(&[0; 500]).is_none());
    assert!(Element::from_bytes(&MODULUS).is_none());
    assert!(Element::from_bytes(&near_modulus(1)).is_none());
    assert!(Element::from_bytes(&[0xFF; ELEMENT_LEN]).is_none());
    assert!(Element::from_bytes(&[1; ELEMENT_LEN + 1]).is_none());

    let mut padded = vec![0; 40];
    padded.extend(near_modulus(-1));
    assert_eq!(Element::from_bytes(&padded).unwrap().as_bytes(), &near_modulus(-1));
    assert_eq!(Element::from_hash(&exponent("h")).as_bytes(), Element::from_bytes(&exponent("h")).unwrap().as_bytes());
    assert!(Element::from_hash(&[0; 32]).is_zero());

    let mut expected = [0; ELEMENT_LEN];
    expected[ELEMENT_LEN - 2..].copy_from_slice(&[0x12, 0x34]);
    assert_eq!(Element::from_bytes(&[0x12, 0x34]).unwrap().as_bytes(), &expected);
}

#[test]
fn threads_share_the_table_and_the_modulus() {
    let expected = *exp_g(&[7; 32]).unwrap().as_bytes();
    let workers: Vec<_> = (0..8)
        .map(|_| {
            std::thread::spawn(move || {
                for _ in 0..20 {
                    assert_eq!(exp_g(&[7; 32]).unwrap().as_bytes(), &expected);
                    assert_eq!(small(2).pow(&[7; 32]).unwrap().as_bytes(), &expected);
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
}

#[test]
fn elements_do_not_print_their_value() {
    assert_eq!(format!("{:?}", small(42)), "Element(..)");
}

#[test]
fn a_split_power_is_the_power() {
    let base = exp_g(&[0x77; 32]).unwrap();
    let upper = base.upper().unwrap();
    let mut exponents = vec![[0; 32], [0xff; 32], [0x80; 32], [1; 32]];
    for index in 0..32 {
        let mut one_bit = [0; 32];
        one_bit[index] = 1 << (index % 8);
        exponents.push(one_bit);
        exponents.push(std::array::from_fn(|i| u8::try_from((i * 73 + index * 151 + 11) % 256).unwrap()));
    }
    for exponent in exponents {
        let expected = base.pow(&exponent).unwrap();
        assert_eq!(base.pow_public(&upper, &exponent).unwrap().as_bytes(), expected.as_bytes(), "{exponent:?}");
    }
}
