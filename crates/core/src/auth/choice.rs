//! `USER_AUTH`: the user chooses how to sign in (developer guide, "Choice-based authentication").

use std::collections::BTreeMap;

use super::machine::Proven;
use super::progress::{Progress, Proof};
use super::session::{self, Entered, Kind, Offer, Session};
use super::step_up::StepUp;
use super::subject::Subject;
use super::{
    ChallengeName, FirstFactor, Next, Realm, Request, first_factor, otp, password, srp_exchange, step_up, subject,
    web_authn,
};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::mfa::{self, MfaFactor};
use crate::pools::plan::{self, Feature};
use crate::pools::{ContactAttribute, MfaMode, passkeys_are_two_factors};
use crate::users::{User, UserStatus};

/// The password, where a `USER_AUTH` call sends one with its preference: an unknown user may be migrated by it.
pub fn password_of<'a>(request: &Request<'a>) -> Option<&'a str> {
    (preferred(request) == Some(FirstFactor::Password)).then(|| request.optional("PASSWORD"))?
}

fn preferred(request: &Request<'_>) -> Option<FirstFactor> {
    FirstFactor::from_name(request.optional("PREFERRED_CHALLENGE")?)
}

/// Begins: with the preferred factor if the user has it, else by offering the choice.
pub async fn start(
    cx: &Context<'_>,
    realm: &Realm,
    subject: Subject,
    mut progress: Progress,
    request: &Request<'_>,
) -> Result<Next> {
    plan::check(cx.domain, &realm.entry.settings, Feature::ChoiceBasedSignIn)?;
    if let Some(session) = request.session {
        return continue_sign_up(cx, realm, session, &subject, progress, request).await;
    }
    // A passkey is looked for whoever it is, so that nobody costs what a user costs.
    let has_passkey = realm.entry.settings.allows_first_factor(&FirstFactor::WebAuthn.policy_factor())
        && web_authn::has_passkey(cx, realm, &subject).await?;
    let second = second_factors(realm, &subject);
    let builds_on = |step_up: &StepUp| step_up.builds_on_first_factor() && !step_up.fitting(&second).is_empty();
    let available = |step_up: Option<&StepUp>| available(realm, &subject, has_passkey, &second, step_up);
    let is_possible = |step_up: &StepUp| builds_on(step_up) || !available(Some(step_up)).is_empty();
    progress.step_up = step_up::wanted(cx, realm, &subject, request, is_possible).await?;
    if let (Some(step_up), Subject::Known(user)) = (&progress.step_up, &subject)
        && builds_on(step_up)
    {
        // What an access token shows was proven already; only the second factor is asked for.
        let proven = Proven { user: (**user).clone(), progress: progress.clone(), writes: Vec::new() };
        return first_factor::done(cx, realm, proven, None, request).await;
    }
    let available = available(progress.step_up.as_ref());
    if request.optional("PREFERRED_CHALLENGE").is_some() && preferred(request).is_none() {
        return Err(Error::invalid_parameter("PREFERRED_CHALLENGE is not a challenge that can be preferred."));
    }
    match preferred(request).filter(|factor| available.contains(factor)) {
        Some(FirstFactor::Password) => match request.optional("PASSWORD") {
            Some(given) => with_password(cx, realm, subject, progress, given, request).await,
            None => ask(cx, realm, &subject, progress, Offer::Password, ChallengeName::Password),
        },
        Some(FirstFactor::PasswordSrp) => match request.optional("SRP_A") {
            Some(srp_a) => srp_exchange::offer(cx, realm, &subject, progress, srp_a).await,
            None => ask(cx, realm, &subject, progress, Offer::PasswordSrp, ChallengeName::PasswordSrp),
        },
        Some(FirstFactor::EmailOtp) => {
            otp::offer(cx, realm, &subject, progress, Vec::new(), otp::Stage::FirstEmail, request).await
        }
        Some(FirstFactor::SmsOtp) => {
            otp::offer(cx, realm, &subject, progress, Vec::new(), otp::Stage::FirstSms, request).await
        }
        Some(FirstFactor::WebAuthn) => web_authn::offer(cx, realm, &subject, progress, Vec::new()).await,
        None => offer_choice(cx, realm, &subject, progress, available).await,
    }
}

/// The second factors that the user could prove.
fn second_factors(realm: &Realm, subject: &Subject) -> Vec<MfaFactor> {
    match subject {
        Subject::Known(user) => mfa::usable(&realm.entry, user),
        Subject::Unknown { .. } => MfaFactor::ALL
            .into_iter()
            .filter(|factor| realm.entry.settings.mfa.offers(*factor))
            .filter(|factor| match factor.contact() {
                Some(contact) => has_address(realm, subject, contact),
                None => seems_to_have(realm, subject, "software-token"),
            })
            .collect(),
    }
}

