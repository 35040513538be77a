//! Cognito's variant of SRP-6a, the server's side.
//!
//! It serves users (`realm` is the pool name, the part of the pool id after `_`; `name` the user id sent as
//! `USER_ID_FOR_SRP`) and remembered devices (`realm` is the device group key, `name` the device key) alike.
//!
//! ```text
//! N, g = 2     3072-bit prime of RFC 3526            k = H(00 ‖ N ‖ 02)
//! pad(n)       minimal two's complement: big-endian, with a 00 in front if the top bit is set
//! x            = H(pad(salt) ‖ H(realm ‖ name ‖ ":" ‖ password))
//! v            = g^x                                 the verifier, all that is stored of a password
//! A            = g^a                                 SRP_A, from the client
//! B            = k·v ± g^b                           SRP_B, from us; for the sign see below
//! u            = H(pad(A) ‖ pad(B))
//! S            = (A·v^u)^b                           for the client: (B - k·g^x)^(a + u·x)
//! K            = HKDF-SHA-256(ikm pad(S), salt pad(u), info "Caldera Derived Key"), 16 bytes
//! signature    = HMAC-SHA-256(K, realm ‖ name ‖ SECRET_BLOCK ‖ TIMESTAMP)
//! ```
//!
//! H is SHA-256. The source is the clients' own code (amazon-cognito-identity-js, Amplify, pycognito), as Cognito
//! documents none of it; the shape is that of RFC 5054 and of Wu, "SRP-6: Improvements and Refinements" (2002).
//!
//! **The sign of g^b.** SRP wants a primitive root for g. With this prime, 2 is a quadratic residue, and so is every
//! power of it. Were B always `k·v + g^b`, then `B - k·v'` would be a residue for the right password, and for a wrong
//! guess v' only half of the time: whoever merely asks for B some thirty times could thin a dictionary of passwords
//! out to nothing offline, without ever being counted as a failed attempt. So a secret coin decides between g^b and
//! -g^b, which is no residue, and `B - k·v'` says nothing about any v'. Clients notice nothing: their base is then
//! -g^b, and their S is ours or its negative, by the parity of their secret exponent. We do not know it, and accept a
//! signature made with either.

use std::fmt;

use aws_lc_rs::{constant_time, digest, hkdf, hmac};
use stepwell_bignum::{BignumError, ELEMENT_LEN, EXPONENT_LEN, Element, MODULUS, exp_g};
use zeroize::Zeroizing;

#[cfg(test)]
mod tests;

/// The longest salt accepted from a device, in bytes. Clients send 16, or 17 with a zero in front.
const MAX_SALT_LEN: usize = 64;
/// The longest `SRP_A` that is looked at: an element in hex, and a byte of sign in front. Clients send no sign byte.
const MAX_CLIENT_PUBLIC_DIGITS: usize = 2 * ELEMENT_LEN + 2;
/// What HKDF is told the key is for.
const KEY_INFO: &[u8] = b"Caldera Derived Key";
/// Bytes of the session key.
const KEY_LEN: usize = 16;
/// The bit of the ephemeral secret's first byte that decides the sign of g^b; the other 255 bits are the exponent.
const SIGN_BIT: u8 = 0x80;

/// Why an exchange cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SrpError {
    /// `SRP_A` is not hexadecimal, is too long, is zero, or is not below N.
    #[error("SRP_A is not a valid public value")]
    InvalidClientPublic,
    /// A value that must not be zero is: B, or u, which would take the password out of S. Honest parties never see it.
    #[error("the SRP exchange degenerated")]
    Degenerate,
    /// The arithmetic failed for want of memory.
    #[error(transparent)]
    Arithmetic(#[from] BignumError),
}

/// The salt of a verifier: a positive integer, kept without leading zeros.
///
/// Clients disagree about salts with a zero byte in front: JavaScript reads an integer and drops it, Python hashes it.
/// Without one they agree. Not secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salt(Vec<u8>);

impl Salt {
    /// Bytes of a salt that we make. One that a client made for its device may have another length.
    pub const LEN: usize = 16;

