//! The keys, for a processor that has the instructions.
#![forbid(unsafe_code)]

use std::fmt;

use zeroize::Zeroizing;

use super::{LEN, Parts};
use crate::ifma::modulus::{Modulus, add_multiple, low, up};
use crate::ifma::{from_bytes, kernel::Limbs, to_bytes};

/// Bytes of a prime factor.
pub(super) const HALF_LEN: usize = LEN / 2;
/// The only public exponent.
const EXPONENT: [u8; 3] = [1, 0, 1];
/// Squarings that the public exponent takes.
const SQUARINGS: usize = 16;

/// Limbs that a message is cut into, for either prime factor: 1,040 bits.
const HALF_LIMBS: usize = 20;
/// Words of a private exponent.
const WORDS: usize = HALF_LEN / 8;
/// Words of a blinded one.
const BLINDED_WORDS: usize = WORDS + 1;
/// Bits of a digit of it.
const DIGIT_BITS: usize = 5;
/// Values of a digit.
const DIGITS: usize = 1 << DIGIT_BITS;
/// What leaves of a byte a digit.
const MASK: u8 = 0x1F;
/// Digits of an exponent.
const PLACES: usize = (BLINDED_WORDS * 64).div_ceil(DIGIT_BITS);

/// A number modulo the modulus.
type Whole = Limbs<6>;
/// A number modulo a prime factor.
type Half = Limbs<3>;
/// A secret one. Boxed, because a move leaves a copy behind.
type Secret = Box<Zeroizing<Half>>;
/// A blinded exponent's digits, the most significant first.
type Digits = Box<Zeroizing<[u8; PLACES]>>;
/// An exponent's words, the least significant first.
type Exponent = Box<Zeroizing<[u64; WORDS]>>;

/// A public key.
pub struct PublicKey(Box<Zeroizing<Modulus<6>>>);

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey")
    }
}

impl PublicKey {
    /// Prepares a key, given big-endian. `None` if the processor lacks the instructions, the modulus is not of 2,048 bits or
    /// the exponent is not 65,537.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        if modulus.len() != LEN || exponent != EXPONENT {
            return None;
        }
        Modulus::new(modulus).map(Self)
    }

    /// RSAVP1: the message that a signature is of. `None` if the signature is not a number below the modulus, of its length.
    ///
    /// Not constant-time: signatures are public.
    pub fn verify(&self, signature: &[u8]) -> Option<[u8; LEN]> {
        let modulus = &self.0;
        let mut number = Whole::ZERO;
        from_bytes(signature, &mut number);
        if signature.len() != LEN || !modulus.exceeds(&number) {
            return None;
        }
        let mut power = number;
        modulus.enter(&mut power);
        for _ in 0..SQUARINGS {
            modulus.multiply(&mut power, None);
        }
        // In plain form and 2^52 times as large, which is how `reduce` wants the product.
        up(number.words_mut());
        modulus.multiply(&mut power, Some(&number));
        modulus.reduce(&mut power);
        let mut message = [0; LEN];
        to_bytes(power.words(), &mut message);
        Some(message)
    }
}

/// A private key: its prime factors p and q, as the Chinese remainder theorem wants them.
pub struct PrivateKey {
    p: Factor,
    q: Factor,
    /// 2^52 times the inverse of q modulo p.
    coefficient: Secret,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

impl PrivateKey {
    /// Prepares a key. `None` if the processor lacks the instructions or the prime factors are not both of 1,024 bits.
    ///
    /// That the parts belong together is not checked here: a signature shows it.
    pub fn new(parts: Parts<'_>) -> Option<Self> {
        if parts.coefficient.len() > HALF_LEN {
            return None;
        }
        let mut coefficient = secret();
        from_bytes(parts.coefficient, &mut coefficient);
        up(coefficient.words_mut());
        let (p, q) = (Factor::new(parts.p, parts.exponent_p)?, Factor::new(parts.q, parts.exponent_q)?);
        Some(Self { p, q, coefficient })
    }

