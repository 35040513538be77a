//! Proving the password with SRP: the offer (`PASSWORD_VERIFIER` with a sealed `SECRET_BLOCK`) and the check of the
//! claim. All state travels in the block, because clients answer without a Session.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::machine::{Proven, session_used};
use super::progress::{Progress, Proof};
use super::subject::Subject;
use super::{ChallengeName, Next, Realm, Request, lockout, password, secret_hash, session, srp};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::seal::Purpose;
use crate::{MINUTE, Millis};

/// How long an offer can be answered. AWS says "within a few seconds"; slow phones get a minute.
const ANSWER_WITHIN: Millis = MINUTE;
/// Wrong answers after which an offer is void.
const WRONG_ANSWERS: i64 = 3;
/// A base64 SHA-256 and a date are far shorter; longer ones are not worth hashing.
const LONGEST_PARAMETER: usize = 256;

/// The state of an offered exchange. Overwritten on drop: it holds the ephemeral secret.
///
/// Its length must not tell users from names that are nobody's, so both fill the same fields with the same lengths.
#[derive(Serialize, Deserialize, zeroize::ZeroizeOnDrop)]
pub struct SecretBlock {
    id: String,
    /// How far the sign-in had come.
    #[zeroize(skip)]
    progress: Progress,
    /// The name that SRP hashes.
    user_id: String,
    #[serde(with = "crate::encoding::bytes")]
    client_public: Vec<u8>,
    #[serde(with = "crate::encoding::bytes")]
    server_public: Vec<u8>,
    #[serde(with = "crate::encoding::bytes")]
    server_ephemeral: Vec<u8>,
    expires_at: Millis,
    /// The block as the client got it: part of what it signs.
    #[serde(skip)]
    raw: Vec<u8>,
}

impl std::fmt::Debug for SecretBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretBlock").field("id", &self.id).finish_non_exhaustive()
    }
}

impl SecretBlock {
    /// Opens a block offered to this client that has not expired.
    pub fn open(cx: &Context<'_>, realm: &Realm, block: &str) -> Result<Self> {
        let sealed = STANDARD.decode(block).map_err(|_| password::wrong())?;
        let plain = realm
            .entry
            .keys
            .unseal(Purpose::SecretBlock, &[&realm.client.id], &sealed)
            .map_err(|_| password::wrong())?;
        let mut block: Self = serde_json::from_slice(&plain).map_err(|_| password::wrong())?;
        if cx.now() >= block.expires_at {
            return Err(password::wrong());
        }
        block.raw = sealed;
        Ok(block)
    }
}

/// Offers SRP to the subject of a sign-in.
pub async fn offer(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    progress: Progress,
    srp_a: &str,
) -> Result<Next> {
    let client_public =
        srp::parse_client_public(srp_a).map_err(|_| Error::invalid_parameter("Invalid SRP_A parameter"))?;
    lockout::check(cx, &realm.entry.pool.id, &subject.lockout_key(realm)).await?;
    let (credential, _) = subject.credential(realm)?;
    let ephemeral = srp::ServerEphemeral::generate(&mut |out| cx.domain.rng.fill(out));
    let server_public = ephemeral.public(&credential.verifier).map_err(Error::internal)?;
    let user_id = subject.srp_user_id(realm);
    let block = SecretBlock {
        id: cx.domain.rng.uuid(),
        progress,
        user_id: user_id.clone(),
        client_public: client_public.to_bytes().to_vec(),
        server_public: server_public.to_bytes().to_vec(),
        server_ephemeral: ephemeral.as_bytes().to_vec(),
        expires_at: cx.now() + ANSWER_WITHIN,
        raw: Vec::new(),
    };
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(&block).map_err(Error::internal)?);
    let sealed = realm.entry.keys.seal(&*cx.domain.rng, Purpose::SecretBlock, &[&realm.client.id], &plain)?;
    let parameters = BTreeMap::from([
        ("USERNAME".to_owned(), user_id.clone()),
        ("USER_ID_FOR_SRP".to_owned(), user_id),
        ("SALT".to_owned(), credential.salt.to_hex()),
        ("SRP_B".to_owned(), server_public.to_hex()),
        ("SECRET_BLOCK".to_owned(), STANDARD.encode(sealed)),
    ]);
    Ok(Next::Challenge { name: ChallengeName::PasswordVerifier, parameters, session: None, available: Vec::new() })
}

