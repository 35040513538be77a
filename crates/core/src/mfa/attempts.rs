//! Guesses at second factors: five wrong ones start the same back-off as wrong passwords do (developer guide, "Things to
//! know about user pool MFA"). Counted apart from them: who knows the password must not be able to clear the count with
//! it.

use crate::auth::lockout::{self, LockoutKey};
use crate::context::Context;
use crate::error::Result;
use crate::ports::store::Write;

/// Counts an answer to a user's second factor before it is looked at; refuses while locked. Returns the write that
/// forgets the failures, to be committed with the success.
pub async fn count(cx: &Context<'_>, pool_id: &str, sub: &str) -> Result<Write> {
    lockout::count_first(cx, pool_id, &LockoutKey(format!("mfa:{sub}"))).await
}

/// As [`count`], for codes of an authenticator app that is being registered: those say nothing about the one in force.
pub async fn count_registration(cx: &Context<'_>, pool_id: &str, sub: &str) -> Result<Write> {
    lockout::count_first(cx, pool_id, &LockoutKey(format!("mfa-setup:{sub}"))).await
}
