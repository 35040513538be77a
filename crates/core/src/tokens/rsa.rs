//! An RSA-2048 key that signs tokens, with PKCS #1 version 1.5 (RFC 8017, sections 8.2 and 9.2).
//!
//! By aws-lc, and where the processor has AVX-512 IFMA by [`stepwell_bignum::rsa`], which takes less time. aws-lc makes and
//! reads every key, and verifies every signature before it leaves.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA512,
};
use pkcs1::RsaPrivateKeyRef;
use pkcs8::PrivateKeyInfoRef;
use stepwell_bignum::rsa::{LEN, Parts, PrivateKey, PublicKey};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// What is signed is a hash of the message: by which function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    /// RS256.
    Sha256,
    /// RS512.
    Sha512,
}

impl Hash {
    /// EMSA-PKCS1-v1_5: what is signed for a message.
    fn encode(self, message: &[u8]) -> [u8; LEN] {
        let (info, hash): (&[u8], _) = match self {
            Self::Sha256 => (b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", &SHA256),
            Self::Sha512 => (b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40", &SHA512),
        };
        let hash = digest(hash, message);
        let mut encoded = [0xFF; LEN];
        let [first, second, ..] = &mut encoded;
        (*first, *second) = (0, 1);
        let end = hash.as_ref().iter().rev().chain(info.iter().rev()).chain(&[0]);
        for (to, from) in encoded.iter_mut().rev().zip(end) {
            *to = *from;
        }
        encoded
    }
}

/// A key, ready to sign and to verify.
pub(super) struct RsaKey {
    hash: Hash,
    pair: KeyPair,
    public: ParsedPublicKey,
    /// The same key for the processor at hand.
    fast: Option<(PrivateKey, PublicKey)>,
}

impl RsaKey {
    /// Reads a key (PKCS #8, RFC 5958).
    pub(super) fn from_pkcs8(der: &[u8], hash: Hash) -> Result<Self> {
        let pair = KeyPair::from_pkcs8(der).map_err(Error::internal)?;
        let verification = match hash {
            Hash::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
            Hash::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
        };
        let public = ParsedPublicKey::new(verification, pair.public_key().as_ref()).map_err(Error::internal)?;
        Ok(Self { hash, pair, public, fast: fast(der) })
    }

    /// The signature of a message.
    pub(super) fn sign(&self, message: &[u8]) -> Result<[u8; LEN]> {
        if let Some((private, _)) = &self.fast {
            let mut blinding = Zeroizing::new([[0; 8]; 2]);
            rand::fill(blinding.as_flattened_mut()).map_err(Error::internal)?;
            let signature = private.sign(&self.hash.encode(message), &blinding);
            // A signature with a fault in it would give the key away.
            if self.public.verify_sig(message, &signature).is_ok() {
                return Ok(signature);
            }
            tracing::error!("a signature came out wrong and was made again: is this machine's hardware sound?");
        }
        let mut signature = [0; LEN];
        let encoding = match self.hash {
            Hash::Sha256 => &RSA_PKCS1_SHA256,
            Hash::Sha512 => &RSA_PKCS1_SHA512,
        };
        self.pair.sign(encoding, &SystemRandom::new(), message, &mut signature).map_err(Error::internal)?;
        Ok(signature)
    }

    /// Whether this is a signature of a message.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.fast {
            Some((_, public)) => public.verify(signature).is_some_and(|signed| signed == self.hash.encode(message)),
            None => self.public.verify_sig(message, signature).is_ok(),
        }
    }
}