/// Checks the claim. What is proven comes with the writes that use the block up.
pub async fn verify(cx: &Context<'_>, realm: &Realm, block: &SecretBlock, request: &Request<'_>) -> Result<Proven> {
    let name = request.required("USERNAME")?;
    let signature = request.required("PASSWORD_CLAIM_SIGNATURE")?;
    let timestamp = request.required("TIMESTAMP")?;
    let progress = &block.progress;
    secret_hash::check(cx, realm, request.secret_hash(), &[name, &block.user_id, &progress.name]).await?;
    if signature.len() > LONGEST_PARAMETER || timestamp.len() > LONGEST_PARAMETER || !is_same_name(realm, block, name) {
        return Err(password::wrong());
    }
    let subject = session::subject_of(cx, realm, progress).await?;
    let pool_id = &realm.entry.pool.id;
    let key = subject.lockout_key(realm);
    let _one_guess_at_a_time = cx.domain.gate(&key.0).await;
    let failures = lockout::check(cx, pool_id, &key).await?;
    let spent_id = format!("srp:{}", block.id);
    let guards = &cx.domain.stores.guards;
    if guards.session_failures(pool_id, &spent_id).await? >= WRONG_ANSWERS {
        return Err(password::wrong());
    }
    let (credential, real) = subject.credential(realm)?;
    let matches = claim_matches(realm, block, &credential.verifier, signature, timestamp)?;
    match subject {
        Subject::Known(user) if real && matches && password::tells_state_of(realm, &user) => {
            password::may_sign_in(&user)?;
            if !progress.still_holds(&user) {
                // Proven, and so no guess to count, but signed out since the offer.
                return Err(password::wrong());
            }
            // Seen here before anything else comes of the proof, a message with a code say; the write decides.
            if guards.is_spent(pool_id, &spent_id).await? {
                return Err(session_used());
            }
            let mut writes = vec![session::spend(realm, &spent_id, block.expires_at)];
            if let Some((session, expires_at)) = &progress.also_spends {
                if guards.is_spent(pool_id, session).await? {
                    return Err(session_used());
                }
                writes.push(session::spend(realm, session, *expires_at));
            }
            if failures.is_some() {
                writes.push(lockout::clear(pool_id, &key));
            }
            let mut progress = progress.clone().proven(Proof::Password);
            progress.also_spends = None;
            Ok(Proven { user: *user, progress, writes })
        }
        subject => {
            guards.record_session_failure(pool_id, &spent_id, block.expires_at).await?;
            Err(password::refuse(cx, realm, &subject, (&key, failures), Some(request)).await?)
        }
    }
}

/// The answer names the user the block was made for: by the name SRP hashes, or as the client first gave it.
fn is_same_name(realm: &Realm, block: &SecretBlock, name: &str) -> bool {
    let name = realm.entry.fold_name(name);
    name == realm.entry.fold_name(&block.user_id) || name == realm.entry.fold_name(&block.progress.name)
}

fn claim_matches(
    realm: &Realm,
    block: &SecretBlock,
    verifier: &srp::Verifier,
    signature: &str,
    timestamp: &str,
) -> Result<bool> {
    let malformed = || Error::internal("a SECRET_BLOCK of ours is malformed");
    let client_public = srp::ClientPublic::from_bytes(&block.client_public).ok_or_else(malformed)?;
    let server_public = srp::ServerPublic::from_bytes(&block.server_public).ok_or_else(malformed)?;
    let ephemeral = block.server_ephemeral.as_slice().try_into().map_err(Error::internal)?;
    let ephemeral = srp::ServerEphemeral::from_bytes(ephemeral);
    let key = srp::session_key(&client_public, verifier, &ephemeral, &server_public).map_err(Error::internal)?;
    // Not base64 is as wrong as any other signature, and costs the same.
    let signature = STANDARD.decode(signature).unwrap_or_default();
    Ok(key.verify(realm.entry.srp_name(), &block.user_id, &block.raw, timestamp, &signature))
}
