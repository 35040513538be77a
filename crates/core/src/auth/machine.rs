//! The state machine of sign-in: from one step to the next challenge or to tokens. There is no default arm.

use super::progress::{Progress, Proof};
use super::secret_block::{Prover, SecretBlock};
use super::session::{Entered, Offer};
use super::subject::Subject;
use super::{
    ChallengeName, Next, Realm, Request, choice, custom, device, first_factor, mfa_setup, new_password, otp, password,
    second_factor, secret_hash, session, software_token, srp_exchange, subject, web_authn,
};
use crate::clients::flows::AuthFlow;
use crate::context::Context;
use crate::devices::{self, Unknown};
use crate::error::{Error, Result};
use crate::ports::store::Write;
use crate::tokens::refresh;
use crate::triggers::{self, Scene};
use crate::users::User;

/// One step of a sign-in: where it stands, with the opened state that offered the challenge being answered.
#[derive(Debug)]
pub enum Step<'a> {
    /// The first call: nothing has been proven.
    Start {
        /// The flow.
        flow: AuthFlow,
    },
    /// SRP was offered for a name, and its proof arrives.
    PasswordVerifier {
        /// The offer.
        offered: Box<SecretBlock>,
    },
    /// A device begins SRP without a Session, as clients of the first generation do.
    DeviceSrp,
    /// SRP was offered to a device, and its proof arrives.
    DevicePasswordVerifier {
        /// The offer.
        offered: Box<SecretBlock>,
    },
    /// Any other challenge: what it offered stands in its Session.
    Answer {
        /// The opened Session, and whom it is about.
        entered: Box<Entered<'a>>,
    },
}

impl<'a> Step<'a> {
    /// The answer to a challenge, with the sealed state that belongs to it. The challenge's name decides which one is
    /// looked for; a state that offered another challenge does not open.
    pub async fn answer(
        cx: &Context<'a>,
        realm: &Realm,
        challenge: ChallengeName,
        request: &Request<'_>,
    ) -> Result<Self> {
        match challenge {
            ChallengeName::PasswordVerifier => {
                let block = request.required("PASSWORD_CLAIM_SECRET_BLOCK")?;
                Ok(Self::PasswordVerifier { offered: Box::new(SecretBlock::open(cx, realm, Prover::User, block)?) })
            }
            ChallengeName::DevicePasswordVerifier => {
                let block = request.required("PASSWORD_CLAIM_SECRET_BLOCK")?;
                Ok(Self::DevicePasswordVerifier {
                    offered: Box::new(SecretBlock::open(cx, realm, Prover::Device, block)?),
                })
            }
            ChallengeName::DeviceSrpAuth if request.session.is_none() => Ok(Self::DeviceSrp),
            ChallengeName::DeviceSrpAuth
            | ChallengeName::Password
            | ChallengeName::PasswordSrp
            | ChallengeName::NewPasswordRequired
            | ChallengeName::SelectChallenge
            | ChallengeName::EmailOtp
            | ChallengeName::SmsOtp
            | ChallengeName::WebAuthn
            | ChallengeName::SmsMfa
            | ChallengeName::SoftwareTokenMfa
            | ChallengeName::SelectMfaType
            | ChallengeName::MfaSetup
            | ChallengeName::CustomChallenge => {
                let entered = session::enter(cx, realm, challenge, request).await?;
                Ok(Self::Answer { entered: Box::new(entered) })
            }
        }
    }
}

/// Something was proven: by whom, how far the sign-in has come with it, and what must be written before anybody learns
/// of it (what proved it is used up).
#[derive(Debug)]
pub struct Proven {
    /// The user.
    pub user: User,
    /// What has been proven, the last proof included.
    pub progress: Progress,
    /// What must be written before the caller learns of it.
    pub writes: Vec<Write>,
}

/// Takes one step.
pub async fn advance(cx: &Context<'_>, realm: &Realm, step: Step<'_>, request: &Request<'_>) -> Result<Next> {
    match step {
        Step::Start { flow } => start(cx, realm, flow, request).await,
        Step::PasswordVerifier { offered } => {
            let mut proven = srp_exchange::verify(cx, realm, &offered, request).await?;
            match proven.progress.flow {
                AuthFlow::Custom => {
                    devices::take_note(cx, realm, &proven.user, &mut proven.progress, request, Unknown::Refused)
                        .await?;
                    custom::after_password(cx, realm, proven, request).await
                }
                AuthFlow::UserSrp
                | AuthFlow::UserPassword
                | AuthFlow::AdminUserPassword
                | AuthFlow::UserAuth
                | AuthFlow::RefreshToken => first_factor::done(cx, realm, proven, None, request).await,
            }
        }
        Step::DeviceSrp => device::offer_without_session(cx, realm, request).await,
        Step::DevicePasswordVerifier { offered } => {
            let proven = device::verify(cx, realm, &offered, request).await?;
            second_factor::next(cx, realm, proven, request).await
        }
        Step::Answer { entered } => answer(cx, realm, *entered, request).await,
    }
}

