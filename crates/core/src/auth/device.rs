//! `DEVICE_SRP_AUTH` and `DEVICE_PASSWORD_VERIFIER`: a remembered device proves itself by SRP, in which the device's group
//! and key stand where the pool's name and the username stand for users (developer guide, "Signing in with a device").
//!
//! Clients of the first generation answer both without a Session. For the second the state travels in `SECRET_BLOCK`, as
//! it does for passwords; for the first there is a permit, left in the store by the proof of the password.

use std::collections::BTreeMap;

use super::machine::{Proven, commit, session_used};
use super::progress::{Progress, Proof};
use super::secret_block::{self, ANSWER_WITHIN, Claim, Prover, SecretBlock, WRONG_ANSWERS};
use super::session::{self, Entered, Offer, Session};
use super::subject::Subject;
use super::{ChallengeName, Next, Realm, Request, password, secret_hash, srp};
use crate::clients::flows::AuthFlow;
use crate::context::Context;
use crate::devices::{self, Device};
use crate::error::{Error, Result};
use crate::mfa::attempts;
use crate::ports::store::{Conflict, Write};
use crate::users::{User, find};
use crate::{Millis, risk};

/// True if the device that the client named is one of the user's that can prove itself now. Devices come after a password
/// or the pool's own challenges, never after a factor that takes no second one.
pub async fn may_prove(cx: &Context<'_>, realm: &Realm, user: &User, progress: &Progress) -> Result<bool> {
    let after = progress.proofs.iter().any(|proof| matches!(proof, Proof::Password | Proof::Custom));
    Ok(after && provable(cx, realm, user, progress).await?.is_some())
}

/// The device of a sign-in, if it can prove itself now.
async fn provable(cx: &Context<'_>, realm: &Realm, user: &User, progress: &Progress) -> Result<Option<Device>> {
    let Some(key) = progress.device_key.as_deref().filter(|_| realm.entry.settings.devices.is_some()) else {
        return Ok(None);
    };
    let device = devices::find(cx.domain, &realm.entry.id, &user.sub, key).await?;
    Ok(device.filter(Device::can_prove_itself))
}

/// Commits the writes and offers `DEVICE_SRP_AUTH`.
pub async fn ask(cx: &Context<'_>, realm: &Realm, proven: Proven) -> Result<Next> {
    let Proven { user, progress, mut writes } = proven;
    let key = progress.device_key.clone().ok_or_else(|| Error::internal("no device to ask"))?;
    let until = cx.now() + ANSWER_WITHIN;
    writes.extend(devices::sign_in_permit(realm, &progress).map(|id| permit(realm, id, until)));
    commit(cx, writes).await?;
    let parameters = BTreeMap::from([("USERNAME".to_owned(), user.username), ("DEVICE_KEY".to_owned(), key)]);
    let session = Session::offer(cx, realm, progress, Offer::DeviceSrp)?;
    Ok(Next::Challenge {
        name: ChallengeName::DeviceSrpAuth,
        parameters,
        session: Some(session),
        available: Vec::new(),
    })
}

fn permit(realm: &Realm, id: String, expires_at: Millis) -> Write {
    Write::Permit { pool_id: realm.entry.pool.id.clone(), id, expires_at }
}

/// The answer to `DEVICE_SRP_AUTH`: uses the Session up, and the permit that stood for it, and offers
/// `DEVICE_PASSWORD_VERIFIER`.
pub async fn offer(cx: &Context<'_>, realm: &Realm, entered: Entered<'_>, request: &Request<'_>) -> Result<Next> {
    let client_public = client_public(request)?;
    let key = request.required("DEVICE_KEY")?;
    let progress = &entered.session.progress;
    if progress.device_key.as_deref() != Some(key) {
        return Err(entered.wrong(cx, realm, session::invalid()).await?);
    }
    let user = entered.user().ok_or_else(session::invalid)?;
    let device = provable(cx, realm, user, progress).await?.ok_or_else(devices::not_found)?;
    let (session, subject) = entered.leave();
    let Subject::Known(user) = subject else { return Err(session::invalid()) };
    let mut writes = vec![session.spend(realm)];
    writes.extend(devices::sign_in_permit(realm, &session.progress).map(|id| permit(realm, id, cx.now())));
    commit(cx, writes).await?;
    block_for(cx, realm, &user, &device, session.progress, &client_public)
}