/// The key for the processor, if it can make use of it.
fn fast(der: &[u8]) -> Option<(PrivateKey, PublicKey)> {
    let info = PrivateKeyInfoRef::try_from(der).ok()?;
    let key = RsaPrivateKeyRef::try_from(info.private_key.as_bytes()).ok()?;
    let public = PublicKey::new(key.modulus.as_bytes(), key.public_exponent.as_bytes())?;
    let private = PrivateKey::new(Parts {
        p: key.prime1.as_bytes(),
        q: key.prime2.as_bytes(),
        exponent_p: key.exponent1.as_bytes(),
        exponent_q: key.exponent2.as_bytes(),
        coefficient: key.coefficient.as_bytes(),
    })?;
    Some((private, public))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::KeySize;

    use super::*;

    fn keys() -> [RsaKey; 2] {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        [Hash::Sha256, Hash::Sha512].map(|hash| RsaKey::from_pkcs8(der.as_ref(), hash).unwrap())
    }

    #[test]
    fn both_ways_make_and_take_the_same_signatures() {
        for mut key in keys() {
            for length in 0..40 {
                let message = vec![length; usize::from(length) * 37];
                let signature = key.sign(&message).unwrap();
                assert!(key.verify(&message, &signature));
                let fast = key.fast.take();
                assert_eq!(key.sign(&message).unwrap(), signature);
                assert!(key.verify(&message, &signature));
                key.fast = fast;
            }
        }
    }

    #[test]
    fn another_signature_is_refused() {
        let [key, other] = keys();
        let signature = key.sign(b"message").unwrap();
        assert!(!key.verify(b"another", &signature));
        assert!(!other.verify(b"message", &signature), "another hash function");
        let [stranger, _] = keys();
        assert!(!stranger.verify(b"message", &signature));
        for place in [0, 1, 100, LEN - 1] {
            let mut edited = signature;
            edited[place] ^= 1;
            assert!(!key.verify(b"message", &edited), "{place}");
        }
        let longer = [&[0], signature.as_slice()].concat();
        for signature in [&signature[1..], &longer, &[], &[0; LEN], &[0xFF; LEN]] {
            assert!(!key.verify(b"message", signature));
        }
    }

    /// What has the right hash in it and yet is no encoding: verifiers that parsed leniently took some of these.
    #[test]
    fn another_encoding_is_refused() {
        let [key, _] = keys();
        let Some((private, _)) = &key.fast else { return };
        let right = Hash::Sha256.encode(b"message");
        let hash = digest(&SHA256, b"message");
        let mut wrong = Vec::new();
        // Another type of block, a shorter padding, one of other bytes, none.
        for (place, byte) in [(1, 2), (1, 0), (2, 0), (100, 0xFE), (LEN - 52, 0xFF), (LEN - 52, 1)] {
            let mut encoded = right;
            encoded[place] = byte;
            wrong.push(encoded);
        }
        // Something behind the hash (Bleichenbacher, 2006).
        let mut behind = [0; LEN];
        behind[..11].copy_from_slice(&[0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0]);
        behind[11..62].copy_from_slice(&right[LEN - 51..]);
        wrong.push(behind);
        // Without the NULL of the parameters, which some encode so.
        let mut without = [0xFF; LEN];
        without[..2].copy_from_slice(&[0, 1]);
        without[LEN - 50..LEN - 32]
            .copy_from_slice(b"\x00\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20");
        without[LEN - 32..].copy_from_slice(hash.as_ref());
        wrong.push(without);
        // The hash alone.
        let mut alone = [0xFF; LEN];
        alone[..2].copy_from_slice(&[0, 1]);
        alone[LEN - 33] = 0;
        alone[LEN - 32..].copy_from_slice(hash.as_ref());
        wrong.push(alone);
        for encoded in wrong {
            let signature = private.sign(&encoded, &[[1; 8], [2; 8]]);
            assert!(!key.verify(b"message", &signature), "{encoded:?}");
            assert!(key.public.verify_sig(b"message", &signature).is_err(), "{encoded:?}");
        }
        assert!(key.verify(b"message", &private.sign(&right, &[[1; 8], [2; 8]])));
    }

    #[test]
    fn a_wrong_signature_never_leaves() {
        let [mut key, _] = keys();
        let [other, _] = keys();
        let expected = key.sign(b"message").unwrap();
        // As if the processor erred: another key's half.
        key.fast = other.fast;
        assert_eq!(key.sign(b"message").unwrap(), expected);
    }
}
