//! Proving the password with SRP: the offer (`PASSWORD_VERIFIER` with a sealed `SECRET_BLOCK`) and the check of the
//! claim. All state travels in the block, because clients answer without a Session.

use std::collections::BTreeMap;

use super::machine::{Proven, session_used};
use super::progress::{Progress, Proof};
use super::secret_block::{self, Claim, Prover, SecretBlock, WRONG_ANSWERS};
use super::subject::Subject;
use super::{ChallengeName, Next, Realm, Request, lockout, password, secret_hash, session, srp};
use crate::context::Context;
use crate::error::{Error, Result};

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
    let user_id = subject.srp_user_id(realm);
    let offered = secret_block::offer(
        cx,
        realm,
        Prover::User,
        (progress, user_id.clone()),
        &client_public,
        &credential.verifier,
    )?;
    let parameters = BTreeMap::from([
        ("USERNAME".to_owned(), user_id.clone()),
        ("USER_ID_FOR_SRP".to_owned(), user_id),
        ("SALT".to_owned(), credential.salt.to_hex()),
        ("SRP_B".to_owned(), offered.server_public),
        ("SECRET_BLOCK".to_owned(), offered.block),
    ]);
    Ok(Next::Challenge { name: ChallengeName::PasswordVerifier, parameters, session: None, available: Vec::new() })
}

/// Checks the claim. What is proven comes with the writes that use the block up.
pub async fn verify(cx: &Context<'_>, realm: &Realm, block: &SecretBlock, request: &Request<'_>) -> Result<Proven> {
    let name = request.required("USERNAME")?;
    let claim = Claim::of(request)?;
    let progress = &block.progress;
    secret_hash::check(cx, realm, request.secret_hash(), &[name, &block.name, &progress.name]).await?;
    if claim.is_too_long() || !is_same_name(realm, block, name) {
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
    let matches = block.proves(&claim, &credential.verifier, realm.entry.srp_name())?;
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
    name == realm.entry.fold_name(&block.name) || name == realm.entry.fold_name(&block.progress.name)
}
