//! `WEB_AUTHN`: a passkey as first factor. What authenticators send is checked in [`crate::passkeys`].

use std::collections::BTreeMap;

use super::machine::{Proven, commit};
use super::progress::{Progress, Proof};
use super::session::{self, Entered, Offer, Session};
use super::subject::Subject;
use super::{ChallengeName, Next, Realm, Request, password};
use crate::context::Context;
use crate::error::Result;
use crate::passkeys::{self, VerifiedAssertion, relying_party};
use crate::ports::store::Write;
use crate::risk;

/// True if the subject can be asked for a passkey. Read for everybody, so that nobody costs what a user costs; a name that
/// is nobody's has a passkey or not, always the same, as if half of the users had one.
pub async fn has_passkey(cx: &Context<'_>, realm: &Realm, subject: &Subject) -> Result<bool> {
    let entry = &realm.entry;
    let sub = subject.sub(realm);
    let passkeys = passkeys::usable(cx.domain, entry, &sub).await?;
    match subject {
        Subject::Known(_) => Ok(!passkeys.is_empty()),
        Subject::Unknown { .. } => {
            let mac = entry.keys.name_mac(&["has-passkey", &sub]);
            let says_so = mac.first().is_some_and(|byte| byte & 1 == 1);
            Ok(says_so && relying_party::of_pool(&entry.settings).is_ok())
        }
    }
}

/// A request for a passkey: the state its answer is checked against, and `CREDENTIAL_REQUEST_OPTIONS`.
pub async fn request(cx: &Context<'_>, realm: &Realm, subject: &Subject) -> Result<(serde_json::Value, String)> {
    let offer = passkeys::offer(cx, realm, subject).await?;
    Ok((offer.state, offer.options))
}

/// Commits the writes and offers the challenge.
pub async fn offer(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    progress: Progress,
    writes: Vec<Write>,
) -> Result<Next> {
    let (state, options) = request(cx, realm, subject).await?;
    commit(cx, writes).await?;
    let parameters = BTreeMap::from([
        ("USERNAME".to_owned(), subject.srp_user_id(realm)),
        ("CREDENTIAL_REQUEST_OPTIONS".to_owned(), options),
    ]);
    let session = Session::offer(cx, realm, progress, Offer::WebAuthn { state })?;
    Ok(Next::Challenge { name: ChallengeName::WebAuthn, parameters, session: Some(session), available: Vec::new() })
}

/// Checks an assertion against the state in `Offer::WebAuthn` or `Offer::SelectChallenge`. A wrong one is told as a
/// wrong password is, whatever is wrong with it.
pub async fn answer(cx: &Context<'_>, realm: &Realm, entered: Entered<'_>, request: &Request<'_>) -> Result<Proven> {
    let (Offer::WebAuthn { state } | Offer::SelectChallenge { web_authn: Some(state), .. }) = &entered.session.offer
    else {
        return Err(session::invalid());
    };
    let credential = request.required("CREDENTIAL")?;
    let verified = passkeys::verify(cx, realm, &entered.subject, state, credential).await?;
    let (Some(verified), Some(user)) = (verified, entered.user().filter(|user| user.enabled).cloned()) else {
        let (sub, source) = (entered.subject.sub(realm), request.source(cx, realm));
        let flow = request.risk_flow(entered.session.progress.flow);
        risk::failed(cx, realm, &sub, flow, &source, false).await?;
        return Err(entered.wrong(cx, realm, password::wrong()).await?);
    };
    let VerifiedAssertion { user_verified, hardware, mut writes, .. } = verified;
    writes.push(entered.session.spend(realm));
    let progress = entered.session.progress.proven(Proof::Passkey { user_verified, hardware });
    Ok(Proven { user, progress, writes })
}