    /// A fresh salt from a source of random bytes.
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut bytes = [0; Self::LEN];
        fill(&mut bytes);
        // Not drawn again: the source may be a derivation that always gives the same.
        let [first, ..] = &mut bytes;
        *first = (*first).max(1);
        Self(bytes.to_vec())
    }

    /// A salt from big-endian bytes, as stored, or as a device sends them (possibly with zeros in front).
    ///
    /// `None` if it is zero or longer than 64 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let significant = without_leading_zeros(bytes);
        (!significant.is_empty() && significant.len() <= MAX_SALT_LEN).then(|| Self(significant.to_vec()))
    }

    /// Big-endian, without leading zeros.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The challenge parameter `SALT`: the integer in lower-case hex, without leading zeros.
    pub fn to_hex(&self) -> String {
        integer_hex(&self.0)
    }
}

/// What is stored of a password: `g^x`. It does not sign anyone in, but passwords can be guessed against it offline.
///
/// Compares in constant time, prints nothing, is overwritten on drop.
#[derive(Clone)]
pub struct Verifier {
    value: Element,
    /// `value^(2^128)`, kept because it halves the squarings of v^u. It says nothing that v does not.
    upper: Element,
}

impl Verifier {
    /// Bytes of a stored verifier.
    pub const STORED_LEN: usize = 2 * ELEMENT_LEN;

    /// A verifier from big-endian bytes, as a device sends them (possibly with a zero in front). 128 squarings.
    ///
    /// `None` if it is not between 1 and N - 1.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Element::from_bytes(bytes).and_then(|value| Self::new(value).ok())
    }

    /// A verifier as [`Self::to_stored`] gave it.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        let (value, upper) = bytes.split_at_checked(ELEMENT_LEN)?;
        Some(Self { value: Element::from_bytes(value)?, upper: Element::from_bytes(upper)? })
    }

    /// What to seal and store: two numbers, big-endian, each padded with zeros to 384 bytes.
    pub fn to_stored(&self) -> Zeroizing<[u8; Self::STORED_LEN]> {
        let mut bytes = Zeroizing::new([0; Self::STORED_LEN]);
        for (to, from) in bytes.iter_mut().zip(self.value.as_bytes().iter().chain(self.upper.as_bytes())) {
            *to = *from;
        }
        bytes
    }

    fn new(value: Element) -> Result<Self, SrpError> {
        let upper = value.upper()?;
        Ok(Self { value, upper })
    }

    /// A verifier of no password, for a user who does not exist. No exponentiation, as when one is read from storage.
    pub fn decoy(fill: &mut dyn FnMut(&mut [u8])) -> Result<Self, SrpError> {
        let mut element = || {
            let mut bytes = Zeroizing::new([0; ELEMENT_LEN]);
            fill(&mut *bytes);
            let [first, .., last] = &mut *bytes;
            // The top bit clear makes it less than N, the lowest set makes it more than zero.
            *first &= 0x7F;
            *last |= 1;
            Element::from_bytes(&*bytes).ok_or(SrpError::Degenerate)
        };
        // Nothing verifies against it, so the two need not belong together.
        Ok(Self { value: element()?, upper: element()? })
    }
}

impl PartialEq for Verifier {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(self.value.as_bytes(), other.value.as_bytes()).is_ok()
    }
}

impl Eq for Verifier {}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(..)")
    }
}

/// The verifier of a password.
pub fn verifier(realm: &str, name: &str, password: &str, salt: &Salt) -> Result<Verifier, SrpError> {
    Verifier::new(power_of_password(realm, name, password, salt)?)
}

/// g^x. The password is hashed as its UTF-8 bytes, without normalization, as clients do.
fn power_of_password(realm: &str, name: &str, password: &str, salt: &Salt) -> Result<Element, SrpError> {
    let mut identity = digest::Context::new(&digest::SHA256);
    for part in [realm, name, ":", password] {
        identity.update(part.as_bytes());
    }
    let mut x = digest::Context::new(&digest::SHA256);
    x.update(&pad(salt.as_bytes()));
    x.update(identity.finish().as_ref());
    let x = Zeroizing::new(to_array(&x.finish()));
    Ok(exp_g(&x)?)
}