async fn answer(cx: &Context<'_>, realm: &Realm, entered: Entered<'_>, request: &Request<'_>) -> Result<Next> {
    let proven = match &entered.session.offer {
        Offer::SelectChallenge { .. } => return choice::select(cx, realm, entered, request).await,
        Offer::Password => return choice::password(cx, realm, entered, request).await,
        Offer::PasswordSrp => return choice::password_srp(cx, realm, entered, request).await,
        Offer::EmailOtp => {
            let proven = otp::answer(cx, realm, entered, otp::Stage::FirstEmail, request).await?;
            return first_factor::done(cx, realm, proven, None, request).await;
        }
        Offer::SmsOtp => {
            let proven = otp::answer(cx, realm, entered, otp::Stage::FirstSms, request).await?;
            return first_factor::done(cx, realm, proven, None, request).await;
        }
        Offer::WebAuthn { .. } => {
            let proven = web_authn::answer(cx, realm, entered, request).await?;
            return first_factor::done(cx, realm, proven, None, request).await;
        }
        Offer::SelectMfaType { .. } => return second_factor::select(cx, realm, entered, request).await,
        Offer::Custom { .. } => return custom::answer(cx, realm, entered, request).await,
        Offer::DeviceSrp => return device::offer(cx, realm, entered, request).await,
        Offer::NewPassword => new_password::answer(cx, realm, entered, request).await?,
        Offer::SmsMfa => otp::answer(cx, realm, entered, otp::Stage::MfaSms, request).await?,
        Offer::EmailMfa | Offer::EmailSetup { .. } => {
            otp::answer(cx, realm, entered, otp::Stage::MfaEmail, request).await?
        }
        Offer::SoftwareTokenMfa => software_token::answer(cx, realm, entered, request).await?,
        Offer::MfaSetup { .. } => return mfa_setup::answer(cx, realm, entered, request).await,
        // These do not come through RespondToAuthChallenge: no challenge's name opens them.
        Offer::SignUp | Offer::ConfirmedSignUp => return Err(session::invalid()),
    };
    second_factor::next(cx, realm, proven, request).await
}

async fn start(cx: &Context<'_>, realm: &Realm, flow: AuthFlow, request: &Request<'_>) -> Result<Next> {
    if flow == AuthFlow::RefreshToken {
        return refresh_tokens(cx, realm, request).await;
    }
    let name = request.required("USERNAME")?;
    // What a flow needs is asked for before anything is looked up.
    let (given, srp_a) = match flow {
        AuthFlow::UserPassword | AuthFlow::AdminUserPassword => (Some(request.required("PASSWORD")?), None),
        AuthFlow::UserSrp => (None, Some(request.required("SRP_A")?)),
        AuthFlow::UserAuth => (choice::password_of(request), None),
        AuthFlow::Custom | AuthFlow::RefreshToken => (None, None),
    };
    secret_hash::check(cx, realm, request.secret_hash(), &[name]).await?;
    crate::risk::before_password(cx, realm, request.risk_flow(flow), &request.source(cx, realm)).await?;
    let subject = subject::resolve_or_migrate(cx, realm, name, given, request).await?;
    if let (AuthFlow::UserAuth | AuthFlow::Custom, Subject::Known(user)) = (flow, &subject)
        && !realm.masks_users()
    {
        // The other flows tell it once the password is proven; here nothing is sent or asked for the sake of a refusal.
        password::may_sign_in(user)?;
    }
    let scene = Scene::in_realm(cx.domain, realm);
    triggers::pre_authentication::ask(&scene, subject.person(name), request.validation_data).await?;
    let progress = Progress::begin(realm, flow, name, &subject, request.optional("DEVICE_KEY"));
    match flow {
        AuthFlow::UserPassword | AuthFlow::AdminUserPassword => {
            let given = given.unwrap_or_default();
            let (user, writes) = password::check(cx, realm, subject, given, Some(request)).await?;
            let proven = Proven { user, progress: progress.proven(Proof::Password), writes };
            first_factor::done(cx, realm, proven, Some(given), request).await
        }
        AuthFlow::UserSrp => srp_exchange::offer(cx, realm, &subject, progress, srp_a.unwrap_or_default()).await,
        AuthFlow::UserAuth => choice::start(cx, realm, subject, progress, request).await,
        AuthFlow::Custom => custom::start(cx, realm, subject, progress, request).await,
        AuthFlow::RefreshToken => refresh_tokens(cx, realm, request).await,
    }
}

async fn refresh_tokens(cx: &Context<'_>, realm: &Realm, request: &Request<'_>) -> Result<Next> {
    let token = request.required("REFRESH_TOKEN")?;
    let opened = refresh::open(cx, &realm.entry, &realm.client, token, request.optional("DEVICE_KEY")).await?;
    secret_hash::check_for_user(cx, realm, request.secret_hash(), &opened.user).await?;
    let tokens = refresh::refresh(cx, &realm.entry, &realm.client, &opened, &triggers::NO_METADATA).await?;
    Ok(Next::Tokens { tokens, new_device: None })
}

/// Commits what uses up a proof. Nothing is told before.
pub(crate) async fn commit(cx: &Context<'_>, writes: Vec<Write>) -> Result<()> {
    if writes.is_empty() {
        return Ok(());
    }
    cx.domain.submit(writes).await?.map_err(|_| session_used())
}

/// The refusal of a state that was already answered with success.
pub(crate) fn session_used() -> Error {
    Error::not_authorized("Invalid session for the user, session can only be used once.")
}
