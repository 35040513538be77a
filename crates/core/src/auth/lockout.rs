//! Password lockout (developer guide, "Lockout behavior for failed sign-in attempts"): the fifth failure locks for one
//! second, each further one for twice as long, up to about fifteen minutes. Attempts during a lock neither count nor
//! extend it. Failures are forgotten after a success, or fifteen minutes after the lock without an attempt. Kept in the
//! store: it survives restarts and all nodes share it.

use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Failures, Write};
use crate::{MINUTE, Millis, SECOND};

/// Failures that cost nothing.
const FREE: i64 = 4;
/// The longest lock, and the time without attempts, once a lock is over, after which failures are forgotten.
const LONGEST: Millis = 15 * MINUTE;

/// Who guesses are counted against: a user, or a name that is nobody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockoutKey(pub String);

/// How long a number of failures locks.
fn lock_for(failures: i64) -> Millis {
    match failures - FREE - 1 {
        ..0 => 0,
        exponent @ 0..=9 => (1_i64 << exponent) * SECOND,
        10.. => LONGEST,
    }
}

fn is_locked(failures: Failures, now: Millis) -> bool {
    now < failures.last_at + lock_for(failures.count)
}

/// How long after the last failure these are forgotten. The time of the lock does not count: attempts in it are not seen,
/// and who keeps trying must not be forgotten for it.
fn forgotten_after(failures: Option<Failures>) -> Millis {
    LONGEST + failures.map_or(0, |failures| lock_for(failures.count))
}

/// Refuses while locked. Returns the failures so far: to be cleared after a success, and for [`record`].
pub async fn check(cx: &Context<'_>, pool_id: &str, key: &LockoutKey) -> Result<Option<Failures>> {
    match cx.domain.stores.guards.failures(pool_id, &key.0).await? {
        Some(failures) if is_locked(failures, cx.now()) => Err(exceeded()),
        failures => Ok(failures),
    }
}

/// Counts a failure, durably, before the caller learns of it. `before` are those that [`check`] found.
pub async fn record(cx: &Context<'_>, pool_id: &str, key: &LockoutKey, before: Option<Failures>) -> Result<()> {
    cx.domain.stores.guards.record_failure(pool_id, &key.0, cx.now(), forgotten_after(before)).await?;
    Ok(())
}

/// Counts an attempt as failed before anything is compared, and refuses while locked: guesses that arrive together, at
/// whichever nodes, cannot pass the check as one. Returns the write that forgets the failures after a success.
pub async fn count_first(cx: &Context<'_>, pool_id: &str, key: &LockoutKey) -> Result<Write> {
    let guards = &cx.domain.stores.guards;
    let before = guards.failures(pool_id, &key.0).await?;
    if before.is_some_and(|failures| is_locked(failures, cx.now())) {
        return Err(exceeded());
    }
    let forget_after = forgotten_after(before);
    let counted = guards.record_failure(pool_id, &key.0, cx.now(), forget_after).await?;
    let remembered = before.filter(|before| cx.now() - before.last_at <= forget_after).map_or(0, |before| before.count);
    // Another attempt came in between: it has the turn.
    if counted.count > remembered + 1 { Err(exceeded()) } else { Ok(clear(pool_id, key)) }
}

fn exceeded() -> Error {
    Error::not_authorized("Password attempts exceeded")
}

/// The write that forgets the failures after a success.
pub fn clear(pool_id: &str, key: &LockoutKey) -> Write {
    Write::ClearFailures { pool_id: pool_id.to_owned(), subject: key.0.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_double_from_the_fifth_failure_to_fifteen_minutes() {
        let seconds = |n| lock_for(n) / SECOND;
        assert_eq!((0..5).map(seconds).collect::<Vec<_>>(), [0, 0, 0, 0, 0]);
        assert_eq!((5..9).map(seconds).collect::<Vec<_>>(), [1, 2, 4, 8]);
        assert_eq!(seconds(14), 512);
        assert_eq!(seconds(15), 900);
        assert_eq!(seconds(1_000_000), 900);
    }

    #[test]
    fn the_time_of_the_lock_does_not_forget() {
        let after = |count| forgotten_after(Some(Failures { count, last_at: 0 }));
        assert_eq!(forgotten_after(None), 15 * MINUTE);
        assert_eq!((after(4), after(5)), (15 * MINUTE, 15 * MINUTE + SECOND));
        assert_eq!(after(15), 30 * MINUTE);
    }

    #[test]
    fn a_lock_ends_on_time() {
        let failures = Failures { count: 6, last_at: 10_000 };
        assert!(is_locked(failures, 11_999));
        assert!(!is_locked(failures, 12_000));
    }
}
