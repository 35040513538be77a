//! `MFA_SETUP`: a user without a second factor sets one up before the first tokens.
//!
//! ```text
//! MFA_SETUP ──AssociateSoftwareToken──► Session with a secret ──VerifySoftwareToken──► Session with a proven secret
//!     │                                                                                         │
//!     │ EMAIL=<address>                                                                         ▼
//!     └──► EMAIL_OTP to that address ──► the address is the user's          MFA_SETUP ──► the app is the user's
//! ```
//!
//! A phone number is added otherwise, before the next sign-in. Nothing of the user changes until a code was seen.

use std::collections::BTreeMap;

use serde_json::json;
use zeroize::Zeroizing;

use super::machine::{Proven, commit, session_used};
use super::progress::Proof;
use super::session::{self, Entered, Kind, Offer, Session, SetupToken};
use super::subject::Subject;
use super::{ChallengeName, Next, Realm, Request, otp, second_factor};
use crate::SecretString;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::mfa::software_token::{self, Checked};
use crate::mfa::totp::Secret;
use crate::mfa::{self, MfaDecision, MfaFactor, SoftwareToken, verify};
use crate::pools::ContactAttribute;
use crate::users::User;
use crate::users::attributes::{self, Writer};
use stepwell_model::ErrorCode;

/// Commits the writes and offers the challenge; refuses where the user can set nothing up.
pub async fn offer(cx: &Context<'_>, realm: &Realm, proven: Proven, factors: Vec<MfaFactor>) -> Result<Next> {
    let Proven { user, progress, writes } = proven;
    commit(cx, writes).await?;
    if factors.is_empty() {
        return Err(Error::not_authorized("MFA is required, and no MFA method is available for the user."));
    }
    let names: Vec<&str> = factors.iter().map(|factor| factor.challenge_name()).collect();
    let parameters = BTreeMap::from([
        ("USER_ID_FOR_SRP".to_owned(), user.username),
        ("MFAS_CAN_SETUP".to_owned(), json!(names).to_string()),
    ]);
    let session = Session::offer(cx, realm, progress, Offer::MfaSetup { factors, software_token: None })?;
    Ok(Next::Challenge { name: ChallengeName::MfaSetup, parameters, session: Some(session), available: Vec::new() })
}

/// Accepts the Session of `VerifySoftwareToken`: the app that it proved is written to the user. An answer with an address
/// is answered by a code to it.
pub async fn answer(cx: &Context<'_>, realm: &Realm, entered: Entered<'_>, request: &Request<'_>) -> Result<Next> {
    let (session, subject) = entered.leave();
    let Subject::Known(user) = subject else { return Err(session::invalid()) };
    let Offer::MfaSetup { factors, software_token } = &session.offer else { return Err(session::invalid()) };
    still_needed(realm, &user)?;
    let writes = vec![session.spend(realm)];
    if let Some(address) = request.optional("EMAIL").or_else(|| request.optional("email")) {
        if !factors.contains(&MfaFactor::Email) {
            return Err(Error::invalid_parameter("EMAIL_OTP is not among the factors that can be set up."));
        }
        let address = check_address(realm, &user, address)?;
        return otp::offer_setup(cx, realm, *user, address, session.progress, writes, request).await;
    }
    let Some(token) = software_token.as_ref().filter(|token| token.verified) else {
        return Err(Error::invalid_parameter("User has not verified software token mfa"));
    };
    let mut after = (*user).clone();
    after.software_token =
        Some(SoftwareToken { sealed_secret: token.sealed_secret.clone(), friendly_name: token.friendly_name.clone() });
    after.pending_software_token = None;
    after.mfa.enable(MfaFactor::SoftwareToken);
    after.mfa.preferred.get_or_insert(MfaFactor::SoftwareToken);
    let user = otp::write(cx, realm, &user, after, writes).await?;
    let progress = session.progress.proven(Proof::SoftwareToken);
    second_factor::next(cx, realm, Proven { user, progress, writes: Vec::new() }, request).await
}

/// Refuses a Session that an earlier one of the same sign-in, or an administrator, has made pointless: it must not replace
/// a factor that is there.
pub(super) fn still_needed(realm: &Realm, user: &User) -> Result<()> {
    match mfa::demand(&realm.entry, user) {
        MfaDecision::Setup(_) => Ok(()),
        MfaDecision::NotRequired | MfaDecision::Challenge(_) | MfaDecision::Select(_) => Err(session::invalid()),
    }
}