/// What the user can begin with, to reach a level where that is wanted. Nobody looks like some user: not always the same
/// one, or every user who lacks something would show.
fn available(
    realm: &Realm,
    subject: &Subject,
    has_passkey: bool,
    second: &[MfaFactor],
    step_up: Option<&StepUp>,
) -> Vec<FirstFactor> {
    let settings = &realm.entry.settings;
    let must_bring_password = match subject {
        Subject::Known(user) => mfa::is_asked(&realm.entry, user),
        Subject::Unknown { .. } => match settings.mfa.mode {
            MfaMode::Off => false,
            // Only of what it seems to have can it seem to have turned one on.
            MfaMode::Optional => !second.is_empty() && seems_to_have(realm, subject, "second-factor"),
            MfaMode::On => true,
        },
    };
    let passkey_is_both = match subject {
        Subject::Known(user) => mfa::passkey_is_both(&realm.entry, user),
        Subject::Unknown { .. } => {
            passkeys_are_two_factors(settings) && seems_to_have(realm, subject, "passkey-as-both")
        }
    };
    let mut factors = Vec::new();
    for factor in [
        FirstFactor::PasswordSrp,
        FirstFactor::Password,
        FirstFactor::WebAuthn,
        FirstFactor::EmailOtp,
        FirstFactor::SmsOtp,
    ] {
        let could = settings.allows_first_factor(&factor.policy_factor())
            && match (factor, subject) {
                (FirstFactor::Password | FirstFactor::PasswordSrp, Subject::Known(user)) => {
                    // Where users are hidden, one without a password looks like others, and fails with any.
                    user.sealed_verifier.is_some() || realm.masks_users()
                }
                (FirstFactor::Password | FirstFactor::PasswordSrp, Subject::Unknown { .. }) => true,
                (FirstFactor::WebAuthn, _) => has_passkey && (!must_bring_password || passkey_is_both),
                (FirstFactor::EmailOtp, subject) => {
                    !must_bring_password && has_address(realm, subject, ContactAttribute::Email)
                }
                (FirstFactor::SmsOtp, subject) => {
                    !must_bring_password && has_address(realm, subject, ContactAttribute::PhoneNumber)
                }
            };
        let fits = step_up.is_none_or(|step_up| step_up.can_begin_with(factor, second));
        if could && fits {
            factors.push(factor);
        }
    }
    factors
}

/// True if a code can go there. A user who must replace an administrator's password needs that password first; where
/// users are hidden, the code is only played (see `otp`). Nobody has an e-mail address, as almost every user of a pool that
/// sends such codes, and perhaps a phone.
fn has_address(realm: &Realm, subject: &Subject, contact: ContactAttribute) -> bool {
    match subject {
        Subject::Known(user) => {
            (user.status == UserStatus::Confirmed || is_hidden(realm, user))
                && user.attribute(contact.name()).is_some_and(|value| !value.is_empty())
        }
        Subject::Unknown { .. } => {
            let entry = &realm.entry;
            contact == ContactAttribute::Email
                || !entry.settings.allows_first_factor(&FirstFactor::EmailOtp.policy_factor())
                || subject::seems_to_have_phone(entry, &subject.sub(realm))
        }
    }
}

/// True for users whose state must not show before something was proven.
fn is_hidden(realm: &Realm, user: &User) -> bool {
    realm.masks_users() && user.status != UserStatus::Confirmed
}

/// Whether a name that is nobody's looks like a user who has this: half of them do, each always or never.
fn seems_to_have(realm: &Realm, subject: &Subject, what: &str) -> bool {
    subject::seems_to_have(&realm.entry, &subject.sub(realm), what)
}

fn ask(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    progress: Progress,
    offer: Offer,
    name: ChallengeName,
) -> Result<Next> {
    let parameters = BTreeMap::from([("USERNAME".to_owned(), subject.srp_user_id(realm))]);
    let session = Session::offer(cx, realm, progress, offer)?;
    Ok(Next::Challenge { name, parameters, session: Some(session), available: Vec::new() })
}

async fn offer_choice(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    progress: Progress,
    available: Vec<FirstFactor>,
) -> Result<Next> {
    if available.is_empty() {
        return Err(match subject {
            // Somebody who was imported without a password, where that need not be hidden.
            Subject::Known(user) if user.status == UserStatus::ResetRequired => password::reset_required(),
            _ => Error::not_authorized("No authentication method is available for the user."),
        });
    }
    let mut parameters = BTreeMap::from([("USERNAME".to_owned(), subject.srp_user_id(realm))]);
    let mut state = None;
    if available.contains(&FirstFactor::WebAuthn) {
        let (offered, options) = web_authn::request(cx, realm, subject).await?;
        parameters.insert("CREDENTIAL_REQUEST_OPTIONS".to_owned(), options);
        state = Some(offered);
    }
    let offer = Offer::SelectChallenge { available: available.clone(), web_authn: state };
    let session = Session::offer(cx, realm, progress, offer)?;
    Ok(Next::Challenge { name: ChallengeName::SelectChallenge, parameters, session: Some(session), available })
}

