//! `SECRET_BLOCK`: the state of an SRP exchange, sealed, which the client carries from the offer to its claim.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::progress::Progress;
use super::{Realm, Request, password, srp};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::seal::Purpose;
use crate::{MINUTE, Millis};

/// How long an offer can be answered. AWS says "within a few seconds"; slow phones get a minute.
pub(super) const ANSWER_WITHIN: Millis = MINUTE;
/// Wrong answers after which an offer is void.
pub(super) const WRONG_ANSWERS: i64 = 3;
/// A base64 SHA-256 and a date are far shorter; longer ones are not worth hashing.
const LONGEST_PARAMETER: usize = 256;

/// Who proves itself; a block of one does not open as one of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prover {
    /// A user, with the password (`PASSWORD_VERIFIER`).
    User,
    /// A remembered device (`DEVICE_PASSWORD_VERIFIER`).
    Device,
}

impl Prover {
    fn purpose(self) -> Purpose {
        match self {
            Self::User => Purpose::SecretBlock,
            Self::Device => Purpose::DeviceSecretBlock,
        }
    }
}

/// The state of an offered exchange. Overwritten on drop: it holds the ephemeral secret.
///
/// Its length must not tell users from names that are nobody's, so both fill the same fields with the same lengths.
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
pub struct SecretBlock {
    pub(super) id: String,
    /// How far the sign-in had come.
    #[zeroize(skip)]
    pub(super) progress: Progress,
    /// The name that SRP hashes: the user's, or the key of the device.
    pub(super) name: String,
    #[serde(with = "crate::encoding::bytes")]
    client_public: Vec<u8>,
    #[serde(with = "crate::encoding::bytes")]
    server_public: Vec<u8>,
    #[serde(with = "crate::encoding::bytes")]
    server_ephemeral: Vec<u8>,
    pub(super) expires_at: Millis,
    /// The block as the client got it: part of what it signs.
    #[serde(skip)]
    raw: Vec<u8>,
}

impl std::fmt::Debug for SecretBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretBlock").field("id", &self.id).finish_non_exhaustive()
    }
}

/// An offer on its way to the client.
pub(super) struct Offered {
    /// `SRP_B`.
    pub(super) server_public: String,
    /// `SECRET_BLOCK`.
    pub(super) block: String,
}

/// Begins an exchange against a verifier.
pub(super) fn offer(
    cx: &Context<'_>,
    realm: &Realm,
    prover: Prover,
    (progress, name): (Progress, String),
    client_public: &srp::ClientPublic,
    verifier: &srp::Verifier,
) -> Result<Offered> {
    let rng = &*cx.domain.rng;
    let ephemeral = srp::ServerEphemeral::generate(&mut |out| rng.fill(out));
    let server_public = ephemeral.public(verifier).map_err(Error::internal)?;
    let block = SecretBlock {
        id: rng.uuid(),
        progress,
        name,
        client_public: client_public.to_bytes().to_vec(),
        server_public: server_public.to_bytes().to_vec(),
        server_ephemeral: ephemeral.as_bytes().to_vec(),
        expires_at: cx.now() + ANSWER_WITHIN,
        raw: Vec::new(),
    };
    let plain = Zeroizing::new(serde_json::to_vec(&block).map_err(Error::internal)?);
    let sealed = realm.entry.keys.seal(rng, prover.purpose(), &[&realm.client.id], &plain)?;
    Ok(Offered { server_public: server_public.to_hex(), block: STANDARD.encode(sealed) })
}

/// What a client claims to have computed.
pub(super) struct Claim<'a> {
    signature: &'a str,
    timestamp: &'a str,
}

impl<'a> Claim<'a> {
    /// The claim of an answer.
    pub(super) fn of(request: &'a Request<'_>) -> Result<Self> {
        let signature = request.required("PASSWORD_CLAIM_SIGNATURE")?;
        Ok(Self { signature, timestamp: request.required("TIMESTAMP")? })
    }

    /// True for what no client sends.
    pub(super) fn is_too_long(&self) -> bool {
        self.signature.len() > LONGEST_PARAMETER || self.timestamp.len() > LONGEST_PARAMETER
    }
}

impl SecretBlock {
    /// Opens a block offered to this client that has not expired.
    pub fn open(cx: &Context<'_>, realm: &Realm, prover: Prover, block: &str) -> Result<Self> {
        let sealed = STANDARD.decode(block).map_err(|_| password::wrong())?;
        let bound_to = [realm.client.id.as_str()];
        let plain = realm.entry.keys.unseal(prover.purpose(), &bound_to, &sealed).map_err(|_| password::wrong())?;
        let mut block: Self = serde_json::from_slice(&plain).map_err(|_| password::wrong())?;
        if cx.now() >= block.expires_at {
            return Err(password::wrong());
        }
        block.raw = sealed;
        Ok(block)
    }

    /// Whether the claim was made by somebody who knows the verifier's secret. `group` is what SRP hashes before the name:
    /// the pool's, or the device group's.
    pub(super) fn proves(&self, claim: &Claim<'_>, verifier: &srp::Verifier, group: &str) -> Result<bool> {
        let malformed = || Error::internal("a SECRET_BLOCK of ours is malformed");
        let client_public = srp::ClientPublic::from_bytes(&self.client_public).ok_or_else(malformed)?;
        let server_public = srp::ServerPublic::from_bytes(&self.server_public).ok_or_else(malformed)?;
        let ephemeral = self.server_ephemeral.as_slice().try_into().map_err(Error::internal)?;
        let ephemeral = srp::ServerEphemeral::from_bytes(ephemeral);
        let key = srp::session_key(&client_public, verifier, &ephemeral, &server_public).map_err(Error::internal)?;
        // Not base64 is as wrong as any other signature, and costs the same.
        let signature = STANDARD.decode(claim.signature).unwrap_or_default();
        Ok(key.verify(group, &self.name, &self.raw, claim.timestamp, &signature))
    }
}