/// The same without a Session, as clients of the first generation answer: allowed once after a password was proven. Names
/// of nobody, other devices and missing permits all fail alike, and after the same steps.
pub async fn offer_without_session(cx: &Context<'_>, realm: &Realm, request: &Request<'_>) -> Result<Next> {
    let name = request.required("USERNAME")?;
    let client_public = client_public(request)?;
    let device_key = request.required("DEVICE_KEY")?;
    let subject = match find::by_login(cx.domain, &realm.entry, name).await? {
        Some(user) => Subject::Known(Box::new(user)),
        None => Subject::Unknown { name: realm.entry.fold_name(name) },
    };
    secret_hash::check(cx, realm, request.secret_hash(), &[name, &subject.srp_user_id(realm)]).await?;
    // Exactly what was proven where such a permit is left.
    let progress = Progress::begin(realm, AuthFlow::UserSrp, name, &subject, Some(device_key)).proven(Proof::Password);
    let id = devices::sign_in_permit(realm, &progress).ok_or_else(session::invalid)?;
    let pool_id = realm.entry.pool.id.clone();
    match cx.domain.submit(vec![Write::UsePermit { pool_id, id, now: cx.now() }]).await? {
        Ok(()) => {}
        Err(Conflict::Spent) => return Err(session::invalid()),
        Err(conflict) => return Err(Error::internal(format!("using a permit: unexpected {conflict:?}"))),
    }
    let Subject::Known(user) = subject else { return Err(session::invalid()) };
    if !progress.still_holds(&user) {
        return Err(session::invalid());
    }
    let device = provable(cx, realm, &user, &progress).await?.ok_or_else(devices::not_found)?;
    block_for(cx, realm, &user, &device, progress, &client_public)
}

fn client_public(request: &Request<'_>) -> Result<srp::ClientPublic> {
    let srp_a = request.required("SRP_A")?;
    srp::parse_client_public(srp_a).map_err(|_| Error::invalid_parameter("Invalid SRP_A parameter"))
}

/// Offers `DEVICE_PASSWORD_VERIFIER` for a device.
fn block_for(
    cx: &Context<'_>,
    realm: &Realm,
    user: &User,
    device: &Device,
    progress: Progress,
    client_public: &srp::ClientPublic,
) -> Result<Next> {
    let secret = devices::open_verifier(&realm.entry.keys, device)?.ok_or_else(devices::not_found)?;
    let named = (progress, device.key.clone());
    let offered = secret_block::offer(cx, realm, Prover::Device, named, client_public, &secret.verifier)?;
    let parameters = BTreeMap::from([
        ("USERNAME".to_owned(), user.username.clone()),
        ("DEVICE_KEY".to_owned(), device.key.clone()),
        ("SALT".to_owned(), secret.salt.to_hex()),
        ("SRP_B".to_owned(), offered.server_public),
        ("SECRET_BLOCK".to_owned(), offered.block),
    ]);
    Ok(Next::Challenge {
        name: ChallengeName::DevicePasswordVerifier,
        parameters,
        session: None,
        available: Vec::new(),
    })
}

/// Checks the claim of a device. What is proven comes with the writes that use the block up. Wrong claims count like wrong
/// codes of a second factor.
pub async fn verify(cx: &Context<'_>, realm: &Realm, block: &SecretBlock, request: &Request<'_>) -> Result<Proven> {
    let name = request.required("USERNAME")?;
    let key = request.required("DEVICE_KEY")?;
    let claim = Claim::of(request)?;
    let progress = &block.progress;
    let subject = session::subject_of(cx, realm, progress).await?;
    let user_id = subject.srp_user_id(realm);
    secret_hash::check(cx, realm, request.secret_hash(), &[name, &user_id, &progress.name]).await?;
    if claim.is_too_long()
        || progress.device_key.as_deref() != Some(key)
        || !session::is_named(cx, realm, progress, &subject, name).await?
    {
        return Err(password::wrong());
    }
    let (pool_id, guards) = (&realm.entry.pool.id, &cx.domain.stores.guards);
    let spent_id = format!("device:{}", block.id);
    let _one_answer_at_a_time = cx.domain.session_gate(&spent_id).await;
    if guards.is_spent(pool_id, &spent_id).await? {
        return Err(session_used());
    }
    if guards.session_failures(pool_id, &spent_id).await? >= WRONG_ANSWERS {
        return Err(password::wrong());
    }
    let Subject::Known(user) = subject else { return Err(session::invalid()) };
    if !progress.still_holds(&user) {
        return Err(session::invalid());
    }
    let device = provable(cx, realm, &user, progress).await?.ok_or_else(devices::not_found)?;
    let secret = devices::open_verifier(&realm.entry.keys, &device)?.ok_or_else(devices::not_found)?;
    let forget_failures = attempts::count_device(cx, pool_id, &user.sub).await?;
    if !block.proves(&claim, &secret.verifier, &device.group_key)? {
        guards.record_session_failure(pool_id, &spent_id, block.expires_at).await?;
        risk::challenge_failed(cx, realm, &progress.sub, progress.risk.as_ref()).await?;
        return Err(password::wrong());
    }
    let writes = vec![session::spend(realm, &spent_id, block.expires_at), forget_failures];
    Ok(Proven { user: *user, progress: progress.clone().proven(Proof::Device), writes })
}