/// The answer to `SELECT_CHALLENGE`. Choosing a code uses the Session up, since a message goes out; a wrong password
/// counts against it.
pub async fn select(cx: &Context<'_>, realm: &Realm, entered: Entered<'_>, request: &Request<'_>) -> Result<Next> {
    let Offer::SelectChallenge { available, web_authn } = &entered.session.offer else {
        return Err(session::invalid());
    };
    let chosen = FirstFactor::from_name(request.required("ANSWER")?).filter(|factor| available.contains(factor));
    let Some(factor) = chosen else {
        let refusal = Error::invalid_parameter("ANSWER must be one of the available challenges.");
        return Err(entered.wrong(cx, realm, refusal).await?);
    };
    let spent = vec![entered.session.spend(realm)];
    match factor {
        FirstFactor::Password => password(cx, realm, entered, request).await,
        FirstFactor::PasswordSrp => password_srp(cx, realm, entered, request).await,
        FirstFactor::EmailOtp => {
            let progress = entered.session.progress;
            otp::offer(cx, realm, &entered.subject, progress, spent, otp::Stage::FirstEmail, request).await
        }
        FirstFactor::SmsOtp => {
            let progress = entered.session.progress;
            otp::offer(cx, realm, &entered.subject, progress, spent, otp::Stage::FirstSms, request).await
        }
        FirstFactor::WebAuthn if web_authn.is_some() && request.optional("CREDENTIAL").is_some() => {
            let proven = web_authn::answer(cx, realm, entered, request).await?;
            first_factor::done(cx, realm, proven, None, request).await
        }
        FirstFactor::WebAuthn => {
            let progress = entered.session.progress;
            web_authn::offer(cx, realm, &entered.subject, progress, spent).await
        }
    }
}

/// The password, sent as the answer to a Session.
pub async fn password(cx: &Context<'_>, realm: &Realm, entered: Entered<'_>, request: &Request<'_>) -> Result<Next> {
    let given = request.required("PASSWORD")?;
    let spent = entered.session.spend(realm);
    let session = entered.session.clone();
    // The lockout counts as well; the Session ends after three wrong answers whatever the lockout says.
    let (user, mut writes) = match password::check(cx, realm, entered.subject, given, Some(request)).await {
        Ok(checked) => checked,
        Err(refusal) => {
            session::record_wrong(cx, realm, &session).await?;
            return Err(refusal);
        }
    };
    writes.push(spent);
    let proven = Proven { user, progress: session.progress.proven(Proof::Password), writes };
    first_factor::done(cx, realm, proven, Some(given), request).await
}

/// `SRP_A`, sent as the answer to a Session. The Session is used up by the proof that follows, not by the offer, so that
/// who mistyped the password can try again.
pub async fn password_srp(
    cx: &Context<'_>,
    realm: &Realm,
    entered: Entered<'_>,
    request: &Request<'_>,
) -> Result<Next> {
    let srp_a = request.required("SRP_A")?;
    let mut progress = entered.session.progress;
    progress.also_spends = Some((entered.session.id, entered.session.expires_at));
    srp_exchange::offer(cx, realm, &entered.subject, progress, srp_a).await
}

async fn with_password(
    cx: &Context<'_>,
    realm: &Realm,
    subject: Subject,
    progress: Progress,
    given: &str,
    request: &Request<'_>,
) -> Result<Next> {
    let (user, writes) = password::check(cx, realm, subject, given, Some(request)).await?;
    let proven = Proven { user, progress: progress.proven(Proof::Password), writes };
    first_factor::done(cx, realm, proven, Some(given), request).await
}

/// Signs a user in who has just confirmed the sign-up: the code that proved the address stands for the first factor
/// (API, `InitiateAuth.Session`).
async fn continue_sign_up(
    cx: &Context<'_>,
    realm: &Realm,
    session: &str,
    subject: &Subject,
    progress: Progress,
    request: &Request<'_>,
) -> Result<Next> {
    let session = Session::open(cx, realm, Kind::ConfirmedSignUp, session)?;
    let user: &User = match subject {
        Subject::Known(user) => user,
        Subject::Unknown { .. } => return Err(session::invalid()),
    };
    let _one_answer_at_a_time = cx.domain.session_gate(&session.id).await;
    session::check_usable(cx, realm, &session).await?;
    // Who is asked for a second factor by now begins with the password: the same mailbox must not answer for both.
    if !session.progress.still_holds(user) || !session.progress.has_first_factor() || mfa::is_asked(&realm.entry, user)
    {
        return Err(session::invalid());
    }
    let proofs = session.progress.proofs.clone();
    let step_up = step_up::wanted(cx, realm, subject, request, |step_up| !step_up.is_open(&proofs)).await?;
    let progress = Progress { proofs, step_up, ..progress };
    let proven = Proven { user: user.clone(), progress, writes: vec![session.spend(realm)] };
    first_factor::done(cx, realm, proven, None, request).await
}
