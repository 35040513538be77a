//! Identity pools through the doors: who gets an identity and whose, which role, and what is refused.

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

mod classic;
mod developer;
mod external_sts;
mod forged;
mod guests;
mod linking;
mod openid;
mod provider;
mod roles;
mod settings;
mod signed_out;
mod tags;
mod world;

use serde_json::{Value, json};
use stepwell_testkit::EngineKind;

use world::{POLICY, World};

const FORBIDDEN: &str = "NotAuthorizedException";
/// What the model does not allow is the framework's to refuse, and not an error of the operation.
const INVALID: &str = "ValidationException";
const LOGINS: (&str, &str) =
    (FORBIDDEN, "Logins don't match. Please include at least one valid login for this identity or identity pool.");
const ROLES: (&str, &str) = (
    "InvalidIdentityPoolConfigurationException",
    "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
);
const UNSUPPORTED: (&str, &str) = (FORBIDDEN, "Token is not from a supported provider of this identity pool.");
