//! Our own identity provider: the OpenID tokens of identities, the keys that sign them, and what others verify them with.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stepwell_model::SecretString;

use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::keyring::{PoolKeys, SigningUse};
use crate::ports::store::{Conflict, Write};
use crate::settings::{IssuerMode, Settings};
use crate::tokens::signing::{self, Signer};
use crate::{Millis, SECOND};

/// The pool id under which the issuer's keys are kept.
const POOL: &str = "_identity";
/// How often the keys are looked for after another node was first to make them.
const TRIES: usize = 3;

/// The keys of the issuer. The newest signs; all of them verify and are published.
#[derive(Debug)]
pub struct IdentityIssuer {
    keys: Vec<Signer>,
}

/// What an OpenID token of ours says, once it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityToken {
    /// `aud`: the identity pool.
    pub pool_id: String,
    /// `sub`: the identity.
    pub identity_id: String,
    /// `authenticated` and by which logins, or `unauthenticated`.
    pub amr: Vec<String>,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
    /// Keys of session tags that go along into the next role. Identity pools set none.
    pub transitive: Vec<String>,
    /// End of its life.
    pub expires_at: Millis,
}

/// Why an OpenID token of ours was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityTokenError {
    /// Not ours, or changed.
    #[error("{0}")]
    Invalid(&'static str),
    /// It was genuine and is over.
    #[error("the token expired at {0} ms")]
    Expired(Millis),
}

/// What a token shall say.
#[derive(Debug)]
pub(super) struct Claims<'a> {
    pub(super) pool_id: &'a str,
    pub(super) identity_id: &'a str,
    pub(super) amr: &'a [String],
    pub(super) tags: &'a BTreeMap<String, String>,
    pub(super) lifetime: Millis,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    sub: String,
    aud: String,
    amr: Vec<String>,
    iss: String,
    #[serde(rename = "https://aws.amazon.com/tags", default, skip_serializing_if = "Option::is_none")]
    tags: Option<SessionTags>,
    exp: i64,
    iat: i64,
}

/// The claim that STS reads session tags from (IAM User Guide, "Passing session tags in AWS STS").
#[derive(Serialize, Deserialize)]
struct SessionTags {
    principal_tags: BTreeMap<String, Vec<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    transitive_tag_keys: Vec<String>,
}

impl IdentityIssuer {
    /// The JSON Web Key Set (RFC 7517).
    pub fn jwks(&self) -> Value {
        signing::jwks(&self.keys)
    }
}

impl Domain {
    /// The issuer of OpenID tokens; its keys are made when they are first needed.
    pub async fn identity_issuer(&self) -> Result<Arc<IdentityIssuer>> {
        if let Some(issuer) = self.cache.identity_issuer(self.clock.now()) {
            return Ok(issuer);
        }
        for _ in 0..TRIES {
            let epoch = self.cache.epoch();
            let wrapped = self.stores.config.wrapped_keys(POOL).await?;
            if wrapped.is_empty() {
                make_keys(self).await?;
                continue;
            }
            let keys = PoolKeys::open(&self.master, POOL, &wrapped)?;
            let stored = self.stores.config.signing_keys(POOL).await?;
            let keys = stored.iter().map(|key| Signer::open(&keys, key)).collect::<Result<Vec<_>>>()?;
            let issuer = Arc::new(IdentityIssuer { keys });
            self.cache.put_identity_issuer(epoch, &issuer);
            return Ok(issuer);
        }
        Err(Error::internal("the identity issuer has no keys"))
    }
}

/// Sees to it that the issuer has its keys.
pub(super) async fn ensure(domain: &Domain) -> Result<()> {
    domain.identity_issuer().await.map(drop)
}