/// Whether `password` is the one behind `expected`. One exponentiation, whatever the answer.
pub fn check_password(
    realm: &str,
    name: &str,
    password: &str,
    salt: &Salt,
    expected: &Verifier,
) -> Result<bool, SrpError> {
    let power = power_of_password(realm, name, password, salt)?;
    Ok(constant_time::verify_slices_are_equal(power.as_bytes(), expected.value.as_bytes()).is_ok())
}

/// The client's public value A.
#[derive(Debug, Clone)]
pub struct ClientPublic(Element);

impl ClientPublic {
    /// A from the big-endian bytes that [`Self::to_bytes`] gave. `None` if it is not between 1 and N - 1.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Element::from_bytes(bytes).map(Self)
    }

    /// Big-endian, padded with zeros to 384 bytes.
    pub fn to_bytes(&self) -> [u8; ELEMENT_LEN] {
        *self.0.as_bytes()
    }

    /// The integer in lower-case hex, without leading zeros, as clients send it.
    pub fn to_hex(&self) -> String {
        integer_hex(self.0.as_bytes())
    }
}

/// Reads `SRP_A`: hex of either case, possibly of odd length. The length is checked before anything is parsed.
///
/// All clients reduce A modulo N, so one that is not below N is refused rather than reduced; and with it every
/// multiple of N, which would make S zero.
pub fn parse_client_public(srp_a: &str) -> Result<ClientPublic, SrpError> {
    if srp_a.len() > MAX_CLIENT_PUBLIC_DIGITS {
        return Err(SrpError::InvalidClientPublic);
    }
    let even = if srp_a.len().is_multiple_of(2) { srp_a.to_owned() } else { format!("0{srp_a}") };
    let bytes = hex::decode(even).map_err(|_| SrpError::InvalidClientPublic)?;
    ClientPublic::from_bytes(&bytes).ok_or(SrpError::InvalidClientPublic)
}

/// The server's secret for one exchange: the exponent b and the sign of g^b.
///
/// Prints nothing, is overwritten on drop.
#[derive(Clone)]
pub struct ServerEphemeral(Zeroizing<[u8; EXPONENT_LEN]>);

impl ServerEphemeral {
    /// A fresh secret from a source of random bytes.
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut secret = Zeroizing::new([0; EXPONENT_LEN]);
        fill(&mut *secret);
        Self(secret)
    }

    /// The secret that [`Self::as_bytes`] gave.
    pub fn from_bytes(bytes: &[u8; EXPONENT_LEN]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// The secret, to be sealed into `SECRET_BLOCK`.
    pub fn as_bytes(&self) -> &[u8; EXPONENT_LEN] {
        &self.0
    }

    /// The server's public value: `B = k·v ± g^b`. One exponentiation.
    pub fn public(&self, verifier: &Verifier) -> Result<ServerPublic, SrpError> {
        let (exponent, negative) = self.parts();
        let public = verifier.value.mul(&multiplier())?.add(&exp_g(&exponent)?.negate_if(negative)?)?;
        if public.is_zero() { Err(SrpError::Degenerate) } else { Ok(ServerPublic(public)) }
    }

    /// The exponent, and whether g^b is negated.
    fn parts(&self) -> (Zeroizing<[u8; EXPONENT_LEN]>, bool) {
        let mut exponent = self.0.clone();
        let [first, ..] = &mut *exponent;
        let negative = *first & SIGN_BIT != 0;
        *first &= !SIGN_BIT;
        (exponent, negative)
    }
}

impl fmt::Debug for ServerEphemeral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerEphemeral(..)")
    }
}

/// The server's public value B.
#[derive(Debug, Clone)]
pub struct ServerPublic(Element);

impl ServerPublic {
    /// B from the big-endian bytes that [`Self::to_bytes`] gave. `None` if it is not between 1 and N - 1.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Element::from_bytes(bytes).map(Self)
    }

    /// Big-endian, padded with zeros to 384 bytes.
    pub fn to_bytes(&self) -> [u8; ELEMENT_LEN] {
        *self.0.as_bytes()
    }

    /// The challenge parameter `SRP_B`: the integer in lower-case hex, without leading zeros.
    pub fn to_hex(&self) -> String {
        integer_hex(self.0.as_bytes())
    }
}

