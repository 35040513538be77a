//! Every challenge after its time, and after something has happened to the user that takes back what was proven. The
//! answer is right each time.

use serde_json::json;
use stepwell_testkit::{EngineKind, PASSWORD};

use crate::offers::{Challenge, Door};
use crate::people::{Person, TEMPORARY, World};
use crate::table::{refused, worlds};
use crate::trace::refused_without_trace;
use crate::{EXPIRED, INVALID, MINUTE, WRONG};

on_both_engines!(expired, after_the_user_changed, after_a_reset);

async fn expired(engine: EngineKind) {
    for (mut world, challenges) in worlds(engine).await {
        for challenge in challenges {
            let mut person = world.person(challenge).await;
            let offered = world.offer(challenge, &mut person).await;
            let life = if challenge.in_block() { MINUTE } else { 3 * MINUTE };
            world.pool.advance(life).await;
            let expected = if challenge.in_block() { WRONG } else { EXPIRED };
            refused(&world, "expired", expected, &offered, Some(&offered.state)).await;
        }
    }
}

/// What happens to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    SignedOut,
    AnotherPassword,
    Disabled,
    DisabledAndEnabled,
    Deleted,
    AnotherOfTheSameName,
}

impl Change {
    const ALL: [Self; 6] = [
        Self::SignedOut,
        Self::AnotherPassword,
        Self::Disabled,
        Self::DisabledAndEnabled,
        Self::Deleted,
        Self::AnotherOfTheSameName,
    ];

    async fn happen(self, world: &World, challenge: Challenge, person: &Person) {
        let name = json!({"Username": person.name});
        let call = async |operation: &str| {
            world.pool.admin(operation, name.clone()).await.ok();
        };
        match self {
            Self::SignedOut => call("AdminUserGlobalSignOut").await,
            Self::AnotherPassword => {
                // To the same password as before: what counts is that it was set.
                let (password, permanent) =
                    if challenge == Challenge::NewPassword { (TEMPORARY, false) } else { (PASSWORD, true) };
                let input = json!({"Username": person.name, "Password": password, "Permanent": permanent});
                world.pool.admin("AdminSetUserPassword", input).await.ok();
            }
            Self::Disabled => call("AdminDisableUser").await,
            Self::DisabledAndEnabled => {
                call("AdminDisableUser").await;
                call("AdminEnableUser").await;
            }
            Self::Deleted => call("AdminDeleteUser").await,
            Self::AnotherOfTheSameName => {
                call("AdminDeleteUser").await;
                world.person_named(Challenge::PasswordVerifier, &person.name).await;
            }
        }
    }

    fn expected(self, challenge: Challenge) -> (&'static str, &'static str) {
        match (challenge, self) {
            // The password is right, and this client does not hide which users there are.
            (Challenge::PasswordVerifier, Self::Disabled) => ("NotAuthorizedException", "User is disabled."),
            (Challenge::PasswordVerifier, _) => WRONG,
            _ => INVALID,
        }
    }
}

async fn after_the_user_changed(engine: EngineKind) {
    for (mut world, challenges) in worlds(engine).await {
        for challenge in challenges {
            for change in Change::ALL {
                let mut person = world.person(challenge).await;
                let offered = world.offer(challenge, &mut person).await;
                change.happen(&world, challenge, &person).await;
                let case = format!("{change:?}");
                refused(&world, &case, change.expected(challenge), &offered, Some(&offered.state)).await;
            }
        }
    }
}

/// An administrator who resets a password takes back what it proved. Who has proven nothing yet may do so, and is told.
async fn after_a_reset(engine: EngineKind) {
    let reset = ("PasswordResetRequiredException", "Password reset required for the user");
    for (mut world, challenges) in worlds(engine).await {
        // A user without an address, or with a password that is to be replaced, cannot be reset.
        let cannot = |challenge: &Challenge| {
            *challenge == Challenge::NewPassword || challenge.setting() == crate::people::Setting::MfaRequired
        };
        for challenge in challenges.into_iter().filter(|challenge| !cannot(challenge)) {
            let mut person = world.person(challenge).await;
            let offered = world.offer(challenge, &mut person).await;
            world.pool.admin("AdminResetUserPassword", json!({"Username": person.name})).await.ok();
            if !challenge.is_first() {
                refused(&world, "reset", INVALID, &offered, Some(&offered.state)).await;
            } else if challenge != Challenge::PasswordSrp {
                let answer = world.answer(Door::App, &offered).await;
                assert_eq!(answer.refusal(), reset, "{challenge:?}");
                let again = world.answer(Door::App, &offered);
                refused_without_trace(&world.pool, "and not again", crate::USED, again).await;
            }
        }
    }
}