/// Sealing key and signing key in one commit; another node may be first.
async fn make_keys(domain: &Domain) -> Result<()> {
    let (wrapped, sealing_key) = domain.master.generate(&*domain.rng, POOL, 1)?;
    let keys = PoolKeys::new(POOL, vec![Arc::new(sealing_key)])?;
    let key = domain.key_stock.take().await?;
    let key = key.into_signing_key(&*domain.rng, &keys, POOL, SigningUse::Identity, domain.clock.now())?;
    let writes = vec![Write::InsertWrappedKey(wrapped), Write::InsertSigningKey(key), Write::BumpConfigVersion];
    match domain.submit(writes).await? {
        Ok(()) | Err(Conflict::Exists) => Ok(()),
        Err(conflict) => Err(Error::internal(format!("making the identity issuer's keys: unexpected {conflict:?}"))),
    }
}

/// The `iss` claim.
pub fn url(settings: &Settings) -> String {
    match settings.issuer {
        IssuerMode::PublicUrl => format!("{}/identity", settings.public_url),
        IssuerMode::Aws => format!("https://{}", super::provider::IDENTITY_POOLS),
    }
}

/// The discovery document (OpenID Connect Discovery 1.0, section 3), with what AWS's has. Nobody is sent here to sign in.
pub fn discovery(settings: &Settings) -> Value {
    json!({
        "authorization_endpoint": "<unsupported>",
        "id_token_signing_alg_values_supported": ["RS512"],
        "issuer": url(settings),
        "jwks_uri": format!("{}/identity/.well-known/jwks_uri", settings.public_url),
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
    })
}

/// Signs a token.
pub(super) async fn issue(domain: &Domain, claims: Claims<'_>) -> Result<SecretString> {
    let issuer = domain.identity_issuer().await?;
    let now = domain.clock.now() / SECOND;
    let tags = (!claims.tags.is_empty()).then(|| SessionTags {
        principal_tags: claims.tags.iter().map(|(key, value)| (key.clone(), vec![value.clone()])).collect(),
        transitive_tag_keys: Vec::new(),
    });
    let payload = Payload {
        sub: claims.identity_id.to_owned(),
        aud: claims.pool_id.to_owned(),
        amr: claims.amr.to_vec(),
        iss: url(&domain.settings),
        tags,
        exp: now + claims.lifetime / SECOND,
        iat: now,
    };
    let payload = serde_json::to_vec(&payload).map_err(Error::internal)?;
    let signer = issuer.keys.last().ok_or_else(|| Error::internal("the identity issuer has no key"))?;
    Ok(SecretString::from(signer.sign(&payload)?))
}

/// Verifies a token of ours: signature, issuer, expiry. Whether its identity may still be used is the caller's to ask.
pub async fn verify(domain: &Domain, token: &str) -> Result<std::result::Result<IdentityToken, IdentityTokenError>> {
    let issuer = domain.identity_issuer().await?;
    Ok(open(domain, &issuer, token))
}

fn open(
    domain: &Domain,
    issuer: &IdentityIssuer,
    token: &str,
) -> std::result::Result<IdentityToken, IdentityTokenError> {
    let payload = signing::verify(&issuer.keys, SigningUse::Identity, token)
        .ok_or(IdentityTokenError::Invalid("the signature is not ours"))?;
    let payload: Payload =
        serde_json::from_slice(&payload).map_err(|_| IdentityTokenError::Invalid("the token is not of an identity"))?;
    if payload.iss != url(&domain.settings) {
        return Err(IdentityTokenError::Invalid("the token is of another issuer"));
    }
    let expires_at = payload.exp.saturating_mul(SECOND);
    if domain.clock.now() >= expires_at {
        return Err(IdentityTokenError::Expired(expires_at));
    }
    let (tags, transitive) =
        payload.tags.map_or_else(Default::default, |tags| (tags.principal_tags, tags.transitive_tag_keys));
    let tags = tags.into_iter().filter_map(|(key, values)| Some((key, values.into_iter().next()?))).collect();
    Ok(IdentityToken { pool_id: payload.aud, identity_id: payload.sub, amr: payload.amr, tags, transitive, expires_at })
}

/// The payload that a compact JWS claims to have. It proves nothing, and is only good for choosing words and keys.
pub(super) fn unverified(token: &str) -> Option<serde_json::Map<String, Value>> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
