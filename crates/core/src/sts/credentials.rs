//! Temporary credentials: an access key whose secret, holder and limits travel sealed in its session token, so that any
//! node verifies them without a look-up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use stepwell_model::{ErrorCode, SecretString};

use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::iam::{ID_ALPHABET, Identity, SessionPolicy, Signer, TemporarySession};
use crate::seal::Purpose;
use crate::{Millis, SECOND};

/// What every session token of ours begins with, so that `dev` tells ours from anybody else's.
const PREFIX: &str = "StepwellSession1.";
/// The longest session token, in bytes: common proxies let no more through in one header.
pub const LONGEST: usize = 8 * 1024;
/// How much follows `ASIA`.
const KEY_ID_LENGTH: usize = 16;
/// The alphabet of secrets, and their length.
const SECRET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SECRET_LENGTH: usize = 40;
/// Room for what is sealed into most session tokens, in bytes: what outgrows it is copied about, secret and all.
const TYPICAL: usize = 768;
/// The bytes that session policies and tags may take up in a session token. With them it stays below [`LONGEST`].
const PACKED_LIMIT: usize = 4096;

/// Whose temporary credentials are asked for, and within which limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The holder.
    pub identity: Identity,
    /// Limits, tags and times.
    pub session: TemporarySession,
}

/// Temporary credentials, as clients get them.
#[derive(Debug, Clone)]
pub struct TemporaryCredentials {
    /// `ASIA…`, 20 characters.
    pub access_key_id: String,
    /// 40 characters.
    pub secret_access_key: SecretString,
    /// To be sent with every request.
    pub session_token: SecretString,
    /// When they end.
    pub expires_at: Millis,
}

/// An opened session token: genuine, of this access key, and not over.
#[derive(Debug)]
pub struct Opened {
    /// The secret that must have made the signature.
    pub secret_access_key: SecretString,
    /// Who signed, if the signature is right.
    pub signer: Signer,
}

/// Why a session token was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenTokenError {
    /// Not ours, changed, or of another access key.
    #[error("the session token is invalid")]
    Invalid,
    /// It was genuine and is over.
    #[error("the session token is expired")]
    Expired,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    secret: SecretString,
    identity: Identity,
    session: TemporarySession,
}

/// Makes temporary credentials. Times are cut to whole seconds, as clients see them.
pub fn issue(domain: &Domain, grant: Grant) -> Result<TemporaryCredentials> {
    issue_sized(domain, grant, 0)
}

/// As [`issue`], with a session token of at least so many bytes: clients may try whether long ones pass.
pub fn issue_sized(domain: &Domain, grant: Grant, minimum: usize) -> Result<TemporaryCredentials> {
    let Grant { identity, mut session } = grant;
    session.issued_at -= session.issued_at.rem_euclid(SECOND);
    session.expires_at -= session.expires_at.rem_euclid(SECOND);
    let expires_at = session.expires_at;
    let (mut access_key_id, mut secret) = ("ASIA".to_owned(), String::with_capacity(SECRET_LENGTH));
    let mut texts = domain.rng.texts();
    texts.push(&mut access_key_id, ID_ALPHABET, KEY_ID_LENGTH);
    texts.push(&mut secret, SECRET, SECRET_LENGTH);
    let sealed = Sealed { secret: secret.into(), identity, session };
    let mut plain = Vec::with_capacity(TYPICAL);
    serde_json::to_writer(&mut plain, &sealed).map_err(Error::internal)?;
    let secret_access_key = sealed.secret;
    // White space at the end means nothing in JSON. Three bytes become four characters; what sealing adds comes on top.
    let padded = minimum.min(LONGEST).saturating_sub(PREFIX.len()).div_ceil(4) * 3;
    if plain.len() < padded {
        plain.resize(padded, b' ');
    }
    let sealed = domain.system_keys.seal(&*domain.rng, Purpose::SessionToken, &[&access_key_id], &plain);
    zeroize::zeroize_bytes(&mut plain);
    let sealed = sealed?;
    let mut session_token = String::with_capacity(PREFIX.len() + sealed.len().div_ceil(3) * 4);
    session_token.push_str(PREFIX);
    URL_SAFE_NO_PAD.encode_string(sealed, &mut session_token);
    if session_token.len() > LONGEST {
        return Err(too_large(packed_percent_of_token(session_token.len())));
    }
    Ok(TemporaryCredentials {
        access_key_id,
        secret_access_key,
        session_token: SecretString::from(session_token),
        expires_at,
    })
}