    /// RSASP1: the signature of a message, which must be below the modulus. `blinding` is fresh and random.
    ///
    /// To be verified before it is used, as the module's documentation says.
    pub fn sign(&self, message: &[u8; LEN], blinding: &[[u8; 8]; 2]) -> [u8; LEN] {
        let Self { p, q, coefficient } = self;
        let [blinding_p, blinding_q] = blinding;
        let [mut of_p, mut of_q] = pow_both([p, q], message, [&p.digits(*blinding_p), &q.digits(*blinding_q)]);
        // What the signature is modulo q: in plain form and reduced.
        let mut shift = Half::ZERO;
        shift.words_mut().iter_mut().take(1).for_each(|lowest| *lowest = 1);
        up(shift.words_mut());
        q.modulus.multiply(&mut of_q, Some(&shift));
        q.modulus.reduce(&mut of_q);
        // Garner: s = s_q + q·((s_p - s_q)·q⁻¹ mod p).
        let mut in_p = of_q.clone();
        p.modulus.enter(&mut in_p);
        p.modulus.subtract(&mut of_p, &in_p);
        p.modulus.multiply(&mut of_p, Some(coefficient));
        p.modulus.reduce(&mut of_p);
        let mut signature = Zeroizing::new(Whole::ZERO);
        for (to, from) in signature.words_mut().iter_mut().zip(of_q.words()) {
            *to = *from;
        }
        for (place, limb) in of_p.words().iter().enumerate().take(HALF_LIMBS) {
            add_multiple(signature.words_mut().get_mut(place..).unwrap_or_default(), q.modulus.number(), *limb);
        }
        let mut bytes = [0; LEN];
        to_bytes(signature.words(), &mut bytes);
        bytes
    }
}

/// A prime factor.
struct Factor {
    modulus: Box<Zeroizing<Modulus<3>>>,
    /// 2^1040, twice in Montgomery form: it brings a message's upper limbs to their place and into Montgomery form.
    upper: Secret,
    exponent: Exponent,
    /// The prime less one: the order of its group.
    order: Exponent,
}

impl Factor {
    fn new(prime: &[u8], exponent: &[u8]) -> Option<Self> {
        if prime.len() != HALF_LEN || exponent.len() > HALF_LEN {
            return None;
        }
        let modulus = Modulus::new(prime)?;
        let mut upper = secret();
        upper.words_mut().iter_mut().skip(HALF_LIMBS).take(1).for_each(|limb| *limb = 1);
        modulus.enter(&mut upper);
        modulus.enter(&mut upper);
        let mut order = words(prime);
        order.iter_mut().take(1).for_each(|lowest| *lowest ^= 1);
        Some(Self { modulus, upper, exponent: words(exponent), order })
    }

    /// A message in Montgomery form, below 4M.
    fn load(&self, message: &Whole) -> Secret {
        let (lower, upper) = message.words().split_at(HALF_LIMBS);
        let [mut lower, mut upper] = [lower, upper].map(|limbs| {
            let mut half = secret();
            half.words_mut().iter_mut().zip(limbs).take(HALF_LIMBS).for_each(|(to, from)| *to = *from);
            half
        });
        self.modulus.enter(&mut lower);
        self.modulus.multiply(&mut upper, Some(&self.upper));
        add_multiple(lower.words_mut(), upper.words(), 1);
        lower
    }

