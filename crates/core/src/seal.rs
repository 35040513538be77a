//! Sealing: authenticated encryption of everything that leaves memory or passes through a client's hands.
//!
//! AES-256-GCM-SIV, because nonces are random and its keys survive far more messages than GCM's. A sealed value is
//! `format (1) | key version (4, big endian) | nonce (12) | ciphertext and tag`. Each purpose has its own key, derived
//! from the pool's key, and the associated data names purpose, pool and whatever the value is bound to, so that a
//! sealed value moved to another place does not open.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use zeroize::{Zeroize as _, Zeroizing};

use crate::ports::rng::Rng;

/// Values opened by this process, or tried to.
static OPENED: AtomicU64 = AtomicU64::new(0);

/// How many values this process has opened, or tried to. For the test that an unknown user costs as much work as a
/// known one (architecture decision 7).
pub fn opened() -> u64 {
    OPENED.load(Ordering::Relaxed)
}

const FORMAT: u8 = 1;
const HEADER_LEN: usize = 1 + 4 + NONCE_LEN;

/// What a sealed value is. Part of the key derivation and of the associated data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A pool's key under the master key.
    PoolKey,
    /// A private token-signing key.
    SigningKey,
    /// An app client's secret.
    ClientSecret,
    /// The secret of an access key.
    AccessKey,
    /// A user's SRP salt and verifier.
    Verifier,
    /// The SRP salt and verifier of a user's device.
    DeviceVerifier,
    /// The secret that a user shares with an authenticator app.
    SoftwareToken,
    /// A refresh token.
    RefreshToken,
    /// A `Session` string between two challenges.
    Session,
    /// The `SECRET_BLOCK` of an SRP exchange.
    SecretBlock,
    /// The `SECRET_BLOCK` of an SRP exchange with a device.
    DeviceSecretBlock,
    /// A pagination token.
    Paging,
    /// A message in the outbox.
    Outbox,
    /// The session token of temporary credentials.
    SessionToken,
}

impl Purpose {
    const ALL: &[Self] = &[
        Self::PoolKey,
        Self::SigningKey,
        Self::ClientSecret,
        Self::AccessKey,
        Self::Verifier,
        Self::DeviceVerifier,
        Self::SoftwareToken,
        Self::RefreshToken,
        Self::Session,
        Self::SecretBlock,
        Self::DeviceSecretBlock,
        Self::Paging,
        Self::Outbox,
        Self::SessionToken,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::PoolKey => "pool-key",
            Self::SigningKey => "signing-key",
            Self::ClientSecret => "client-secret",
            Self::AccessKey => "access-key",
            Self::Verifier => "verifier",
            Self::DeviceVerifier => "device-verifier",
            Self::SoftwareToken => "software-token",
            Self::RefreshToken => "refresh-token",
            Self::Session => "session",
            Self::SecretBlock => "secret-block",
            Self::DeviceSecretBlock => "device-secret-block",
            Self::Paging => "paging",
            Self::Outbox => "outbox",
            Self::SessionToken => "session-token",
        }
    }
}

/// A sealed value does not open: it was made by another key, for another place, or changed. It says no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed value does not open")]
pub struct OpenError;

/// The sealing keys derived from one version of one 32-byte secret.
pub struct SealingKey {
    version: u32,
    secret: Zeroizing<[u8; 32]>,
    aeads: Vec<(Purpose, LessSafeKey)>,
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealingKey").field("version", &self.version).finish_non_exhaustive()
    }
}

impl SealingKey {
    /// Derives the keys of all purposes.
    pub fn new(version: u32, secret: Zeroizing<[u8; 32]>) -> Result<Self, OpenError> {
        let mut aeads = Vec::with_capacity(Purpose::ALL.len());
        for &purpose in Purpose::ALL {
            let derived = derive(&secret, purpose.label());
            let key = UnboundKey::new(&AES_256_GCM_SIV, derived.as_ref()).map_err(|_| OpenError)?;
            aeads.push((purpose, LessSafeKey::new(key)));
        }
        Ok(Self { version, secret, aeads })
    }

    /// The key's version, as sealed values carry it.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The raw secret, to be wrapped under the master key.
    pub fn secret(&self) -> &Zeroizing<[u8; 32]> {
        &self.secret
    }