/// The key that a client who knows the password shares with us. Prints nothing, is overwritten on drop.
pub struct SessionKey {
    /// The key by our S, and by the client's if that is the negative (else the same again).
    candidates: [Zeroizing<[u8; KEY_LEN]>; 2],
}

/// Derives the session key. Two exponentiations.
///
/// `server_public` must be what `ephemeral.public(verifier)` gave; it is taken rather than computed again.
pub fn session_key(
    client_public: &ClientPublic,
    verifier: &Verifier,
    ephemeral: &ServerEphemeral,
    server_public: &ServerPublic,
) -> Result<SessionKey, SrpError> {
    let mut u = digest::Context::new(&digest::SHA256);
    u.update(&pad(client_public.0.as_bytes()));
    u.update(&pad(server_public.0.as_bytes()));
    let u = to_array(&u.finish());
    if u == [0; EXPONENT_LEN] {
        return Err(SrpError::Degenerate);
    }
    let (exponent, negative) = ephemeral.parts();
    let shared = client_public.0.mul(&verifier.value.pow_public(&verifier.upper, &u)?)?.pow(&exponent)?;
    let as_client_may_see_it = shared.negate_if(negative)?;
    Ok(SessionKey { candidates: [derive_key(&shared, &u)?, derive_key(&as_client_may_see_it, &u)?] })
}

impl SessionKey {
    /// Whether `signature` (`PASSWORD_CLAIM_SIGNATURE`, decoded) is the client's over these values.
    ///
    /// `secret_block` is the decoded `PASSWORD_CLAIM_SECRET_BLOCK`, `timestamp` the `TIMESTAMP` as the client wrote it.
    /// Constant-time; all keys are tried whatever the outcome.
    pub fn verify(&self, realm: &str, name: &str, secret_block: &[u8], timestamp: &str, signature: &[u8]) -> bool {
        let message = [realm.as_bytes(), name.as_bytes(), secret_block, timestamp.as_bytes()].concat();
        self.candidates.iter().fold(false, |verified, key| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &**key);
            verified | hmac::verify(&key, &message, signature).is_ok()
        })
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// The multiplier k. One hash: not worth keeping.
fn multiplier() -> Element {
    let mut k = digest::Context::new(&digest::SHA256);
    k.update(&pad(&MODULUS));
    k.update(&pad(&[2]));
    Element::from_hash(&to_array(&k.finish()))
}

/// K from S and u.
fn derive_key(shared: &Element, u: &[u8; EXPONENT_LEN]) -> Result<Zeroizing<[u8; KEY_LEN]>, SrpError> {
    let mut key = Zeroizing::new([0; KEY_LEN]);
    hkdf::Salt::new(hkdf::HKDF_SHA256, &pad(u))
        .extract(&pad(shared.as_bytes()))
        .expand(&[KEY_INFO], KeyLen)
        .and_then(|okm| okm.fill(&mut *key))
        // HKDF refuses only lengths beyond 255 hashes.
        .map_err(|_| SrpError::Degenerate)?;
    Ok(key)
}

/// Tells HKDF to make [`KEY_LEN`] bytes.
struct KeyLen;

impl hkdf::KeyType for KeyLen {
    fn len(&self) -> usize {
        KEY_LEN
    }
}

/// A non-negative integer as hashes take it: minimal big-endian two's complement.
fn pad(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let significant = without_leading_zeros(bytes);
    // Room for the sign from the start: a vector that grows leaves a copy of a secret behind.
    let mut padded = Zeroizing::new(Vec::with_capacity(significant.len().saturating_add(1)));
    if significant.first().is_none_or(|first| *first >= 0x80) {
        padded.push(0);
    }
    padded.extend_from_slice(significant);
    padded
}

/// A non-negative integer in lower-case hex, without leading zeros.
fn integer_hex(bytes: &[u8]) -> String {
    hex::encode(bytes).trim_start_matches('0').to_owned()
}

fn without_leading_zeros(mut bytes: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// The 32 bytes of a SHA-256 hash.
fn to_array(digest: &digest::Digest) -> [u8; EXPONENT_LEN] {
    let mut bytes = [0; EXPONENT_LEN];
    for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    bytes
}
