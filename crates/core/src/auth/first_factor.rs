//! What follows a proven first factor: threat protection's verdict, the user's state, then the second factor.

use super::machine::{Proven, commit};
use super::second_factor::{self, Demand};
use super::{Next, Realm, Request, new_password, password};
use crate::context::Context;
use crate::devices::{self, Unknown};
use crate::error::{Error, Result};
use crate::risk::{self, Action, Attempt, Outcome};
use crate::users::{User, UserStatus, passwords};
use stepwell_model::ErrorCode;

/// Goes on from a proven first factor. `given_password` is there if the client sent it in the clear.
pub async fn done(
    cx: &Context<'_>,
    realm: &Realm,
    proven: Proven,
    given_password: Option<&str>,
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
    let attempt =
        Attempt { flow: request.risk_flow(progress.flow), source: &source, password: given_password, by_password };
    let mut assessment = risk::assess(cx, realm, &user, &attempt).await?;
    match (assessment.action, second_factor::demand(realm, &user, &progress)) {
        (Action::Allow, _)
        | (Action::MfaIfConfigured | Action::RequireMfa, Demand::Met)
        | (Action::MfaIfConfigured, Demand::Impossible) => {}
        (Action::MfaIfConfigured | Action::RequireMfa, Demand::Possible) => progress.risk_demands_mfa = true,
        (Action::RequireMfa, Demand::Impossible) => {
            assessment.block();
            return Err(risk::refuse(cx, realm, &user, assessment, writes).await?);
        }
        (Action::Block | Action::ResetPassword, _) => {
            return Err(risk::refuse(cx, realm, &user, assessment, writes).await?);
        }
    }
    if let Err(refusal) = check_state(cx, &user) {
        commit(cx, writes).await?;
        return Err(refusal);
    }
    let plan = second_factor::plan(cx, realm, &user, &progress).await?;
    let must_change = user.status == UserStatus::ForceChangePassword;
    if must_change && !progress.proofs.iter().any(|proof| !proof.is_second_factor()) {
        // An access token stands for a first factor, but not for the password that is being replaced.
        return Err(Error::not_authorized("User password must be replaced before signing in."));
    }
    let outcome = if must_change || plan.asks() { Outcome::InProgress } else { Outcome::Pass };
    writes.extend(risk::record(cx, realm, &user, &assessment, outcome)?);
    progress.risk = assessment.carried();
    if must_change {
        return new_password::offer(cx, realm, user, progress, writes).await;
    }
    second_factor::follow(cx, realm, plan, Proven { user, progress, writes }, request).await
}

/// Refuses users who may not sign in yet, or not here.
fn check_state(cx: &Context<'_>, user: &User) -> Result<()> {
    match user.status {
        UserStatus::Confirmed => Ok(()),
        UserStatus::ForceChangePassword => passwords::check_temporary(user, cx.now()),
        UserStatus::Unconfirmed => Err(Error::new(ErrorCode::UserNotConfirmed, "User is not confirmed.")),
        UserStatus::ResetRequired => Err(password::reset_required()),
        // Those sign in where they come from (API, `InitiateAuth`), until an administrator sets a password.
        UserStatus::ExternalProvider => Err(Error::not_authorized("User is federated and cannot sign in here.")),
    }
}
