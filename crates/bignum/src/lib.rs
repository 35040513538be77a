//! Constant-time arithmetic modulo the 3072-bit prime of Cognito's SRP, on aws-lc's big numbers.
//!
//! This is the one crate of Stepwell that contains `unsafe`, all of it in `bn`: aws-lc-rs exposes no big-number
//! arithmetic, and a hand-written or generic one is slower and harder to trust. Everything above `bn` is safe code.
//!
//! The group is the 3072-bit MODP prime of RFC 3526 section 4 (the modulus RFC 5054 appendix A also uses) with the
//! generator 2, which is what every Cognito client hardwires (RFC 5054 itself pairs that prime with 5).
//!
//! Constant time means: neither branches nor memory addresses depend on the value of an exponent or of an
//! [`Element`]. The exceptions are the answer of functions that return a `bool` or an `Option`, and the exponent of
//! [`Element::pow_public`].

mod bn;
mod element;
mod error;
mod fixed_base;
mod group;
mod split;

pub use element::Element;
pub use error::BignumError;
pub use fixed_base::exp_g;
pub use group::{ELEMENT_LEN, EXPONENT_LEN, MODULUS, exponentiations};
