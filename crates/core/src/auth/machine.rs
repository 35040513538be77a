//! The state machine of sign-in: from one step to the next challenge or to tokens. There is no default arm.

use super::session::Session;
use super::srp_exchange::SecretBlock;
use super::{
    ChallengeName, Next, Parameters, Realm, facts, new_password, password, secret_hash, srp_exchange, subject,
};
use crate::clients::flows::AuthFlow;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::Write;
use crate::tokens::refresh;
use crate::users::{User, UserStatus};
use stepwell_model::ErrorCode;

/// One step of a sign-in: where it stands, and what the client brings. Each challenge's answer comes with the opened state
/// that offered it, so that no other pair can be made.
#[derive(Debug)]
pub enum Step<'a> {
    /// The first call: nothing has been proven.
    Start {
        /// The flow.
        flow: AuthFlow,
        /// `AuthParameters`.
        parameters: &'a Parameters,
    },
    /// SRP was offered for a name, and its proof arrives.
    PasswordVerifier {
        /// The offer.
        offered: Box<SecretBlock>,
        /// `ChallengeResponses`.
        parameters: &'a Parameters,
    },
    /// The password was proven and a new one demanded, which arrives.
    NewPassword {
        /// What was proven.
        proven: Session,
        /// `ChallengeResponses`.
        parameters: &'a Parameters,
    },
}

impl<'a> Step<'a> {
    /// The answer to a challenge, with the sealed state that belongs to it. The challenge's name decides which one is
    /// looked for; a state that offered another challenge does not open.
    pub fn answer(
        cx: &Context<'_>,
        realm: &Realm,
        challenge: ChallengeName,
        session: Option<&str>,
        parameters: &'a Parameters,
    ) -> Result<Self> {
        match challenge {
            ChallengeName::PasswordVerifier => {
                let block = super::required(parameters, "PASSWORD_CLAIM_SECRET_BLOCK")?;
                Ok(Self::PasswordVerifier { offered: Box::new(SecretBlock::open(cx, realm, block)?), parameters })
            }
            ChallengeName::NewPasswordRequired => {
                let session = session.ok_or_else(|| Error::invalid_parameter("Missing required parameter Session"))?;
                Ok(Self::NewPassword { proven: Session::open(cx, realm, challenge, session)?, parameters })
            }
        }
    }
}

/// Takes one step.
pub async fn advance(cx: &Context<'_>, realm: &Realm, step: Step<'_>) -> Result<Next> {
    match step {
        Step::Start { flow, parameters } => start(cx, realm, flow, parameters).await,
        Step::PasswordVerifier { offered, parameters } => {
            let (user, writes) = srp_exchange::verify(cx, realm, &offered, parameters).await?;
            after_password(cx, realm, user, writes).await
        }
        Step::NewPassword { proven, parameters } => new_password::answer(cx, realm, proven, parameters).await,
    }
}

async fn start(cx: &Context<'_>, realm: &Realm, flow: AuthFlow, parameters: &Parameters) -> Result<Next> {
    match flow {
        AuthFlow::UserPassword | AuthFlow::AdminUserPassword => {
            let name = super::required(parameters, "USERNAME")?;
            let given = super::required(parameters, "PASSWORD")?;
            secret_hash::check(cx, realm, parameters.get("SECRET_HASH"), &[name]).await?;
            let subject = subject::resolve(cx, realm, name).await?;
            let (user, writes) = password::check(cx, realm, subject, given).await?;
            after_password(cx, realm, user, writes).await
        }
        AuthFlow::UserSrp => {
            let name = super::required(parameters, "USERNAME")?;
            secret_hash::check(cx, realm, parameters.get("SECRET_HASH"), &[name]).await?;
            srp_exchange::offer(cx, realm, name, super::required(parameters, "SRP_A")?).await
        }
        AuthFlow::RefreshToken => {
            let (token, user) =
                refresh::open(cx, &realm.entry, &realm.client, super::required(parameters, "REFRESH_TOKEN")?).await?;
            secret_hash::check_for_user(cx, realm, parameters.get("SECRET_HASH"), &user).await?;
            refresh::refresh(cx, &realm.entry, &realm.client, &token, &user).await.map(Next::Tokens)
        }
        AuthFlow::Custom => {
            Err(Error::invalid_parameter("Custom auth lambda trigger is not configured for the user pool."))
        }
        AuthFlow::UserAuth => Err(Error::invalid_parameter("USER_AUTH is not supported by this build of Stepwell yet")),
    }
}

/// What follows a proven password: a demand for a new one, or tokens. `writes` spend what proved it and clear the
/// failures before it; they are committed before the caller learns anything.
async fn after_password(cx: &Context<'_>, realm: &Realm, user: User, writes: Vec<Write>) -> Result<Next> {
    match user.status {
        UserStatus::Confirmed | UserStatus::ExternalProvider => {
            let facts = facts::of_password(cx, realm);
            let tokens = facts::sign_in(cx, realm, &user, &facts);
            // The insert runs while the tokens are being signed; the answer waits for both.
            let (spent, tokens) = tokio::join!(spend(cx, writes), tokens);
            spent?;
            Ok(Next::Tokens(tokens?))
        }
        UserStatus::ForceChangePassword => {
            if user.temporary_password_expires_at.is_some_and(|end| cx.now() >= end) {
                return Err(Error::not_authorized(
                    "Temporary password has expired and must be reset by an administrator.",
                ));
            }
            spend(cx, writes).await?;
            new_password::offer(cx, realm, &user)
        }
        UserStatus::Unconfirmed => {
            spend(cx, writes).await?;
            Err(Error::new(ErrorCode::UserNotConfirmed, "User is not confirmed."))
        }
        UserStatus::ResetRequired => {
            spend(cx, writes).await?;
            Err(Error::new(ErrorCode::PasswordResetRequired, "Password reset required for the user"))
        }
    }
}

async fn spend(cx: &Context<'_>, writes: Vec<Write>) -> Result<()> {
    if writes.is_empty() {
        return Ok(());
    }
    cx.domain.submit(writes).await?.map_err(|_| session_used())
}

/// The refusal of a state that was already answered with success.
pub(crate) fn session_used() -> Error {
    Error::not_authorized("Invalid session for the user, session can only be used once.")
}