    /// The digits of an exponent that does what the key's does.
    fn digits(&self, blinding: [u8; 8]) -> Digits {
        let blinding = u64::from_le_bytes(blinding);
        // The exponent and so many times the group's order.
        let mut blinded = Zeroizing::new([0_u64; BLINDED_WORDS + 1]);
        let mut carry = 0_u64;
        for (to, (exponent, order)) in blinded.iter_mut().zip(self.exponent.iter().zip(self.order.iter())) {
            let whole = u128::from(*order).wrapping_mul(blinding.into());
            let whole = whole.wrapping_add((*exponent).into()).wrapping_add(carry.into());
            (*to, carry) = (low(whole), low(whole >> 64));
        }
        let [.., last, _] = &mut *blinded;
        *last = carry;
        let mut digits: Digits = Box::new(Zeroizing::new([0; PLACES]));
        for (place, digit) in digits.iter_mut().rev().enumerate() {
            let bit = place.wrapping_mul(DIGIT_BITS);
            if let Some([word, next]) = blinded.get(bit / 64..).and_then(|words| words.first_chunk()) {
                let bits = (u128::from(*next) << 64 | u128::from(*word)) >> (bit % 64);
                let [lowest, ..] = bits.to_le_bytes();
                *digit = lowest & MASK;
            }
        }
        digits
    }
}

/// The message to the power of an exponent for each prime factor, in Montgomery form.
fn pow_both(factors: [&Factor; 2], message: &[u8; LEN], exponents: [&Digits; 2]) -> [Secret; 2] {
    let mut whole = Whole::ZERO;
    from_bytes(message, &mut whole);
    let moduli = factors.map(|factor| &**factor.modulus);
    let bases = factors.map(|factor| factor.load(&whole));
    let one = || {
        moduli.map(|modulus| {
            let mut one = secret();
            (**one).clone_from(modulus.one());
            one
        })
    };
    let mut powers = one();
    let [mut table_p, mut table_q] = [(); 2].map(|()| Zeroizing::new(vec![Half::ZERO; DIGITS]));
    for (entry_p, entry_q) in table_p.iter_mut().zip(table_q.iter_mut()) {
        let [of_p, of_q] = &mut powers;
        entry_p.clone_from(of_p);
        entry_q.clone_from(of_q);
        let [base_p, base_q] = &bases;
        Modulus::multiply_both(moduli, [of_p, of_q], Some([base_p, base_q]));
    }
    let [mut of_p, mut of_q] = one();
    let [mut factor_p, mut factor_q] = bases;
    let [modulus_p, modulus_q] = moduli;
    let [digits_p, digits_q] = exponents;
    for (digit_p, digit_q) in digits_p.iter().zip(digits_q.iter()) {
        for _ in 0..DIGIT_BITS {
            Modulus::multiply_both(moduli, [&mut of_p, &mut of_q], None);
        }
        modulus_p.select(&table_p, *digit_p, &mut factor_p);
        modulus_q.select(&table_q, *digit_q, &mut factor_q);
        Modulus::multiply_both(moduli, [&mut of_p, &mut of_q], Some([&factor_p, &factor_q]));
    }
    [of_p, of_q]
}

/// A secret, zero as yet.
fn secret() -> Secret {
    Box::new(Zeroizing::new(Half::ZERO))
}

/// The words of a big-endian number.
#[expect(clippy::unnecessary_box_returns, reason = "a move leaves a copy behind")]
fn words(bytes: &[u8]) -> Exponent {
    let mut words: Exponent = Box::new(Zeroizing::new([0; WORDS]));
    for (word, chunk) in words.iter_mut().zip(bytes.rchunks(8)) {
        *word = chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    words
}

#[cfg(test)]
mod tests {
    #![expect(clippy::arithmetic_side_effects, reason = "a test may panic")]

    use super::*;
    use crate::tests::Random;

    /// `sum := sum + number·2^shift`, bit by bit.
    fn add_shifted(sum: &mut [bool; PLACES * DIGIT_BITS], number: &[u8], shift: usize) {
        let bits = number.iter().rev().flat_map(|byte| (0..8).map(move |place| byte >> place & 1 == 1));
        let mut carry = false;
        for (to, bit) in sum.iter_mut().skip(shift).zip(bits.chain(std::iter::repeat(false))) {
            let ones = u8::from(*to) + u8::from(bit) + u8::from(carry);
            (*to, carry) = (ones & 1 == 1, ones > 1);
        }
        assert!(!carry);
    }

    #[test]
    fn digits_are_the_exponent_and_multiples_of_the_order() {
        let mut random = Random(34);
        let most = [0xFF; HALF_LEN];
        for round in 0..60_u8 {
            let mut prime: [u8; HALF_LEN] = if round < 4 { most } else { random.bytes() };
            prime[0] |= 0x80;
            prime[HALF_LEN - 1] |= 1;
            let exponent: [u8; HALF_LEN] = if round < 4 { most } else { random.bytes() };
            let blinding = match round {
                0 => [0; 8],
                1 => [0xFF; 8],
                2 => [1, 0, 0, 0, 0, 0, 0, 0],
                3 => [0, 0, 0, 0, 0, 0, 0, 0x80],
                _ => random.bytes(),
            };
            let Some(factor) = Factor::new(&prime, &exponent) else { return };
            let mut expected = [false; PLACES * DIGIT_BITS];
            add_shifted(&mut expected, &exponent, 0);
            prime[HALF_LEN - 1] ^= 1;
            for place in 0..64 {
                if u64::from_le_bytes(blinding) >> place & 1 == 1 {
                    add_shifted(&mut expected, &prime, place);
                }
            }
            let digits = factor.digits(blinding);
            let bits = digits.iter().rev().flat_map(|digit| (0..DIGIT_BITS).map(move |place| digit >> place & 1 == 1));
            assert!(bits.eq(expected), "{round}");
            assert!(digits.iter().all(|digit| usize::from(*digit) < DIGITS));
        }
    }
}
