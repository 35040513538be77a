//! The primitives against aws-lc: whole signatures, and powers of messages that no padding makes.
//!
//! Skipped on a machine without AVX-512 IFMA.

#![expect(clippy::arithmetic_side_effects, reason = "a test may panic")]
#![expect(clippy::many_single_char_names, reason = "RFC 8017's")]

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;

use super::keys::HALF_LEN;
use super::*;
use crate::bn::{self, Integer};
use crate::tests::Random;

/// A fresh key, and the numbers in it: n, e, d, p, q, d mod p-1, d mod q-1 and the inverse of q.
fn key() -> (KeyPair, Vec<Vec<u8>>) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let mut numbers = Vec::new();
    integers(der.as_ref(), &mut numbers);
    // After the two versions.
    let numbers = numbers.split_off(2);
    (pair, numbers)
}

/// The integers in a DER structure, in order, without leading zeros.
fn integers(mut der: &[u8], found: &mut Vec<Vec<u8>>) {
    while let [tag, length, rest @ ..] = der {
        let (length, rest) = match length {
            0x80.. => {
                let (length, rest) = rest.split_at(usize::from(length & 0x7F));
                (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
            }
            short => (usize::from(*short), rest),
        };
        let (content, after) = rest.split_at(length);
        match tag {
            0x02 => found.push(content.iter().copied().skip_while(|byte| *byte == 0).collect()),
            0x30 | 0x04 => integers(content, found),
            _ => {}
        }
        der = after;
    }
}

fn prepare(numbers: &[Vec<u8>]) -> Option<(PrivateKey, PublicKey)> {
    let [n, e, _, p, q, exponent_p, exponent_q, coefficient] = numbers else { panic!("eight numbers") };
    let private = PrivateKey::new(Parts { p, q, exponent_p, exponent_q, coefficient })?;
    Some((private, PublicKey::new(n, e).unwrap()))
}

/// EMSA-PKCS1-v1_5 with SHA-256.
fn padded(message: &[u8]) -> [u8; LEN] {
    let info = [
        0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
        0x20,
    ];
    let mut padded = [0xFF; LEN];
    (padded[0], padded[1], padded[LEN - 52]) = (0, 1, 0);
    padded[LEN - 51..LEN - 32].copy_from_slice(&info);
    padded[LEN - 32..].copy_from_slice(digest(&SHA256, message).as_ref());
    padded
}

/// `base^exponent mod n` by aws-lc.
fn power(base: &[u8], exponent: &[u8], n: &[u8]) -> [u8; LEN] {
    let integer = |bytes: &[u8]| Integer::from_bytes(bytes).unwrap();
    let power = bn::Modulus::new(n).unwrap().pow(&integer(base), &integer(exponent)).unwrap();
    let bytes = power.to_bytes().unwrap();
    bytes[bytes.len() - LEN..].try_into().unwrap()
}

/// `number·times`, padded.
fn times(number: &[u8], times: u32) -> [u8; LEN] {
    let mut product = [0; LEN];
    let mut carry = 0;
    for (to, from) in product.iter_mut().rev().zip(number.iter().rev().chain([&0; 8])) {
        carry += u32::from(*from) * times;
        *to = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    product
}

#[test]
fn signatures_are_those_of_aws_lc() {
    let mut random = Random(31);
    for _ in 0..8 {
        let (pair, numbers) = key();
        let Some((private, public)) = prepare(&numbers) else { return };
        for number in 0..60_u32 {
            let message = number.to_be_bytes();
            let mut expected = [0; LEN];
            pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut expected).unwrap();
            let blinding = match number {
                0 => [[0; 8]; 2],
                1 => [[0xFF; 8]; 2],
                2 => [[0; 8], [0xFF; 8]],
                _ => [random.bytes(), random.bytes()],
            };
            assert_eq!(private.sign(&padded(&message), &blinding), expected, "{numbers:?}");
            assert_eq!(public.verify(&expected), Some(padded(&message)));
        }
    }
}

#[test]
fn powers_of_any_message_are_those_of_aws_lc() {
    let mut random = Random(32);
    for _ in 0..3 {
        let (_, numbers) = key();
        let Some((private, public)) = prepare(&numbers) else { return };
        let [n, e, d, p, q, ..] = numbers.as_slice() else { panic!("eight numbers") };
        let mut less_one: [u8; LEN] = n.as_slice().try_into().unwrap();
        less_one[LEN - 1] -= 1;
        let mut messages = vec![times(&[1], 0), times(&[1], 1), times(&[1], 2), less_one];
        // Of these one half is zero, and one is almost.
        for factor in [p, q] {
            messages.extend([1, 2, 65_537].map(|number| times(factor, number)));
        }
        messages.push(times(
            &{
                let mut one_more = p.clone();
                one_more[127] ^= 3;
                one_more
            },
            1,
        ));
        while messages.len() < 40 {
            let message = random.bytes();
            if message[..] < n[..] {
                messages.push(message);
            }
        }
        for message in messages {
            let signature = private.sign(&message, &[random.bytes(), random.bytes()]);
            assert_eq!(signature, power(&message, d, n), "{message:?} {numbers:?}");
            assert_eq!(public.verify(&signature), Some(message));
            // As a signature, too.
            assert_eq!(public.verify(&message), Some(power(&message, e, n)));
        }
    }
}

/// aws-lc makes keys with p > q; a key need not be so.
#[test]
fn the_factors_may_be_in_any_order() {
    let (_, numbers) = key();
    let [n, _, d, p, q, exponent_p, exponent_q, _] = numbers.as_slice() else { panic!("eight numbers") };
    // By Fermat.
    let less_two = &difference(&times(q, 1), &times(&[2], 1))[HALF_LEN..];
    let mut reduced = times(p, 1);
    // Below 2q, as both have the first bit set.
    if p > q {
        reduced = difference(&reduced, &times(q, 1));
    }
    let inverse = power(&reduced[HALF_LEN..], less_two, q);
    let parts = Parts { p: q, q: p, exponent_p: exponent_q, exponent_q: exponent_p, coefficient: &inverse[HALF_LEN..] };
    let Some(private) = PrivateKey::new(parts) else { return };
    let mut random = Random(33);
    for _ in 0..20 {
        let mut message: [u8; LEN] = random.bytes();
        message[0] = 0;
        let signature = private.sign(&message, &[random.bytes(), random.bytes()]);
        assert_eq!(signature, power(&message, d, n), "{numbers:?}");
    }
}

/// `a - b`, which must not be negative.
fn difference(a: &[u8; LEN], b: &[u8; LEN]) -> [u8; LEN] {
    let mut difference = *a;
    let mut borrow = 0;
    for (to, b) in difference.iter_mut().rev().zip(b.iter().rev()) {
        let byte = 256 + i32::from(*to) - i32::from(*b) - borrow;
        borrow = i32::from(byte < 256);
        *to = byte.to_le_bytes()[0];
    }
    difference
}

#[test]
fn what_is_no_signature_is_refused() {
    let (_, numbers) = key();
    let Some((_, public)) = prepare(&numbers) else { return };
    let n: [u8; LEN] = numbers[0].as_slice().try_into().unwrap();
    let mut more = n;
    // An odd number: the next one is even, and may carry.
    let carries = n.iter().rev().take_while(|&&byte| byte == 0xFF).count();
    more[LEN - carries..].fill(0);
    more[LEN - carries - 1] += 1;
    for signature in [&n[..], &more, &[0xFF; LEN], &[1; LEN - 1], &[0; LEN + 1], &[]] {
        assert_eq!(public.verify(signature), None, "{signature:?}");
    }
    assert_eq!(public.verify(&[0; LEN]), Some([0; LEN]));
}

#[test]
fn other_keys_are_refused() {
    let (_, numbers) = key();
    let [n, e, _, p, q, exponent_p, exponent_q, coefficient] = numbers.as_slice() else { panic!("eight numbers") };
    assert!(PublicKey::new(n, &[3]).is_none());
    assert!(PublicKey::new(&n[1..], e).is_none());
    assert!(PublicKey::new(&[&[1], n.as_slice()].concat(), e).is_none());
    let parts = Parts { p, q, exponent_p, exponent_q, coefficient };
    assert!(PrivateKey::new(Parts { p: &p[1..], ..parts }).is_none());
    assert!(PrivateKey::new(Parts { q: &[0x7F; HALF_LEN], ..parts }).is_none());
    assert!(PrivateKey::new(Parts { exponent_p: n, ..parts }).is_none());
    assert!(PrivateKey::new(Parts { coefficient: n, ..parts }).is_none());
}
