//! Tokens of OpenID providers elsewhere: which provider one claims to be from, and whether that is true (OpenID Connect Core
//! 1.0, section 3.1.3.7; OpenID Connect Discovery 1.0; RFC 7515, 7517, 7518).
//!
//! The audience is the caller's to check, and so is whether the provider is trusted at all: nothing is fetched before that.

pub mod issuers;
mod keys;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::Domain;
use crate::{MINUTE, Millis, SECOND};

use keys::Algorithm;

/// The longest token looked at, in bytes.
const LONGEST: usize = 64 * 1024;
/// How far an issuer's clock may be ahead of ours.
const CLOCK_AHEAD: Millis = 5 * MINUTE;

/// A token whose signature, issuer and times are right.
#[derive(Debug, Clone, PartialEq)]
pub struct ExternalToken {
    /// `iss`, the whole URL.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `aud`.
    pub audiences: Vec<String>,
    /// `azp`: the client that the token was issued to, if it says so.
    pub authorized_party: Option<String>,
    /// `exp`.
    pub expires_at: Millis,
    /// `iat`.
    pub issued_at: Option<Millis>,
    /// Everything it says.
    pub claims: Map<String, Value>,
}

/// Why a token was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExternalTokenError {
    /// No token of this issuer. Says why, without repeating the token.
    #[error("{0}")]
    Invalid(&'static str),
    /// It was genuine and is over.
    #[error("the token is expired")]
    Expired {
        /// The end of its life.
        at: Millis,
    },
    /// The issuer's keys could not be had. For the log.
    #[error("the keys of the issuer cannot be had: {0}")]
    Unreachable(String),
}

impl ExternalToken {
    /// The client that the token is for, if it is among those accepted: `azp` where there is one, else one of `aud` (IAM User
    /// Guide, "Create an OpenID Connect identity provider in IAM").
    pub fn client_id_among<'a>(&self, accepted: &'a BTreeSet<String>) -> Option<&'a str> {
        match &self.authorized_party {
            Some(party) => accepted.get(party),
            None => self.audiences.iter().find_map(|audience| accepted.get(audience)),
        }
        .map(String::as_str)
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood; none is (RFC 7515, section 4.1.11).
    crit: Option<Value>,
}

/// A token taken apart; nothing in it is proven.
struct Parts<'a> {
    header: Header,
    claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        Some(Self {
            header: serde_json::from_slice(&decode(header)?).ok()?,
            claims: serde_json::from_slice(&decode(payload)?).ok()?,
            signed,
            signature: decode(signature)?,
        })
    }
}

/// The claims of a token, unproven: to choose the provider whose keys shall verify it, and words.
pub fn peek(token: &str) -> Option<Map<String, Value>> {
    Parts::of(token).map(|parts| parts.claims)
}

/// The issuer that a token names, unproven.
pub fn peek_issuer(token: &str) -> Option<String> {
    issuer_of(&peek(token)?).map(str::to_owned)
}

/// The issuer that claims name. Google leaves out the scheme in some tokens ("Verify the Google ID token on your server side").
pub fn issuer_of(claims: &Map<String, Value>) -> Option<&str> {
    match claims.get("iss")?.as_str()? {
        "accounts.google.com" => Some("https://accounts.google.com"),
        issuer => Some(issuer),
    }
}

/// Verifies a token of `issuer`, a whole URL as its tokens name it: signature, issuer and times, not the audience. The
/// issuer's discovery document and keys are fetched unless they were lately.
pub async fn verify(domain: &Domain, issuer: &str, token: &str) -> Result<ExternalToken, ExternalTokenError> {
    use ExternalTokenError::Invalid;
    let parts = Parts::of(token).ok_or(Invalid("not a JSON web token"))?;
    if parts.header.crit.is_some() {
        return Err(Invalid("it has extensions that are not understood"));
    }
    let algorithm = Algorithm::named(&parts.header.alg).ok_or(Invalid("its algorithm is not supported"))?;
    if issuer_of(&parts.claims) != Some(issuer) {
        return Err(Invalid("it is of another issuer"));
    }
    let kid = parts.header.kid.as_deref();
    let keys = domain.external_issuers.keys(domain, issuer, kid).await?;
    if !keys.verify(algorithm, kid, parts.signed.as_bytes(), &parts.signature) {
        return Err(Invalid("its signature is not of a key that the issuer publishes"));
    }
    judge(parts.claims, issuer, domain.clock.now())
}

/// Reads the claims of a token whose signature is right.
pub(crate) fn judge(
    claims: Map<String, Value>,
    issuer: &str,
    now: Millis,
) -> Result<ExternalToken, ExternalTokenError> {
    use ExternalTokenError::{Expired, Invalid};
    let text = |name: &str| match claims.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let expires_at = moment(&claims, "exp")?.ok_or(Invalid("it has no exp claim"))?;
    if now >= expires_at {
        return Err(Expired { at: expires_at });
    }
    let issued_at = moment(&claims, "iat")?;
    if moment(&claims, "nbf")?.is_some_and(|start| start > now + CLOCK_AHEAD) {
        return Err(Invalid("it is not valid yet"));
    }
    if issued_at.is_some_and(|issued| issued > now + CLOCK_AHEAD) {
        return Err(Invalid("it was issued in the future"));
    }
    let audiences = match claims.get("aud") {
        Some(Value::String(audience)) => vec![audience.clone()],
        Some(Value::Array(list)) => list
            .iter()
            .map(|entry| entry.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .ok_or(Invalid("its aud claim is not a list of texts"))?,
        None => Vec::new(),
        Some(_) => return Err(Invalid("its aud claim is not text")),
    };
    let authorized_party = match claims.get("azp") {
        None => None,
        Some(Value::String(party)) => Some(party.clone()),
        Some(_) => return Err(Invalid("its azp claim is not text")),
    };
    Ok(ExternalToken {
        issuer: issuer.to_owned(),
        subject: text("sub").ok_or(Invalid("it has no sub claim"))?,
        audiences,
        authorized_party,
        expires_at,
        issued_at,
        claims,
    })
}

/// A moment in seconds, a fraction of which is dropped.
fn moment(claims: &Map<String, Value>, name: &str) -> Result<Option<Millis>, ExternalTokenError> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    let seconds = match claims.get(name) {
        None => return Ok(None),
        Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Some(whole),
            (None, Some(fraction)) if fraction.abs() < 9.0e15 => Some(fraction as i64),
            _ => None,
        },
        Some(_) => None,
    };
    let millis = seconds.and_then(|seconds| seconds.checked_mul(SECOND));
    millis
        .filter(|millis| *millis < i64::MAX / 2)
        .map(Some)
        .ok_or(ExternalTokenError::Invalid("its times are not numbers"))
}

#[cfg(test)]
mod tests;
