//! Checking a password that the client sent.

use super::subject::Subject;
use super::{Realm, Request, lockout, srp};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Failures, Write};
use crate::risk;
use crate::users::{User, UserStatus};
use stepwell_model::ErrorCode;

/// Checks a password and counts the guess. Returns the user and what to write before telling of the success. The same
/// steps run whether the user exists, has a password, or neither.
pub async fn check(
    cx: &Context<'_>,
    realm: &Realm,
    subject: Subject,
    given: &str,
    request: Option<&Request<'_>>,
) -> Result<(User, Vec<Write>)> {
    let pool_id = &realm.entry.pool.id;
    let key = subject.lockout_key(realm);
    let _one_guess_at_a_time = cx.domain.gate(&key.0).await;
    let failures = lockout::check(cx, pool_id, &key).await?;
    let (credential, real) = subject.credential(realm)?;
    let user_id = subject.srp_user_id(realm);
    let matches = srp::check_password(realm.entry.srp_name(), &user_id, given, &credential.salt, &credential.verifier)
        .map_err(Error::internal)?;
    let clear = if failures.is_some() { vec![lockout::clear(pool_id, &key)] } else { Vec::new() };
    match subject {
        Subject::Known(user) if real && matches && tells_state_of(realm, &user) => {
            may_sign_in(&user)?;
            Ok((*user, clear))
        }
        subject => Err(refuse(cx, realm, &subject, (&key, failures), request).await?),
    }
}

/// Counts a wrong proof and says what the caller is told. `failures` are those before it, `request` is the sign-in it belongs to, if any.
pub(super) async fn refuse(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    (key, failures): (&lockout::LockoutKey, Option<Failures>),
    request: Option<&Request<'_>>,
) -> Result<Error> {
    lockout::record(cx, &realm.entry.pool.id, key, failures).await?;
    if let Some(request) = request {
        let source = request.source(cx, realm);
        risk::failed(cx, realm, &subject.sub(realm), risk::Flow::Standard, &source, true).await?;
    }
    Ok(match subject {
        // An imported user has no password to get right; a client that hides users hides this too.
        Subject::Known(user)
            if user.status == UserStatus::ResetRequired && user.sealed_verifier.is_none() && !realm.masks_users() =>
        {
            reset_required()
        }
        Subject::Known(_) | Subject::Unknown { .. } => wrong(),
    })
}

/// False if the user must look like a wrong password even to who knows the right one: a client that hides users hides
/// which of them are disabled.
pub(super) fn tells_state_of(realm: &Realm, user: &User) -> bool {
    user.enabled || !realm.masks_users()
}

/// Refuses disabled users, after their password was proven.
pub(super) fn may_sign_in(user: &User) -> Result<()> {
    if user.enabled { Ok(()) } else { Err(Error::not_authorized("User is disabled.")) }
}

/// The refusal of a user who must set a new password by a recovery code first.
pub(crate) fn reset_required() -> Error {
    Error::new(ErrorCode::PasswordResetRequired, "Password reset required for the user")
}

/// The one answer to a wrong password and to an unknown user.
pub(super) fn wrong() -> Error {
    Error::not_authorized("Incorrect username or password.")
}

/// Checks the password of a user who is already known (`ChangePassword`), with the same lockout.
pub async fn check_known(cx: &Context<'_>, realm: &Realm, user: &User, given: &str) -> Result<Vec<Write>> {
    let (_, writes) = check(cx, realm, Subject::Known(Box::new(user.clone())), given, None).await?;
    Ok(writes)
}
