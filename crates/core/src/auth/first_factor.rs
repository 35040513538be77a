//! What follows a proven first factor: threat protection's verdict, the user's state, then the second factor.

use super::machine::{Proven, commit};
use super::{Next, Realm, Request, new_password, second_factor};
use crate::context::Context;
use crate::devices::{self, Unknown};
use crate::error::{Error, Result};
use crate::risk::{self, Action, Attempt, Outcome};
use crate::users::UserStatus;
use stepwell_model::ErrorCode;

/// Goes on from a proven first factor. `password` is there if the client sent it in the clear.
pub async fn done(
    cx: &Context<'_>,
    realm: &Realm,
    proven: Proven,
    password: Option<&str>,
    request: &Request<'_>,
) -> Result<Next> {
    let Proven { user, mut progress, mut writes } = proven;
    // A client retries a password without the device that is gone; it could not retry what another factor used up.
    let unknown = match progress.proofs.last() {
        Some(super::progress::Proof::Password) => Unknown::Refused,
        _ => Unknown::Ignored,
    };
    devices::take_note(cx, realm, &user, &mut progress, request, unknown).await?;
    let source = request.source(cx, realm);
    let by_password = progress.proofs.contains(&super::progress::Proof::Password);
    let attempt = Attempt { flow: request.risk_flow(progress.flow), source: &source, password, by_password };
    let mut assessment = risk::assess(cx, realm, &user, &attempt).await?;
    match assessment.action {
        Action::Allow => {}
        Action::MfaIfConfigured => progress.risk_demands_mfa = second_factor::has_one(realm, &user),
        Action::RequireMfa if second_factor::has_one(realm, &user) => progress.risk_demands_mfa = true,
        Action::RequireMfa => {
            assessment.block();
            return Err(risk::refuse(cx, realm, &user, assessment, writes).await?);
        }
        Action::Block | Action::ResetPassword => {
            return Err(risk::refuse(cx, realm, &user, assessment, writes).await?);
        }
    }
    match user.status {
        UserStatus::Confirmed | UserStatus::ExternalProvider | UserStatus::ForceChangePassword => {}
        UserStatus::Unconfirmed => {
            commit(cx, writes).await?;
            return Err(Error::new(ErrorCode::UserNotConfirmed, "User is not confirmed."));
        }
        UserStatus::ResetRequired => {
            commit(cx, writes).await?;
            return Err(Error::new(ErrorCode::PasswordResetRequired, "Password reset required for the user"));
        }
    }
    if user.status == UserStatus::ForceChangePassword
        && user.temporary_password_expires_at.is_some_and(|end| cx.now() >= end)
    {
        return Err(Error::not_authorized("Temporary password has expired and must be reset by an administrator."));
    }
    let plan = second_factor::plan(cx, realm, &user, &progress).await?;
    let must_change = user.status == UserStatus::ForceChangePassword;
    let outcome = if must_change || plan.asks() { Outcome::InProgress } else { Outcome::Pass };
    writes.extend(risk::record(cx, realm, &user, &assessment, outcome)?);
    progress.risk = assessment.carried();
    if must_change {
        return new_password::offer(cx, realm, user, progress, writes).await;
    }
    second_factor::follow(cx, realm, plan, Proven { user, progress, writes }, request).await
}
