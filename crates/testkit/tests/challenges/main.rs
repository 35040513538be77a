//! The state machine of sign-in under attack: every challenge with every state that is not its own, random walks against a
//! model of the rules, and guessing at everything that can be guessed.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a missing member or a failed call fails the test"
)]

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

mod guessing;
mod holes;
mod offers;
mod other_states;
mod people;
mod table;
mod too_late;
mod walk;

#[path = "../security/trace.rs"]
mod trace;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

const WRONG: (&str, &str) = ("NotAuthorizedException", "Incorrect username or password.");
const INVALID: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user.");
const EXPIRED: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user, session is expired.");
const USED: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.");
