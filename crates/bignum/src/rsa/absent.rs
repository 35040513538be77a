//! The keys on another architecture: none can be made.
#![forbid(unsafe_code)]

use super::{LEN, Parts};

/// A public key, of which there is none.
#[derive(Debug)]
pub enum PublicKey {}

impl PublicKey {
    /// Always `None`.
    pub fn new(_modulus: &[u8], _exponent: &[u8]) -> Option<Self> {
        None
    }

    /// RSAVP1.
    pub fn verify(&self, _signature: &[u8]) -> Option<[u8; LEN]> {
        match *self {}
    }
}

/// A private key, of which there is none.
#[derive(Debug)]
pub enum PrivateKey {}

impl PrivateKey {
    /// Always `None`.
    pub fn new(_parts: Parts<'_>) -> Option<Self> {
        None
    }

    /// RSASP1.
    pub fn sign(&self, _message: &[u8; LEN], _blinding: &[[u8; 8]; 2]) -> [u8; LEN] {
        match *self {}
    }
}
