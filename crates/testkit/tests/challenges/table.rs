//! Every challenge with no state, with another's, with one made for elsewhere, an edited one, a spent one and an older one.
//! The answer is right each time.

use serde_json::json;
use stepwell_testkit::EngineKind;

use crate::offers::{Challenge, Door, Offered};
use crate::people::{Person, Setting, World};
use crate::trace::{refused_without_trace, without_attempts};
use crate::{INVALID, SECOND, USED, WRONG};

on_both_engines!(without_a_state, elsewhere, edited, spent, older);

type Refusal = (&'static str, &'static str);

const NO_SESSION: Refusal = ("InvalidParameterException", "Missing required parameter Session");
const NO_BLOCK: Refusal = ("InvalidParameterException", "Missing required parameter PASSWORD_CLAIM_SECRET_BLOCK");
const NO_TOKEN: Refusal = ("NotAuthorizedException", "Invalid Access Token");

impl Challenge {
    /// How a state is refused that this client or user does not have.
    pub(crate) fn refuses_foreign(self) -> Refusal {
        if self.in_block() { WRONG } else { INVALID }
    }

    /// The doors through which it can be answered.
    pub(crate) fn doors(self) -> &'static [Door] {
        if self.is_operation() { &[Door::App] } else { &[Door::App, Door::Admin] }
    }
}

/// Asserts that an offer, with this state, is refused so at each door and leaves no trace but attempts.
pub(crate) async fn refused(world: &World, case: &str, expected: Refusal, offered: &Offered, state: Option<&str>) {
    let challenge = offered.challenge;
    for door in challenge.doors() {
        let case = format!("{challenge:?} at {door:?}: {case}");
        let answer = world.answer_with(*door, offered, state);
        refused_without_trace(&world.pool, &case, expected, answer).await;
    }
}

/// Each challenge with the kind of world it needs.
pub(crate) async fn worlds(engine: EngineKind) -> [(World, Vec<Challenge>); 2] {
    let of = |setting| Challenge::ALL.into_iter().filter(|challenge| challenge.setting() == setting).collect();
    [
        (World::new(engine, Setting::Everything).await, of(Setting::Everything)),
        (World::new(engine, Setting::MfaRequired).await, of(Setting::MfaRequired)),
    ]
}

async fn without_a_state(engine: EngineKind) {
    for (mut world, challenges) in worlds(engine).await {
        for challenge in challenges {
            let mut person = world.person(challenge).await;
            let offered = world.offer(challenge, &mut person).await;
            let expected = match challenge {
                // What clients of the first generation send: there is no permit for it.
                Challenge::DeviceSrp => INVALID,
                _ if challenge.is_operation() => NO_TOKEN,
                _ if challenge.in_block() => NO_BLOCK,
                _ => NO_SESSION,
            };
            refused(&world, "no state", expected, &offered, None).await;
            world.finish(&offered, &person).await;
        }
    }
}

async fn elsewhere(engine: EngineKind) {
    for (mut world, challenges) in worlds(engine).await {
        for challenge in challenges {
            let foreign = challenge.refuses_foreign();
            let (mut jane, mut mallory) = (world.person(challenge).await, world.person(challenge).await);
            world.swap_pool();
            let mut abroad = world.person_named(challenge, &jane.name).await;
            world.swap_pool();
            let mallorys = world.offer(challenge, &mut mallory).await;
            let janes = world.offer(challenge, &mut jane).await;
            if !challenge.is_operation() {
                refused(&world, "another user's state", foreign, &janes, Some(&mallorys.state)).await;
                let mut renamed = janes.clone();
                renamed.responses["USERNAME"] = json!(mallory.name);
                refused(&world, "another user's name", foreign, &renamed, Some(&janes.state)).await;
                let mut nobodys = janes.clone();
                nobodys.responses["USERNAME"] = json!("nobody");
                refused(&world, "nobody's name", foreign, &nobodys, Some(&janes.state)).await;
            }
            // The state says which client it is for, where the call does not.
            let claimed = |client: &str| match janes.state.split_once('.') {
                Some((_, sealed)) => format!("{client}.{sealed}"),
                None => janes.state.clone(),
            };
            let for_client = claimed(world.other_client());
            let for_pool = claimed(world.client_abroad());
            refused_elsewhere(&mut world, &janes, &for_client, World::swap_client).await;
            refused_elsewhere(&mut world, &janes, &for_pool, World::swap_pool).await;
            // None of this has hurt the offer, nor what the same name is offered in the other pool.
            world.finish(&janes, &jane).await;
            world.swap_pool();
            let there = world.offer(challenge, &mut abroad).await;
            world.finish(&there, &abroad).await;
            world.swap_pool();
        }
    }
}

async fn refused_elsewhere(world: &mut World, offered: &Offered, claimed: &str, swap: fn(&mut World)) {
    let foreign = offered.challenge.refuses_foreign();
    swap(world);
    if !offered.challenge.is_operation() {
        refused(world, "made elsewhere", foreign, offered, Some(&offered.state)).await;
    }
    if claimed != offered.state {
        refused(world, "made elsewhere, but says here", foreign, offered, Some(claimed)).await;
    }
    swap(world);
}

