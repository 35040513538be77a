//! One-time codes by e-mail and text message, as first factor (`EMAIL_OTP`, `SMS_OTP`) and as second (`EMAIL_OTP`,
//! `SMS_MFA`).
//!
//! A code belongs to the Session that asked for it and ends with it. An answer is counted before it is compared: against
//! the code, the address, the user's back-off and, if it is wrong, the Session. A right one proves access to the address,
//! which thereby counts as verified (developer guide, "SMS and email message MFA").

use std::collections::BTreeMap;

use super::machine::{Proven, commit, session_used};
use super::progress::{Progress, Proof};
use super::session::{self, Entered, Offer, Session};
use super::subject::Subject;
use super::{ChallengeName, Next, Realm, Request, lockout, mfa_setup};
use crate::SecretString;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::sign_in::{self, SignInCode};
use crate::messaging::{self, Cause, CodeDelivery, Occasion, codes, destination};
use crate::mfa::{self, MfaFactor, attempts};
use crate::pools::ContactAttribute;
use crate::ports::store::{CodePurpose, Conflict, Write};
use crate::quotas::{self, Action};
use crate::risk;
use crate::triggers::Scene;
use crate::users::{User, UserStatus, aliases, attributes, update};
use stepwell_model::ErrorCode;

/// What a code is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// `EMAIL_OTP` as first factor.
    FirstEmail,
    /// `SMS_OTP`.
    FirstSms,
    /// `EMAIL_OTP` as second factor.
    MfaEmail,
    /// `SMS_MFA`.
    MfaSms,
}

impl Stage {
    fn contact(self) -> ContactAttribute {
        match self {
            Self::FirstEmail | Self::MfaEmail => ContactAttribute::Email,
            Self::FirstSms | Self::MfaSms => ContactAttribute::PhoneNumber,
        }
    }

    fn is_first(self) -> bool {
        matches!(self, Self::FirstEmail | Self::FirstSms)
    }

    fn purpose(self) -> CodePurpose {
        match self {
            Self::FirstEmail => CodePurpose::FirstFactorEmail,
            Self::FirstSms => CodePurpose::FirstFactorSms,
            Self::MfaEmail => CodePurpose::MfaEmail,
            Self::MfaSms => CodePurpose::MfaSms,
        }
    }

    fn challenge(self) -> ChallengeName {
        match self {
            Self::FirstEmail | Self::MfaEmail => ChallengeName::EmailOtp,
            Self::FirstSms => ChallengeName::SmsOtp,
            Self::MfaSms => ChallengeName::SmsMfa,
        }
    }

    fn offer(self) -> Offer {
        match self {
            Self::FirstEmail => Offer::EmailOtp,
            Self::FirstSms => Offer::SmsOtp,
            Self::MfaEmail => Offer::EmailMfa,
            Self::MfaSms => Offer::SmsMfa,
        }
    }

    fn proof(self) -> Proof {
        match self {
            Self::FirstEmail => Proof::EmailOtp,
            Self::FirstSms => Proof::SmsOtp,
            Self::MfaEmail => Proof::EmailMfa,
            Self::MfaSms => Proof::SmsMfa,
        }
    }

    /// The name under which the answer brings the code.
    fn parameter(self) -> &'static str {
        match self {
            Self::FirstEmail | Self::MfaEmail => "EMAIL_OTP_CODE",
            Self::FirstSms => "SMS_OTP_CODE",
            Self::MfaSms => "SMS_MFA_CODE",
        }
    }

    fn medium(self) -> &'static str {
        match self.contact() {
            ContactAttribute::Email => "EMAIL",
            ContactAttribute::PhoneNumber => "SMS",
        }
    }
}

/// Sends a code to the user's address and offers the challenge. `writes` use up what led here. For a name that is nobody's
/// the same is played.
pub async fn offer(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    progress: Progress,
    writes: Vec<Write>,
    stage: Stage,
    request: &Request<'_>,
) -> Result<Next> {
    let contact = stage.contact();
    let address = match subject {
        Subject::Known(user) => user.attribute(contact.name()).ok_or_else(session::invalid)?.to_owned(),
        Subject::Unknown { name } => destination::made_up(&realm.entry, name, contact),
    };
    let session = Session::new(cx, realm, progress, stage.offer());
    send(cx, realm, subject, &address, session, writes, stage, request).await
}

