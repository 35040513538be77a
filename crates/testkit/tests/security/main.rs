//! What attackers try, and what time does to whatever a client can hold: each through the doors, with real requests, on
//! both engines where the database decides.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a missing member or a failed call fails the test")]

/// Runs each of these functions, which take the engine, as a test on either.
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(stepwell_testkit::EngineKind::Sqlite).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(stepwell_testkit::EngineKind::Postgres).await;
            })+
        }
    };
}

mod challenge_new_password;
mod challenge_password_verifier;
mod codes;
mod config_cache;
mod downgrade;
mod error_snapshots;
mod existence;
mod forged_tokens;
mod garbage;
mod lockout;
mod mail_bombs;
mod operations;
mod quotas;
mod rate_limits;
mod refresh;
mod revocation;
mod separate_counts;
mod sessions;
mod token_snapshots;
mod trace;

/// One second, minute, hour and day on the tests' clocks.
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const WRONG: (&str, &str) = ("NotAuthorizedException", "Incorrect username or password.");
const LOCKED: (&str, &str) = ("NotAuthorizedException", "Password attempts exceeded");
const EXPIRED_CODE: (&str, &str) = ("ExpiredCodeException", "Invalid code provided, please request a code again.");
const WRONG_CODE: (&str, &str) = ("CodeMismatchException", "Invalid verification code provided, please try again.");
const TOO_OFTEN: (&str, &str) = ("LimitExceededException", "Attempt limit exceeded, please try after some time.");
