//! Whether a sign-in needs a second factor, and which (developer guide, "Adding MFA to a user pool").

use std::collections::BTreeMap;

use serde_json::json;

use super::machine::{Proven, commit};
use super::progress::{Progress, Proof};
use super::session::{Entered, Offer, Session};
use super::step_up::StepUp;
use super::subject::Subject;
use super::{ChallengeName, Next, Realm, Request, device, finish, mfa_setup, otp, session, software_token};
use crate::context::Context;
use crate::devices::{self, Unknown};
use crate::error::{Error, Result};
use crate::mfa::{self, MfaDecision, MfaFactor};
use crate::ports::store::Write;
use crate::users::User;

/// What stands between a sign-in and its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Nothing.
    Finish,
    /// The device must prove itself.
    Device,
    /// A second factor.
    Mfa(MfaDecision),
}

impl Plan {
    /// True if the user is asked for something more.
    pub fn asks(&self) -> bool {
        !matches!(self, Self::Finish | Self::Mfa(MfaDecision::NotRequired))
    }
}

/// What becomes of threat protection's demand for a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// It is met: the first factor counts as both.
    Met,
    /// The user can be asked for one.
    Possible,
    /// The user has none, or began with a one-time code, which takes none: the same mailbox must not answer for both.
    Impossible,
}

/// What becomes of such a demand after this first factor.
pub fn demand(realm: &Realm, user: &User, progress: &Progress) -> Demand {
    let began_with = |is: fn(&Proof) -> bool| progress.proofs.iter().any(is);
    if began_with(|proof| matches!(proof, Proof::Passkey { user_verified: true, .. }))
        && mfa::passkey_is_both(&realm.entry, user)
    {
        return Demand::Met;
    }
    let has_one = !mfa::usable(&realm.entry, user).is_empty();
    if has_one && !began_with(|proof| matches!(proof, Proof::EmailOtp | Proof::SmsOtp)) {
        Demand::Possible
    } else {
        Demand::Impossible
    }
}

/// Decides what a sign-in still needs.
pub async fn plan(cx: &Context<'_>, realm: &Realm, user: &User, progress: &Progress) -> Result<Plan> {
    let has = |proof: Proof| progress.proofs.contains(&proof);
    let real_second = has(Proof::SoftwareToken) || has(Proof::SmsMfa) || has(Proof::EmailMfa);
    if let Some(step_up) = progress.step_up.as_ref().filter(|step_up| step_up.is_open(&progress.proofs)) {
        return step_up_to(step_up, realm, user).map(Plan::Mfa);
    }
    if real_second {
        return Ok(Plan::Finish);
    }
    if progress.risk_demands_mfa {
        return Ok(Plan::Mfa(mfa::demand(&realm.entry, user)));
    }
    if !has(Proof::Device) && device::may_prove(cx, realm, user, progress).await? {
        return Ok(Plan::Device);
    }
    if is_enough(realm, user, progress) || (has(Proof::Device) && devices::replaces_mfa(&realm.entry)) {
        return Ok(Plan::Finish);
    }
    Ok(Plan::Mfa(mfa::decide(&realm.entry, user)))
}

/// The second factor that leads to the level the client wants.
fn step_up_to(step_up: &StepUp, realm: &Realm, user: &User) -> Result<MfaDecision> {
    let fitting = step_up.fitting(&mfa::usable(&realm.entry, user));
    let preferred = user.mfa.preferred.filter(|preferred| fitting.contains(preferred));
    match (preferred, fitting.as_slice()) {
        (Some(factor), _) => Ok(MfaDecision::Challenge(factor)),
        (None, [only]) => Ok(MfaDecision::Challenge(*only)),
        (None, []) => Err(Error::not_authorized("The requested authentication level cannot be reached.")),
        (None, _) => Ok(MfaDecision::Select(fitting)),
    }
}