    /// A key for HMACs of one kind (one-time codes, names of unknown users, …), independent of the sealing keys.
    pub fn mac_key(&self, label: &str) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, derive(&self.secret, &format!("mac:{label}")).as_ref())
    }

    fn aead(&self, purpose: Purpose) -> Result<&LessSafeKey, OpenError> {
        self.aeads.iter().find(|(p, _)| *p == purpose).map(|(_, key)| key).ok_or(OpenError)
    }

    /// Seals `plain`; it opens only with the same purpose and `bound_to`.
    pub fn seal(&self, rng: &dyn Rng, purpose: Purpose, bound_to: &[&str], plain: &[u8]) -> Result<Vec<u8>, OpenError> {
        let aead = self.aead(purpose)?;
        let nonce: [u8; NONCE_LEN] = rng.bytes();
        let mut out = Vec::with_capacity(HEADER_LEN + plain.len() + AES_256_GCM_SIV.tag_len());
        out.push(FORMAT);
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain);
        let (_, body) = out.split_at_mut(HEADER_LEN);
        let bound = Aad::from(associated_data(purpose, bound_to));
        let sealed = aead.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), bound, body);
        let Ok(tag) = sealed else {
            out.zeroize();
            return Err(OpenError);
        };
        out.extend_from_slice(tag.as_ref());
        Ok(out)
    }

    /// Opens what [`Self::seal`] made.
    pub fn open(&self, purpose: Purpose, bound_to: &[&str], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        OPENED.fetch_add(1, Ordering::Relaxed);
        let (header, body) = sealed.split_at_checked(HEADER_LEN).ok_or(OpenError)?;
        if sealed_version(sealed) != Some(self.version) {
            return Err(OpenError);
        }
        let nonce: [u8; NONCE_LEN] =
            header.get(HEADER_LEN - NONCE_LEN..).and_then(|n| n.try_into().ok()).ok_or(OpenError)?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self
            .aead(purpose)?
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(associated_data(purpose, bound_to)),
                body.as_mut_slice(),
            )
            .map_err(|_| OpenError)?
            .len();
        body.truncate(length);
        Ok(body)
    }
}

/// The key version a sealed value names, if it is one at all.
pub fn sealed_version(sealed: &[u8]) -> Option<u32> {
    let (&format, rest) = sealed.split_first()?;
    let version = rest.get(..4)?.try_into().ok()?;
    (format == FORMAT).then(|| u32::from_be_bytes(version))
}

fn derive(secret: &Zeroizing<[u8; 32]>, label: &str) -> Zeroizing<[u8; 32]> {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref()), label.as_bytes());
    let mut out = Zeroizing::new([0; 32]);
    out.copy_from_slice(tag.as_ref());
    out
}

/// Purpose and bindings, each with its length, so that no two lists read the same.
fn associated_data(purpose: Purpose, bound_to: &[&str]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    for part in std::iter::once(&purpose.label()).chain(bound_to) {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part.as_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::rng::Counter;

    fn key(version: u32) -> SealingKey {
        SealingKey::new(version, Zeroizing::new([7; 32])).unwrap()
    }

    #[test]
    fn opens_only_where_it_was_sealed() {
        let rng = Counter(0.into());
        let sealed = key(1).seal(&rng, Purpose::Session, &["pool", "client"], b"hello").unwrap();
        assert_eq!(key(1).open(Purpose::Session, &["pool", "client"], &sealed).unwrap().as_slice(), b"hello");
        assert!(key(1).open(Purpose::Session, &["pool", "other"], &sealed).is_err());
        assert!(key(1).open(Purpose::Session, &["poolclient"], &sealed).is_err());
        assert!(key(1).open(Purpose::RefreshToken, &["pool", "client"], &sealed).is_err());
        assert!(key(2).open(Purpose::Session, &["pool", "client"], &sealed).is_err());
    }

    #[test]
    fn every_changed_bit_and_every_truncation_is_refused() {
        let rng = Counter(0.into());
        let sealed = key(1).seal(&rng, Purpose::Session, &[], b"hello").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(key(1).open(Purpose::Session, &[], &changed).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(key(1).open(Purpose::Session, &[], &sealed[..length]).is_err(), "length {length}");
        }
    }
}