/// Sends a code to an address that is to become the user's second factor, and offers the challenge.
pub async fn offer_setup(
    cx: &Context<'_>,
    realm: &Realm,
    user: User,
    address: SecretString,
    progress: Progress,
    writes: Vec<Write>,
    request: &Request<'_>,
) -> Result<Next> {
    let session = Session::new(cx, realm, progress, Offer::EmailSetup { address: address.clone() });
    let subject = Subject::Known(Box::new(user));
    send(cx, realm, &subject, &address, session, writes, Stage::MfaEmail, request).await
}

#[expect(clippy::too_many_arguments, reason = "everything that both ways to a code have in common")]
async fn send(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    address: &str,
    session: Session,
    mut writes: Vec<Write>,
    stage: Stage,
    request: &Request<'_>,
) -> Result<Next> {
    let (domain, entry) = (cx.domain, &realm.entry);
    let may_send = count_message(cx, realm, subject, address, stage).await?;
    let to = (stage.contact(), address);
    let scene = Scene::in_realm(domain, realm);
    let person = subject.person(&session.progress.name);
    let texts = messaging::custom_texts(&scene, Occasion::Authentication, person, to, request.client_metadata).await?;
    let cause = Cause::new(&realm.client.id, Some(request.client_metadata)).with_texts(&texts);
    let code = SignInCode { session_id: &session.id, expires_at: session.expires_at, purpose: stage.purpose() };
    let (sent, delivery) = match subject {
        Subject::Known(user) if may_send && (!stage.is_first() || may_begin(realm, user)) => {
            sign_in::send(domain, entry, cause, user, to, code)?
        }
        Subject::Known(_) => {
            let name = entry.fold_name(&session.progress.name);
            sign_in::pretend(domain, entry, cause, &name, to, code)?
        }
        Subject::Unknown { name } => sign_in::pretend(domain, entry, cause, name, to, code)?,
    };
    writes.extend(sent);
    commit(cx, writes).await?;
    Ok(Next::Challenge {
        name: stage.challenge(),
        parameters: parameters(realm, subject, stage, &delivery),
        session: Some(session.seal(cx, realm)?),
        available: Vec::new(),
    })
}

/// True if a code alone may be the user's first factor. Where users are hidden, others are asked for one all the same; none
/// is sent to them, and none is right.
fn may_begin(realm: &Realm, user: &User) -> bool {
    !realm.masks_users() || (user.enabled && user.status == UserStatus::Confirmed)
}

fn parameters(realm: &Realm, subject: &Subject, stage: Stage, delivery: &CodeDelivery) -> BTreeMap<String, String> {
    let user_id = if stage.is_first() { "USERNAME" } else { "USER_ID_FOR_SRP" };
    BTreeMap::from([
        (user_id.to_owned(), subject.srp_user_id(realm)),
        ("CODE_DELIVERY_DELIVERY_MEDIUM".to_owned(), stage.medium().to_owned()),
        ("CODE_DELIVERY_DESTINATION".to_owned(), delivery.destination.clone()),
    ])
}

/// Counts a message (developer guide, "Quotas": to one address by one requester). Without a password anybody can ask for
/// one to anybody's address, so that those are counted over all requesters as well.
///
/// For each user apart: who claims somebody's address could otherwise use its owner's messages up, and see whose they are.
/// Who has not proven an address shares besides what goes there with all others who claim it, so that many accounts are no
/// way to fill a mailbox.
///
/// Returns whether the message may be sent. Where users are hidden, that others have used up the address is kept to ourselves,
/// since it would tell that this user claims it, too.
async fn count_message(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    address: &str,
    stage: Stage,
) -> Result<bool> {
    let (sub, contact) = (subject.sub(realm), stage.contact());
    count_message_of(cx, realm, &sub, address, stage).await?;
    let is_claim = matches!(subject, Subject::Known(user) if !user.is_verified(contact));
    let is_hidden = stage.is_first() && realm.masks_users();
    if !is_claim && !is_hidden {
        return Ok(true);
    }
    // For all names alike, so that it takes the same time.
    let claimants = if is_claim { "unproven".to_owned() } else { format!("proven by {sub}") };
    match count_message_of(cx, realm, &claimants, address, stage).await {
        Ok(()) => Ok(true),
        Err(error) if is_hidden && error.code() == ErrorCode::TooManyRequests => Ok(false),
        Err(error) => Err(error),
    }
}