/// True for first factors that take no second one: one-time codes and the pool's own challenges, unless MFA is required, and
/// passkeys that verified the user, where the pool counts them as two factors.
fn is_enough(realm: &Realm, user: &User, progress: &Progress) -> bool {
    progress.proofs.iter().any(|proof| match proof {
        Proof::Custom => !mfa::is_required(&realm.entry),
        Proof::EmailOtp | Proof::SmsOtp => !mfa::is_asked(&realm.entry, user),
        Proof::Passkey { user_verified, .. } => {
            !mfa::is_asked(&realm.entry, user) || (*user_verified && mfa::passkey_is_both(&realm.entry, user))
        }
        Proof::Password | Proof::SoftwareToken | Proof::SmsMfa | Proof::EmailMfa | Proof::Device => false,
    })
}

/// Goes on where a step has just proven something.
pub async fn next(cx: &Context<'_>, realm: &Realm, mut proven: Proven, request: &Request<'_>) -> Result<Next> {
    devices::take_note(cx, realm, &proven.user, &mut proven.progress, request, Unknown::Ignored).await?;
    let plan = plan(cx, realm, &proven.user, &proven.progress).await?;
    follow(cx, realm, plan, proven, request).await
}

/// Asks for what the plan says, or finishes.
pub async fn follow(
    cx: &Context<'_>,
    realm: &Realm,
    plan: Plan,
    proven: Proven,
    request: &Request<'_>,
) -> Result<Next> {
    match plan {
        Plan::Finish | Plan::Mfa(MfaDecision::NotRequired) => finish::sign_in(cx, realm, proven, request).await,
        Plan::Device => device::ask(cx, realm, proven).await,
        Plan::Mfa(MfaDecision::Challenge(factor)) => {
            let Proven { user, progress, writes } = proven;
            challenge(cx, realm, factor, user, progress, writes, request).await
        }
        Plan::Mfa(MfaDecision::Select(factors)) => {
            commit(cx, proven.writes).await?;
            let names: Vec<&str> = factors.iter().map(|factor| factor.challenge_name()).collect();
            let parameters = BTreeMap::from([
                ("USER_ID_FOR_SRP".to_owned(), proven.user.username.clone()),
                ("MFAS_CAN_CHOOSE".to_owned(), json!(names).to_string()),
            ]);
            let session = Session::offer(cx, realm, proven.progress, Offer::SelectMfaType { factors })?;
            Ok(Next::Challenge {
                name: ChallengeName::SelectMfaType,
                parameters,
                session: Some(session),
                available: Vec::new(),
            })
        }
        Plan::Mfa(MfaDecision::Setup(factors)) => mfa_setup::offer(cx, realm, proven, factors).await,
    }
}

async fn challenge(
    cx: &Context<'_>,
    realm: &Realm,
    factor: MfaFactor,
    user: User,
    progress: Progress,
    writes: Vec<Write>,
    request: &Request<'_>,
) -> Result<Next> {
    let subject = Subject::Known(Box::new(user));
    match factor {
        MfaFactor::Sms => otp::offer(cx, realm, &subject, progress, writes, otp::Stage::MfaSms, request).await,
        MfaFactor::Email => otp::offer(cx, realm, &subject, progress, writes, otp::Stage::MfaEmail, request).await,
        MfaFactor::SoftwareToken => software_token::offer(cx, realm, &subject, progress, writes).await,
    }
}

/// The answer to `SELECT_MFA_TYPE`: asks for the factor that was chosen among the offered ones.
pub async fn select(cx: &Context<'_>, realm: &Realm, entered: Entered<'_>, request: &Request<'_>) -> Result<Next> {
    let Offer::SelectMfaType { factors } = &entered.session.offer else { return Err(session::invalid()) };
    let answer = request.required("ANSWER")?;
    let chosen = factors.iter().copied().find(|factor| factor.answers_to(answer));
    let Some(factor) = chosen else {
        let refusal = Error::invalid_parameter("ANSWER must be one of the factors that can be chosen.");
        return Err(entered.wrong(cx, realm, refusal).await?);
    };
    let (session, subject) = entered.leave();
    let Subject::Known(user) = subject else { return Err(session::invalid()) };
    let writes = vec![session.spend(realm)];
    challenge(cx, realm, factor, *user, session.progress, writes, request).await
}
