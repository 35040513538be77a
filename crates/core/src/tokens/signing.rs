//! The RSA keys that sign tokens: made ahead, kept sealed, published as a JWKS.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::rsa::{Hash, RsaKey};
use crate::Millis;
use crate::error::{Error, Result};
use crate::keyring::{PoolKeys, SigningKey, SigningUse};
use crate::ports::rng::Rng;
use crate::seal::Purpose;

/// How many keys the stock holds: enough for one pool.
const STOCK: usize = 2;

/// A fresh RSA-2048 key pair.
pub struct GeneratedKey {
    private_key: Zeroizing<Vec<u8>>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl std::fmt::Debug for GeneratedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GeneratedKey")
    }
}

impl GeneratedKey {
    /// Makes one. Takes 50–150 ms of CPU: call it on the blocking pool.
    pub fn generate() -> Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(Error::internal)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(Error::internal)?;
        let public = pair.public_key();
        Ok(Self {
            private_key: Zeroizing::new(der.as_ref().to_vec()),
            modulus: public.modulus().big_endian_without_leading_zero().to_vec(),
            exponent: public.exponent().big_endian_without_leading_zero().to_vec(),
        })
    }

    /// The record of this key for a pool.
    pub fn into_signing_key(
        self,
        rng: &dyn Rng,
        keys: &PoolKeys,
        pool_id: &str,
        signs: SigningUse,
        now: Millis,
    ) -> Result<SigningKey> {
        let kid = STANDARD.encode(rng.bytes::<32>());
        let sealed_private_key = keys.seal(rng, Purpose::SigningKey, &[&kid], &self.private_key)?;
        Ok(SigningKey {
            pool_id: pool_id.to_owned(),
            kid,
            signs,
            created_at: now,
            sealed_private_key,
            modulus: self.modulus,
            exponent: self.exponent,
        })
    }
}

/// Keys made ahead, so that creating a pool does not wait for prime numbers.
#[derive(Debug, Default)]
pub struct KeyStock(Mutex<Vec<GeneratedKey>>);

impl KeyStock {
    /// A key: from the stock, or made now on the blocking pool.
    pub async fn take(&self) -> Result<GeneratedKey> {
        let stocked = self.0.lock().pop();
        match stocked {
            Some(key) => Ok(key),
            None => tokio::task::spawn_blocking(GeneratedKey::generate).await.map_err(Error::internal)?,
        }
    }

    /// Makes one key if the stock is not full; true if it made one. Called by a background task.
    pub async fn refill(&self) -> Result<bool> {
        if self.0.lock().len() >= STOCK {
            return Ok(false);
        }
        let key = tokio::task::spawn_blocking(GeneratedKey::generate).await.map_err(Error::internal)??;
        self.0.lock().push(key);
        Ok(true)
    }
}

/// One key, ready to sign and verify.
pub struct Signer {
    kid: String,
    signs: SigningUse,
    /// The encoded header of every token this key signs; tokens are recognised by it.
    header: String,
    key: RsaKey,
    jwk: Value,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("kid", &self.kid).field("signs", &self.signs).finish_non_exhaustive()
    }
}

/// The algorithm of what a key signs: Cognito uses RS256 for the tokens of user pools and RS512 for those of identity pools.
fn algorithm(signs: SigningUse) -> (&'static str, Hash) {
    match signs {
        SigningUse::Id | SigningUse::Access => ("RS256", Hash::Sha256),
        SigningUse::Identity => ("RS512", Hash::Sha512),
    }
}

impl Signer {
    pub(crate) fn open(keys: &PoolKeys, stored: &SigningKey) -> Result<Self> {
        let der =
            keys.unseal(Purpose::SigningKey, &[&stored.kid], &stored.sealed_private_key).map_err(Error::internal)?;
        let (name, hash) = algorithm(stored.signs);
        let header = json!({ "kid": stored.kid, "alg": name }).to_string();
        let jwk = json!({
            "alg": name,
            "e": URL_SAFE_NO_PAD.encode(&stored.exponent),
            "kid": stored.kid,
            "kty": "RSA",
            "n": URL_SAFE_NO_PAD.encode(&stored.modulus),
            "use": "sig",
        });
        Ok(Self {
            kid: stored.kid.clone(),
            signs: stored.signs,
            header: URL_SAFE_NO_PAD.encode(header),
            key: RsaKey::from_pkcs8(&der, hash)?,
            jwk,
        })
    }

    /// The key id.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Signs a payload as a compact JWS.
    pub fn sign(&self, payload: &[u8]) -> Result<String> {
        let mut token = String::with_capacity(self.header.len() + payload.len() * 4 / 3 + 360);
        token.push_str(&self.header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.key.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// The signing keys of one pool. The newest of each kind signs; all of them verify and are published.
#[derive(Debug)]
pub struct Signers {
    all: Vec<Signer>,
    id: usize,
    access: usize,
}

impl Signers {
    /// Unseals a pool's keys, given oldest first.
    pub fn open(keys: &PoolKeys, stored: &[SigningKey]) -> Result<Self> {
        let all = stored.iter().map(|key| Signer::open(keys, key)).collect::<Result<Vec<_>>>()?;
        let newest = |signs| {
            all.iter()
                .rposition(|signer: &Signer| signer.signs == signs)
                .ok_or_else(|| Error::internal("a pool lacks a signing key"))
        };
        let (id, access) = (newest(SigningUse::Id)?, newest(SigningUse::Access)?);
        Ok(Self { all, id, access })
    }

    /// The key that signs this kind of token.
    pub fn signer(&self, signs: SigningUse) -> Result<&Signer> {
        let index = match signs {
            SigningUse::Id => self.id,
            SigningUse::Access => self.access,
            SigningUse::Identity => return Err(Error::internal("user pools sign no tokens of identity pools")),
        };
        self.all.get(index).ok_or_else(|| Error::internal("a pool lacks a signing key"))
    }

    /// Verifies a compact JWS signed by one of the pool's keys of this kind; returns the decoded payload.
    pub fn verify(&self, signs: SigningUse, token: &str) -> Option<Vec<u8>> {
        verify(&self.all, signs, token)
    }

    /// The JSON Web Key Set (RFC 7517) with every key of the pool.
    pub fn jwks(&self) -> Value {
        jwks(&self.all)
    }
}

/// Verifies a compact JWS signed by one of these keys, for this use; returns the decoded payload.
pub(crate) fn verify(keys: &[Signer], signs: SigningUse, token: &str) -> Option<Vec<u8>> {
    let (message, signature) = token.rsplit_once('.')?;
    let (header, payload) = message.split_once('.')?;
    let signer = keys.iter().find(|signer| signer.signs == signs && signer.header == header)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    if !signer.key.verify(message.as_bytes(), &signature) {
        return None;
    }
    URL_SAFE_NO_PAD.decode(payload).ok()
}

/// The JSON Web Key Set (RFC 7517) of these keys.
pub(crate) fn jwks(keys: &[Signer]) -> Value {
    json!({ "keys": keys.iter().map(|signer| signer.jwk.clone()).collect::<Vec<_>>() })
}
