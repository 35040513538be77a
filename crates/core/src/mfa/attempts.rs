//! Guesses at second factors: five wrong ones start the same back-off as wrong passwords do (developer guide, "Things to
//! know about user pool MFA"). Counted apart from them, and each factor apart from the others: who can prove one must not
//! be able to clear the count of another with it.

use super::MfaFactor;
use crate::auth::lockout::{self, LockoutKey};
use crate::context::Context;
use crate::error::Result;
use crate::ports::store::Write;

/// Counts an answer to one of a user's second factors before it is looked at; refuses while that one is locked. Returns
/// the write that forgets its failures, to be committed with the success.
pub async fn count(cx: &Context<'_>, pool_id: &str, sub: &str, factor: MfaFactor) -> Result<Write> {
    lockout::count_first(cx, pool_id, &LockoutKey(format!("mfa:{}:{sub}", factor.challenge_name()))).await
}

/// As [`count`], for the claims of remembered devices.
pub async fn count_device(cx: &Context<'_>, pool_id: &str, sub: &str) -> Result<Write> {
    lockout::count_first(cx, pool_id, &LockoutKey(format!("device:{sub}"))).await
}

/// As [`count`], for codes of an authenticator app that is being registered: those say nothing about the one in force.
pub async fn count_registration(cx: &Context<'_>, pool_id: &str, sub: &str) -> Result<Write> {
    lockout::count_first(cx, pool_id, &LockoutKey(format!("mfa-setup:{sub}"))).await
}