async fn edited(engine: EngineKind) {
    for (mut world, challenges) in worlds(engine).await {
        for challenge in challenges {
            let mut person = world.person(challenge).await;
            let offered = world.offer(challenge, &mut person).await;
            let state = &offered.state;
            let before = world.pool.server.test.tables().await;
            let step = if engine == EngineKind::Sqlite { state.len() / 60 + 1 } else { state.len() / 7 };
            let mut changed = vec![format!("{state}AAAA"), state.to_lowercase(), format!("x.{state}")];
            for index in (0..state.len()).step_by(step) {
                let edit = if state.as_bytes()[index] == b'A' { "B" } else { "A" };
                changed.push([&state[..index], edit, &state[index + 1..]].concat());
                if index >= 20 {
                    changed.push(state[..index].to_owned());
                }
            }
            for state in &changed {
                let answer = world.answer_with(Door::App, &offered, Some(state)).await;
                assert_eq!(answer.refusal(), challenge.refuses_foreign(), "{challenge:?}: {state}");
            }
            // Nobody can make one of these: they are not even attempts.
            assert_eq!(world.pool.server.test.tables().await, before, "{challenge:?}");
            world.finish(&offered, &person).await;
        }
    }
}

async fn spent(engine: EngineKind) {
    for (mut world, challenges) in worlds(engine).await {
        for challenge in challenges {
            let mut person = world.person(challenge).await;
            let offered = world.offer(challenge, &mut person).await;
            world.finish(&offered, &person).await;
            let expected = match challenge {
                // Beginning twice is no harm, until there is an app.
                Challenge::Associate => INVALID,
                _ => USED,
            };
            refused(&world, "spent", expected, &offered, Some(&offered.state)).await;
            // Spent is spent also for who has the next right answer.
            let next = world_after(&world, challenge, &mut person).await;
            if let Some(next) = next {
                refused(&world, "spent, with a new answer", expected, &next, Some(&offered.state)).await;
            }
        }
    }
}

/// A new offer of the same challenge, where it can be offered again.
async fn world_after(world: &World, challenge: Challenge, person: &mut Person) -> Option<Offered> {
    match challenge {
        Challenge::NewPassword | Challenge::SoftwareToken | Challenge::SelectMfa => None,
        // What is signed names its block.
        _ if challenge.in_block() => None,
        _ if challenge.setting() == Setting::MfaRequired => None,
        _ => Some(world.offer(challenge, person).await),
    }
}

/// An older state of the same user for the same challenge, with the answer that belongs to the newer one, and after the
/// newer one led to tokens.
async fn older(engine: EngineKind) {
    for (mut world, challenges) in worlds(engine).await {
        for challenge in challenges {
            let mut person = world.person(challenge).await;
            let old = world.offer(challenge, &mut person).await;
            if challenge.setting() == Setting::MfaRequired {
                // Each time step of an app is good for one code.
                world.pool.advance(30 * SECOND).await;
            }
            let new = world.offer(challenge, &mut person).await;
            if let Some(expected) = refuses_newer_answer(challenge) {
                let before = attempts_aside(&world).await;
                let answer = world.answer_with(Door::App, &new, Some(&old.state)).await;
                assert_eq!(answer.refusal(), expected, "{challenge:?}");
                if challenge != Challenge::Custom {
                    assert_eq!(attempts_aside(&world).await, before, "{challenge:?}");
                }
            }
            world.finish(&new, &person).await;
            if let Some(expected) = refuses_after_newer(challenge) {
                refused(&world, "older than one that was answered", expected, &old, Some(&old.state)).await;
            }
        }
    }
}

/// What cannot be answered with the answer that belongs to a newer state.
fn refuses_newer_answer(challenge: Challenge) -> Option<Refusal> {
    let code = ("CodeMismatchException", "Invalid code or auth state for the user.");
    match challenge {
        Challenge::PasswordVerifier | Challenge::DevicePasswordVerifier | Challenge::WebAuthn | Challenge::Custom => {
            Some(WRONG)
        }
        Challenge::EmailOtp | Challenge::SmsOtp | Challenge::SmsMfa | Challenge::EmailMfa | Challenge::EmailSetup => {
            Some(code)
        }
        Challenge::Verify => Some(("EnableSoftwareTokenMFAException", "Code mismatch")),
        _ => None,
    }
}

/// What cannot be answered at all any more once a newer one of its kind was. The others are sign-ins of their own, as in
/// two windows: each takes its own proof.
fn refuses_after_newer(challenge: Challenge) -> Option<Refusal> {
    match challenge {
        Challenge::NewPassword
        | Challenge::Associate
        | Challenge::Verify
        | Challenge::MfaSetup
        | Challenge::EmailSetup => Some(INVALID),
        Challenge::SoftwareToken => Some(("ExpiredCodeException", "Your software token has already been used once.")),
        _ => None,
    }
}

/// Everything in the database but what counts attempts: those at a code stand beside it, those at an address in `uses`.
async fn attempts_aside(world: &World) -> stepwell_testkit::Tables {
    let mut tables = without_attempts(&world.pool).await;
    tables.remove("uses").unwrap();
    let codes = tables.remove("codes").unwrap();
    tables.insert("codes".to_owned(), vec![codes.len().to_string()]);
    tables
}
