//! Passwords that may not come back (`PasswordHistorySize`; developer guide, "Managing user passwords"). The password in
//! force is the first of those that count; of the others the verifiers are kept, sealed as the one in force.
//!
//! A check costs one exponentiation for each. Pools without the setting keep nothing and check nothing.

use super::{User, credential};
use crate::auth::srp;
use crate::cache::PoolEntry;
use crate::error::{Error, Result};
use crate::pools::UserPool;
use stepwell_model::ErrorCode;

/// Refuses a password that the user has now or had lately. To be asked only once the caller has proven to be who may set
/// one: the answer says something about old passwords.
pub fn check(entry: &PoolEntry, user: &User, password: &str) -> Result<()> {
    let counted = entry.settings.password_policy.history_size as usize;
    for sealed in user.sealed_verifier.iter().chain(&user.password_history).take(counted) {
        let known = credential::open_sealed(&entry.keys, &user.sub, sealed)?;
        let matches = srp::check_password(entry.srp_name(), &user.username, password, &known.salt, &known.verifier)
            .map_err(Error::internal)?;
        if matches {
            return Err(Error::new(ErrorCode::PasswordHistoryPolicyViolation, "Password has previously been used."));
        }
    }
    Ok(())
}

/// Puts the password in force among those that were. Called where another takes its place.
pub(super) fn remember(pool: &UserPool, user: &mut User) {
    // The password that comes into force counts as well.
    let kept = (pool.settings.password_policy.history_size as usize).saturating_sub(1);
    if kept > 0
        && let Some(sealed) = user.sealed_verifier.take()
    {
        user.password_history.insert(0, sealed);
    }
    user.password_history.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::fixtures;

    fn user_with(sealed: &str, history: &[&str]) -> User {
        let mut user = fixtures::user(serde_json::json!({}));
        user.sealed_verifier = Some(sealed.as_bytes().to_vec());
        user.password_history = history.iter().map(|sealed| sealed.as_bytes().to_vec()).collect();
        user
    }

    fn history(size: u32, sealed: &str, before: &[&str]) -> Vec<String> {
        let mut pool = fixtures::pool();
        pool.settings.password_policy.history_size = size;
        let mut user = user_with(sealed, before);
        remember(&pool, &mut user);
        user.password_history.into_iter().map(|sealed| String::from_utf8(sealed).unwrap()).collect()
    }

    #[test]
    fn the_newest_are_kept_and_the_one_to_come_counts_as_one() {
        assert_eq!(history(3, "c", &["b", "a"]), ["c", "b"]);
        assert_eq!(history(3, "a", &[]), ["a"]);
        assert_eq!(history(2, "c", &["b", "a"]), ["c"]);
    }

    #[test]
    fn a_pool_that_does_not_look_keeps_nothing() {
        assert!(history(0, "c", &["b", "a"]).is_empty());
        assert!(history(1, "c", &["b", "a"]).is_empty());
    }
}
