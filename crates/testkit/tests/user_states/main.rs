//! The states of users, and what each may do: every state against every operation and flow that looks at it, through a
//! client that tells which users exist and through one that hides it.
//!
//! Of the protocol's states, `ARCHIVED`, `COMPROMISED` and `UNKNOWN` are missing here: Cognito documents no way into them,
//! and Stepwell puts nobody there.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed call fails the test")]

mod cells;
mod expected;

use cells::{Call, State, World};
use stepwell_testkit::EngineKind;

async fn every_state_meets_every_call(engine: EngineKind) {
    let world = World::new(engine).await;
    let mut wrong = Vec::new();
    for state in State::ALL {
        for call in Call::ALL {
            let outcomes = world.outcomes(state, call).await;
            let expected = expected::outcomes(state, call);
            if outcomes != expected {
                wrong.push(format!("{state:?} {call:?}: {outcomes:?}, not {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_state_meets_every_call_on_sqlite() {
    every_state_meets_every_call(EngineKind::Sqlite).await;
}

#[tokio::test]
async fn every_state_meets_every_call_on_postgres() {
    every_state_meets_every_call(EngineKind::Postgres).await;
}
