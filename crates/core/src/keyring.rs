//! The hierarchy of keys: a master key from the operator wraps one key per pool, and pool keys seal everything else.
//! Rotating the master key therefore re-wraps a handful of rows.

use std::sync::Arc;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Millis;
use crate::error::{Error, Result};
use crate::ports::rng::Rng;
use crate::seal::{OpenError, Purpose, SealingKey, sealed_version};

/// The pool id under which the deployment's own key is kept.
pub const SYSTEM: &str = "_system";

/// A pool key as stored: sealed under the master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The pool, or [`SYSTEM`].
    pub pool_id: String,
    /// Counts up from 1.
    pub version: u32,
    /// The sealed 32 bytes.
    pub sealed: Vec<u8>,
}

/// What a token-signing key signs. Cognito signs the two kinds with different keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SigningUse {
    /// ID tokens.
    Id,
    /// Access tokens.
    Access,
    /// OpenID tokens of identity pools.
    Identity,
}

/// A token-signing key as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// The pool.
    pub pool_id: String,
    /// The key id, as in the JWT header and the JWKS.
    pub kid: String,
    /// What it signs.
    pub signs: SigningUse,
    /// When it was made.
    pub created_at: Millis,
    /// The private key (PKCS#8 DER), sealed by the pool's key.
    #[serde(with = "crate::encoding::bytes")]
    pub sealed_private_key: Vec<u8>,
    /// The public modulus, big endian.
    #[serde(with = "crate::encoding::bytes")]
    pub modulus: Vec<u8>,
    /// The public exponent, big endian.
    #[serde(with = "crate::encoding::bytes")]
    pub exponent: Vec<u8>,
}

/// An access key of an administrator, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// `AKIA…`, 20 characters.
    pub access_key_id: String,
    /// The secret, sealed by the deployment's key.
    #[serde(with = "crate::encoding::bytes")]
    pub sealed_secret: Vec<u8>,
    /// When it was made.
    pub created_at: Millis,
    /// What the operator calls it.
    pub description: String,
    /// The name of the IAM user it belongs to. Keys made before there were users belong to
    /// [`ADMINISTRATOR`](crate::iam::access_key::ADMINISTRATOR).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Whether it may be used.
    #[serde(default = "active")]
    pub active: bool,
}

/// Keys that say nothing else are active.
fn active() -> bool {
    true
}

impl AccessKey {
    /// The name of the user it belongs to.
    pub fn owner(&self) -> &str {
        self.owner.as_deref().unwrap_or(crate::iam::access_key::ADMINISTRATOR)
    }
}

/// The operator's master key.
pub struct MasterKey(SealingKey);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

impl MasterKey {
    /// From its 32 bytes.
    pub fn new(secret: Zeroizing<[u8; 32]>) -> Result<Self> {
        // The version of a wrapping says nothing: there is one master key at a time, and it opens or it does not.
        Ok(Self(SealingKey::new(0, secret).map_err(Error::internal)?))
    }

    /// Makes and wraps a new pool key.
    pub fn generate(&self, rng: &dyn Rng, pool_id: &str, version: u32) -> Result<(WrappedKey, SealingKey)> {
        let key = SealingKey::new(version, Zeroizing::new(rng.bytes())).map_err(Error::internal)?;
        Ok((self.wrap(rng, pool_id, &key)?, key))
    }

    /// Wraps a pool key.
    pub fn wrap(&self, rng: &dyn Rng, pool_id: &str, key: &SealingKey) -> Result<WrappedKey> {
        let version = key.version();
        let sealed = self
            .0
            .seal(rng, Purpose::PoolKey, &[pool_id, &version.to_string()], key.secret().as_ref())
            .map_err(Error::internal)?;
        Ok(WrappedKey { pool_id: pool_id.to_owned(), version, sealed })
    }

    /// Unwraps a pool key; fails if another master key wrapped it.
    pub fn unwrap(&self, wrapped: &WrappedKey) -> std::result::Result<SealingKey, OpenError> {
        let bound_to = [wrapped.pool_id.as_str(), &wrapped.version.to_string()];
        let plain = self.0.open(Purpose::PoolKey, &bound_to, &wrapped.sealed)?;
        let secret: [u8; 32] = plain.as_slice().try_into().map_err(|_| OpenError)?;
        SealingKey::new(wrapped.version, Zeroizing::new(secret))
    }
}

/// The unwrapped keys of one pool: the newest seals, all of them open.
#[derive(Debug, Clone)]
pub struct PoolKeys {
    pool_id: Arc<str>,
    keys: Vec<Arc<SealingKey>>,
    newest: Arc<SealingKey>,
    macs: Arc<Macs>,
}

/// HMAC keys of a pool, derived once. They come from the pool's first key, so that what they produced stays comparable.
#[derive(Debug)]
struct Macs {
    codes: hmac::Key,
    names: hmac::Key,
}

impl PoolKeys {
    /// Unwraps a pool's keys, given oldest first.
    pub fn open(master: &MasterKey, pool_id: &str, wrapped: &[WrappedKey]) -> Result<Self> {
        let keys = wrapped
            .iter()
            .map(|w| master.unwrap(w).map(Arc::new))
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(Error::internal)?;
        Self::new(pool_id, keys)
    }

    /// From keys already unwrapped, oldest first.
    pub fn new(pool_id: &str, keys: Vec<Arc<SealingKey>>) -> Result<Self> {
        let (Some(oldest), Some(newest)) = (keys.first(), keys.last().cloned()) else {
            return Err(Error::internal(format!("pool {pool_id} has no key")));
        };
        let macs = Arc::new(Macs { codes: oldest.mac_key("codes"), names: oldest.mac_key("names") });
        Ok(Self { pool_id: pool_id.into(), keys, newest, macs })
    }

    /// Seals with the newest key; opens only for the same purpose, pool and `bound_to`.
    pub fn seal(&self, rng: &dyn Rng, purpose: Purpose, bound_to: &[&str], plain: &[u8]) -> Result<Vec<u8>> {
        self.newest.seal(rng, purpose, &self.bind(bound_to), plain).map_err(Error::internal)
    }

    /// Opens with whichever key the sealed value names.
    pub fn unseal(
        &self,
        purpose: Purpose,
        bound_to: &[&str],
        sealed: &[u8],
    ) -> std::result::Result<Zeroizing<Vec<u8>>, OpenError> {
        let version = sealed_version(sealed).ok_or(OpenError)?;
        let key = self.keys.iter().find(|key| key.version() == version).ok_or(OpenError)?;
        key.open(purpose, &self.bind(bound_to), sealed)
    }

    /// HMAC-SHA256 of a one-time code or its destination.
    pub fn code_mac(&self, parts: &[&str]) -> Vec<u8> {
        mac(&self.macs.codes, parts)
    }

    /// HMAC-SHA256 of a name, for what is derived from names that may not exist.
    pub fn name_mac(&self, parts: &[&str]) -> Vec<u8> {
        mac(&self.macs.names, parts)
    }

    fn bind<'a>(&'a self, bound_to: &[&'a str]) -> Vec<&'a str> {
        std::iter::once(&*self.pool_id).chain(bound_to.iter().copied()).collect()
    }
}

fn mac(key: &hmac::Key, parts: &[&str]) -> Vec<u8> {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    context.sign().as_ref().to_vec()
}