async fn count_message_of(cx: &Context<'_>, realm: &Realm, holder: &str, address: &str, stage: Stage) -> Result<()> {
    let entry = &realm.entry;
    // Mailboxes do not care about case, whatever the pool does.
    let folded = entry.fold_alias(stage.contact().name(), address).to_lowercase();
    let address = hex::encode(entry.keys.name_mac(&["sign-in-code", holder, &folded]));
    let by_requester = format!("{address}:{}", cx.caller.network());
    let of_requester = quotas::count(cx.domain, &entry.id, &by_requester, Action::SendSignInCode).await;
    if !stage.is_first() {
        return of_requester.map_err(too_many);
    }
    // Who has no more messages uses none of the others' up, and waits as long.
    let counted = if of_requester.is_ok() { address } else { format!("{by_requester}:refused") };
    let of_all = quotas::count(cx.domain, &entry.id, &counted, Action::SendFirstFactorCode).await;
    of_requester.and(of_all).map_err(too_many)
}

/// The sign-in operations have another name for an exhausted quota.
fn too_many(error: Error) -> Error {
    match error.code() {
        ErrorCode::LimitExceeded => Error::new(ErrorCode::TooManyRequests, error.message().to_owned()),
        _ => error,
    }
}

/// Checks a code.
pub async fn answer(
    cx: &Context<'_>,
    realm: &Realm,
    entered: Entered<'_>,
    stage: Stage,
    request: &Request<'_>,
) -> Result<Proven> {
    let given = given(request, stage)?;
    check_wanted(realm, &entered, stage)?;
    let forget_failures = count_attempt(cx, realm, &entered, stage).await?;
    let holder = entered.user().filter(|user| user.is_verified(stage.contact())).map(|user| user.sub.as_str());
    let checked = codes::check(cx.domain, &realm.entry, &entered.session.id, stage.purpose(), holder, given).await;
    let checked = match checked {
        // As when the message is counted: nobody is to see that the user claims an address that others claim.
        Err(error) if error.code() == ErrorCode::LimitExceeded && stage.is_first() && realm.masks_users() => {
            Err(codes::mismatch())
        }
        checked => checked,
    };
    let user = entered.user().filter(|user| !stage.is_first() || may_begin(realm, user));
    let proven = match (checked, user, address(&entered, stage)) {
        (Ok(code), Some(_), Some(address)) if codes::was_sent_to(&realm.entry, &code, &address) => Ok((code, address)),
        // The address was changed since, or the Session is nobody's.
        (Ok(_), _, _) => Err(codes::mismatch()),
        (Err(refusal), _, _) => Err(refusal),
    };
    let (code, address) = match proven {
        Ok(proven) => proven,
        Err(refusal) => return Err(refuse(cx, realm, &entered, stage, request, refusal).await?),
    };
    let (session, subject) = entered.leave();
    let Subject::Known(user) = subject else { return Err(session::invalid()) };
    let writes = vec![session.spend(realm), codes::consume(&code), forget_failures];
    let is_setup = matches!(session.offer, Offer::EmailSetup { .. });
    let progress = session.progress.proven(stage.proof());
    if is_setup {
        let user = set_up(cx, realm, *user, &address, writes).await?;
        return Ok(Proven { user, progress, writes: Vec::new() });
    }
    let (user, writes) = verified(cx, realm, *user, stage.contact(), writes).await?;
    Ok(Proven { user, progress, writes })
}

/// Refuses a code that is not the right factor any more: as first factor, of a user who meanwhile needs two, since the same
/// mailbox must not answer for both; as an address to set up, of a user who meanwhile has a factor, or an address.
fn check_wanted(realm: &Realm, entered: &Entered<'_>, stage: Stage) -> Result<()> {
    let Some(user) = entered.user() else { return Ok(()) };
    if stage.is_first() && mfa::is_asked(&realm.entry, user) {
        return Err(session::invalid());
    }
    if matches!(entered.session.offer, Offer::EmailSetup { .. }) {
        mfa_setup::still_needed(realm, user)?;
        if user.attribute(stage.contact().name()).is_some() {
            return Err(session::invalid());
        }
    }
    Ok(())
}

