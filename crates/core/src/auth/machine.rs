//! The state machine of sign-in: from a state and an answer to the next challenge or to tokens. There is no default
//! arm: a pair that is not listed is refused.

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

/// Where a sign-in stands.
#[derive(Debug)]
pub enum State {
    /// Nothing has been proven.
    Start,
    /// SRP has been offered for a name.
    PasswordVerifierOffered(Box<SecretBlock>),
    /// The password has been proven, and a new one is demanded.
    NewPasswordOffered(Session),
}

/// What the client brings.
#[derive(Debug)]
pub enum Answer<'a> {
    /// The first call.
    Start {
        /// The flow.
        flow: AuthFlow,
        /// `AuthParameters`.
        parameters: &'a Parameters,
    },
    /// The proof of SRP.
    PasswordVerifier(&'a Parameters),
    /// A new password.
    NewPassword(&'a Parameters),
}

impl State {
    /// Opens the sealed state that belongs to an answer. The challenge's name decides which one is looked for; a state
    /// that offered another challenge does not open.
    pub fn offered<'a>(
        cx: &Context<'_>,
        realm: &Realm,
        challenge: ChallengeName,
        session: Option<&str>,
        parameters: &'a Parameters,
    ) -> Result<(Self, Answer<'a>)> {
        match challenge {
            ChallengeName::PasswordVerifier => {
                let block = SecretBlock::open(cx, realm, super::required(parameters, "PASSWORD_CLAIM_SECRET_BLOCK")?)?;
                Ok((Self::PasswordVerifierOffered(Box::new(block)), Answer::PasswordVerifier(parameters)))
            }
            ChallengeName::NewPasswordRequired => {
                let session = session.ok_or_else(|| Error::invalid_parameter("Missing required parameter Session"))?;
                let session = Session::open(cx, realm, challenge, session)?;
                Ok((Self::NewPasswordOffered(session), Answer::NewPassword(parameters)))
            }
        }
    }
}

/// One step.
pub async fn advance(cx: &Context<'_>, realm: &Realm, state: State, answer: Answer<'_>) -> Result<Next> {
    match (state, answer) {
        (State::Start, Answer::Start { flow, parameters }) => start(cx, realm, flow, parameters).await,
        (State::PasswordVerifierOffered(block), Answer::PasswordVerifier(parameters)) => {
            let (user, writes) = srp_exchange::verify(cx, realm, &block, parameters).await?;
            after_password(cx, realm, user, writes).await
        }
        (State::NewPasswordOffered(session), Answer::NewPassword(parameters)) => {
            new_password::answer(cx, realm, session, parameters).await
        }
        (
            State::Start | State::PasswordVerifierOffered(_) | State::NewPasswordOffered(_),
            Answer::Start { .. } | Answer::PasswordVerifier(_) | Answer::NewPassword(_),
        ) => Err(Error::not_authorized("Invalid session for the user.")),
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