/// Whether a session token claims to be of this kind of deployment. It proves nothing.
pub fn is_ours(session_token: &str) -> bool {
    session_token.starts_with(PREFIX)
}

/// Opens a session token that came with `access_key_id`. Pure computation: whether the role or user still exists is asked
/// when the request is authorized.
pub fn open(domain: &Domain, access_key_id: &str, session_token: &str) -> std::result::Result<Opened, OpenTokenError> {
    if session_token.len() > LONGEST {
        return Err(OpenTokenError::Invalid);
    }
    let sealed = session_token
        .strip_prefix(PREFIX)
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        .ok_or(OpenTokenError::Invalid)?;
    let plain = domain
        .system_keys
        .unseal(Purpose::SessionToken, &[access_key_id], &sealed)
        .map_err(|_| OpenTokenError::Invalid)?;
    let Sealed { secret, identity, session } = serde_json::from_slice(&plain).map_err(|_| OpenTokenError::Invalid)?;
    if domain.clock.now() >= session.expires_at {
        return Err(OpenTokenError::Expired);
    }
    // `dev` gives credentials to anyone; the same database under `serve` must not honour them.
    if identity == Identity::Anyone && !domain.settings.dev {
        return Err(OpenTokenError::Invalid);
    }
    let signer = Signer { access_key_id: access_key_id.to_owned(), identity, session: Some(session) };
    Ok(Opened { secret_access_key: secret, signer })
}

/// How much of the room for session policies and tags a session takes, in percent, rounded up; refused above 100
/// (`PackedPolicyTooLarge`).
pub fn packed_percent(session: &TemporarySession) -> Result<u32> {
    let policies = session.session_policies.iter().flatten().map(|policy| match policy {
        SessionPolicy::Document(text) | SessionPolicy::Managed(text) => text.len() + 20,
    });
    let tags = session.tags.iter().map(|(key, value)| key.len() + value.len() + 6);
    let bytes: usize = policies.chain(tags).sum();
    let percent = percent(bytes, PACKED_LIMIT);
    if percent > 100 { Err(too_large(percent)) } else { Ok(percent) }
}

/// How much of the longest session token one takes, in percent, rounded up.
pub fn packed_percent_of_token(length: usize) -> u32 {
    percent(length, LONGEST)
}

fn percent(part: usize, whole: usize) -> u32 {
    u32::try_from((part * 100).div_ceil(whole)).unwrap_or(u32::MAX)
}

/// `PackedPolicyTooLarge`, in AWS's words.
pub(super) fn too_large(percent: u32) -> Error {
    Error::new(
        ErrorCode::PackedPolicyTooLarge,
        format!("Packed size of session policy and tags consumes {percent}% of the allotted space."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_counted_in_bytes_and_refused_beyond() {
        let with = |text: String| TemporarySession {
            session_policies: vec![vec![SessionPolicy::Document(text)]],
            ..TemporarySession::default()
        };
        assert_eq!(packed_percent(&TemporarySession::default()).unwrap(), 0);
        assert_eq!(packed_percent(&with("x".repeat(2_048))).unwrap(), 51);
        assert_eq!(packed_percent(&with("ä".repeat(2_000))).unwrap(), 99);
        let error = packed_percent(&with("ä".repeat(2_048))).unwrap_err();
        assert_eq!(error.code(), ErrorCode::PackedPolicyTooLarge);
        assert_eq!(error.message(), "Packed size of session policy and tags consumes 101% of the allotted space.");
    }
}