/// The address in the form that attributes have.
fn check_address(realm: &Realm, user: &User, address: &str) -> Result<SecretString> {
    let name = ContactAttribute::Email.name();
    let given = vec![(name.to_owned(), address.into())];
    let mut attributes = attributes::check_new(&realm.entry, Writer::Administrator, given)?;
    if user.attribute(name).is_some() {
        return Err(session::invalid());
    }
    if !realm.entry.attribute(name).is_some_and(|schema| schema.mutable) {
        return Err(Error::invalid_parameter("user.email: Attribute cannot be updated.\n"));
    }
    attributes.remove(name).ok_or_else(session::invalid)
}

/// `AssociateSoftwareToken` with the Session of `MFA_SETUP`: a secret, and the Session that holds it. The Session given
/// stays good, for who closes the page and begins again.
pub async fn associate(cx: &Context<'_>, session: &str) -> Result<(Zeroizing<String>, SecretString)> {
    let (realm, session) = open(cx, session).await?;
    let user = holder(cx, &realm, &session).await?;
    let secret = Secret::generate(&*cx.domain.rng);
    let sealed_secret = software_token::seal(&*cx.domain.rng, &realm.entry, &user.sub, &secret)?;
    let token = SetupToken { sealed_secret, verified: false, friendly_name: None };
    let factors = setup_factors(&session)?;
    let offer = Offer::MfaSetup { factors, software_token: Some(token) };
    let session = Session::offer(cx, &realm, session.progress, offer)?;
    Ok((secret.to_base32(), session))
}

/// `VerifySoftwareToken` with the Session of [`associate`]: a right code uses it up and yields the Session that answers
/// `MFA_SETUP`; a wrong one counts against it.
pub async fn verify(cx: &Context<'_>, session: &str, code: &str, friendly_name: Option<&str>) -> Result<SecretString> {
    let (realm, session) = open(cx, session).await?;
    let friendly_name = verify::check_name(friendly_name)?;
    let _one_answer_at_a_time = cx.domain.session_gate(&session.id).await;
    let user = holder(cx, &realm, &session).await?;
    let factors = setup_factors(&session)?;
    let Offer::MfaSetup { software_token: Some(token), .. } = &session.offer else {
        return Err(verify::not_associated());
    };
    let refusal = match software_token::check(cx, &realm.entry, &user.sub, &token.sealed_secret, code).await? {
        Checked::Right(spend) => {
            let writes = vec![session.spend(&realm), *spend];
            cx.domain.submit(writes).await?.map_err(|_| session_used())?;
            let token = SetupToken { sealed_secret: token.sealed_secret.clone(), verified: true, friendly_name };
            let offer = Offer::MfaSetup { factors, software_token: Some(token) };
            return Session::offer(cx, &realm, session.progress.clone(), offer);
        }
        Checked::Used => verify::used(),
        Checked::Wrong => verify::mismatch(),
    };
    session::record_wrong(cx, &realm, &session).await?;
    Err(refusal)
}

/// Opens a Session whose request names no client.
async fn open(cx: &Context<'_>, session: &str) -> Result<(Realm, Session)> {
    let client_id = Session::claimed_client(session).ok_or_else(session::invalid)?;
    // Nothing unverified reaches the store that is not shaped like a client id.
    if client_id.is_empty() || !client_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(session::invalid());
    }
    let realm = Realm::of_client(cx, client_id).await.map_err(|error| match error.code() {
        ErrorCode::ResourceNotFound => session::invalid(),
        _ => error,
    })?;
    let opened = Session::open(cx, &realm, Kind::Challenge(ChallengeName::MfaSetup), session)?;
    Ok((realm, opened))
}

/// The user whom the Session is about, if it can still be used.
async fn holder(cx: &Context<'_>, realm: &Realm, session: &Session) -> Result<User> {
    session::check_usable(cx, realm, session).await?;
    match session::subject_of(cx, realm, &session.progress).await? {
        Subject::Known(user) if session.progress.still_holds(&user) => {
            still_needed(realm, &user)?;
            Ok(*user)
        }
        Subject::Known(_) | Subject::Unknown { .. } => Err(session::invalid()),
    }
}

fn setup_factors(session: &Session) -> Result<Vec<MfaFactor>> {
    match &session.offer {
        Offer::MfaSetup { factors, .. } if factors.contains(&MfaFactor::SoftwareToken) => Ok(factors.clone()),
        _ => Err(Error::new(
            ErrorCode::SoftwareTokenMFANotFound,
            "Software Token MFA has not been enabled by the userPool",
        )),
    }
}