/// The code of an answer. The API reference knows two names for the one of the second factor by e-mail.
fn given<'a>(request: &Request<'a>, stage: Stage) -> Result<&'a str> {
    let other = (stage == Stage::MfaEmail).then(|| request.optional("EMAIL_MFA_CODE"));
    match other.flatten() {
        Some(given) => Ok(given),
        None => request.required(stage.parameter()),
    }
}

async fn count_attempt(cx: &Context<'_>, realm: &Realm, entered: &Entered<'_>, stage: Stage) -> Result<Write> {
    let pool_id = &realm.entry.id;
    let sub = &entered.session.progress.sub;
    match stage {
        // Apart from the password: who reads the mailbox must not be able to clear the count of wrong passwords with it.
        Stage::FirstEmail | Stage::FirstSms => {
            let lockout::LockoutKey(subject) = entered.subject.lockout_key(realm);
            let key = lockout::LockoutKey(format!("{}:{subject}", stage.purpose().as_str()));
            lockout::count_first(cx, pool_id, &key).await
        }
        Stage::MfaEmail => attempts::count(cx, pool_id, sub, MfaFactor::Email).await,
        Stage::MfaSms => attempts::count(cx, pool_id, sub, MfaFactor::Sms).await,
    }
}

/// The address that the code must have gone to.
fn address(entered: &Entered<'_>, stage: Stage) -> Option<SecretString> {
    match &entered.session.offer {
        Offer::EmailSetup { address } => Some(address.clone()),
        _ => entered.user()?.attribute(stage.contact().name()).map(SecretString::from),
    }
}

async fn refuse(
    cx: &Context<'_>,
    realm: &Realm,
    entered: &Entered<'_>,
    stage: Stage,
    request: &Request<'_>,
    refusal: Error,
) -> Result<Error> {
    let refusal = match refusal.code() {
        ErrorCode::CodeMismatch => Error::new(ErrorCode::CodeMismatch, "Invalid code or auth state for the user."),
        _ => too_many(refusal),
    };
    let progress = &entered.session.progress;
    if stage.is_first() {
        let (flow, source) = (request.risk_flow(progress.flow), request.source(cx, realm));
        risk::failed(cx, realm, &progress.sub, flow, &source, false).await?;
    } else {
        risk::challenge_failed(cx, realm, &progress.sub, progress.risk.as_ref()).await?;
    }
    entered.wrong(cx, realm, refusal).await
}

/// Writes that the address is verified, if that is new, together with what uses the code up. A user whose address is
/// somebody else's verified alias by now signs in all the same.
async fn verified(
    cx: &Context<'_>,
    realm: &Realm,
    user: User,
    contact: ContactAttribute,
    writes: Vec<Write>,
) -> Result<(User, Vec<Write>)> {
    if user.is_verified(contact) {
        return Ok((user, writes));
    }
    let mut after = user.clone();
    attributes::mark_verified(&mut after, contact);
    if aliases::taken(cx.domain, &realm.entry, &after).await?.is_some() {
        return Ok((user, writes));
    }
    write(cx, realm, &user, after, writes).await.map(|after| (after, Vec::new()))
}

/// Makes the address the user's, verified, and e-mail the user's second factor.
async fn set_up(cx: &Context<'_>, realm: &Realm, user: User, address: &str, writes: Vec<Write>) -> Result<User> {
    let mut after = user.clone();
    after.attributes.insert(ContactAttribute::Email.name().to_owned(), address.into());
    attributes::mark_verified(&mut after, ContactAttribute::Email);
    after.mfa.enable(MfaFactor::Email);
    after.mfa.preferred.get_or_insert(MfaFactor::Email);
    write(cx, realm, &user, after, writes).await
}

/// Writes a user in the middle of a sign-in. What follows may write it again.
pub(super) async fn write(
    cx: &Context<'_>,
    realm: &Realm,
    before: &User,
    mut after: User,
    writes: Vec<Write>,
) -> Result<User> {
    match update::submit_after(cx.domain, &realm.entry, before, &mut after, writes).await? {
        Ok(()) => {}
        Err(Conflict::Spent) => return Err(session_used()),
        Err(Conflict::AliasTaken) => return Err(update::alias_taken(cx.domain, &realm.entry, &after).await?),
        Err(Conflict::Changed | Conflict::Exists | Conflict::Full) => return Err(session::invalid()),
    }
    after.version += 1;
    Ok(after)
}
