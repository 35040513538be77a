//! The primitives of RSA-2048 (RFC 8017, section 5.2) on processors with AVX-512 IFMA: signing in three quarters of aws-lc's
//! time, and verifying in a third of it.
//!
//! Primitives alone: padding and hashing are the caller's, and so is a way for other processors. A caller must verify what
//! [`PrivateKey::sign`] returns before anybody sees it: one wrong half of a signature gives the key away (Boneh, `DeMillo` and
//! Lipton, "On the Importance of Checking Cryptographic Protocols for Faults", 1997).
//!
//! # Secrets
//!
//! Time and addresses do not depend on a key, as the crate's documentation says. Beyond that the exponents are blinded (Coron,
//! "Resistance against Differential Power Analysis", 1999): each signature is made with others, of which the key's own cannot
//! be told. Keys and what is computed from them live on the heap and are overwritten when dropped; what the
//! compiler spills to the stack on the way is not.
#![forbid(unsafe_code)]

#[cfg_attr(not(target_arch = "x86_64"), path = "rsa/absent.rs")]
mod keys;
#[cfg(test)]
#[cfg(target_arch = "x86_64")]
mod tests;

pub use keys::{PrivateKey, PublicKey};

/// Bytes of a modulus, a message and a signature.
pub const LEN: usize = 256;

/// The parts of a private key that signing needs, big-endian, with the names of RFC 8017, section 3.2.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "secret")]
pub struct Parts<'a> {
    /// The first prime factor.
    pub p: &'a [u8],
    /// The second.
    pub q: &'a [u8],
    /// The private exponent modulo p - 1.
    pub exponent_p: &'a [u8],
    /// The private exponent modulo q - 1.
    pub exponent_q: &'a [u8],
    /// The inverse of q modulo p.
    pub coefficient: &'a [u8],
}
