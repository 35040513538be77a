//! Constant-time arithmetic modulo the 3072-bit prime of Cognito's SRP, and modulo RSA-2048 keys ([`rsa`]).
//!
//! This is the one crate of Stepwell that contains `unsafe`, all of it in two modules: `bn`, which calls aws-lc's big
//! numbers, as aws-lc-rs exposes none and a generic implementation is slower and harder to trust; and `ifma::kernel`, a
//! multiplication for processors with AVX-512 IFMA, four times as fast as aws-lc's. Which of the two kinds of arithmetic
//! is used is decided by the processor at run time. Everything above them is safe code.
//!
//! The group is the 3072-bit MODP prime of RFC 3526 section 4 (the modulus RFC 5054 appendix A also uses) with the
//! generator 2, which is what every Cognito client hardwires (RFC 5054 itself pairs that prime with 5).
//!
//! Constant time means: neither branches nor memory addresses depend on the value of an exponent, of an [`Element`] or of a
//! private key. The exceptions are the answer of functions that return a `bool` or an `Option`, and the exponent of
//! [`Element::pow_public`].

mod arithmetic;
mod bn;
mod element;
mod error;
mod fixed_base;
mod group;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod portable;
pub mod rsa;
mod split;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod window;

pub use element::Element;
pub use error::BignumError;
pub use fixed_base::exp_g;
pub use group::{ELEMENT_LEN, EXPONENT_LEN, MODULUS, exponentiations};
