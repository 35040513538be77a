//! Every challenge answered with the state of every other one of the same user: one that is for something else, and so
//! mostly one that has proven less.

use serde_json::{Value, json};
use stepwell_testkit::{EngineKind, PASSWORD};

use crate::offers::{Challenge, Door, Offered};
use crate::people::{Person, Setting, World};
use crate::{INVALID, WRONG};

on_both_engines!(of_a_user_with_everything, of_a_user_who_sets_mfa_up, of_an_invited_user, what_a_code_proves);

/// Presents the state of each offer as the state of each other one, at both doors.
async fn all_pairs(world: &World, offers: &[Offered]) {
    let before = world.pool.server.test.tables().await;
    let mut tried = 0;
    for from in offers {
        for to in offers.iter().filter(|to| to.challenge.name() != from.challenge.name()) {
            // AssociateSoftwareToken and MFA_SETUP take Sessions of one kind; see `what_setting_up_takes`.
            if both_set_up(from.challenge, to.challenge) {
                continue;
            }
            for door in to.challenge.doors() {
                let answer = world.answer_with(*door, to, Some(&from.state)).await;
                let case = format!("{:?} with the state of {:?}: {}", to.challenge, from.challenge, answer.body);
                // Blocks are longer than a Session may be.
                let too_long = from.state.len() > 2048 && answer.error() == Some("InvalidParameterException");
                assert!(answer.refusal() == to.challenge.refuses_foreign() || too_long, "{case}");
                tried += 1;
            }
        }
    }
    assert!(tried >= offers.len() * (offers.len() - 3), "{tried}");
    assert_eq!(world.pool.server.test.tables().await, before);
}

fn both_set_up(from: Challenge, to: Challenge) -> bool {
    let sets_up = |challenge| matches!(challenge, Challenge::Associate | Challenge::Verify | Challenge::MfaSetup);
    sets_up(from) && sets_up(to)
}

async fn offers(world: &World, person: &mut Person, challenges: &[Challenge]) -> Vec<Offered> {
    let mut offers = Vec::new();
    for challenge in challenges {
        offers.push(world.offer(*challenge, person).await);
    }
    offers
}

async fn of_a_user_with_everything(engine: EngineKind) {
    let mut world = World::new(engine, Setting::Everything).await;
    let mut person = world.person_with_everything().await;
    let first = [
        Challenge::Password,
        Challenge::PasswordSrp,
        Challenge::SelectChallenge,
        Challenge::EmailOtp,
        Challenge::SmsOtp,
        Challenge::WebAuthn,
        Challenge::Custom,
        Challenge::DeviceSrp,
        Challenge::DevicePasswordVerifier,
        Challenge::PasswordVerifier,
    ];
    let mut all = offers(&world, &mut person, &first).await;
    for (challenge, on) in [
        (Challenge::SmsMfa, &["SMS"][..]),
        (Challenge::EmailMfa, &["Email"]),
        (Challenge::SelectMfa, &["SMS", "SoftwareToken"]),
        (Challenge::SoftwareToken, &["SoftwareToken"]),
    ] {
        world.prefer(&person.name, on, None).await;
        all.push(world.offer(challenge, &mut person).await);
    }
    all_pairs(&world, &all).await;
    // AssociateSoftwareToken takes none of them.
    let associate = Offered { challenge: Challenge::Associate, state: String::new(), responses: json!({}) };
    for from in &all {
        for state in [from.state.clone(), format!("{}.{}", world.pool.client, from.state)] {
            let answer = world.answer_with(Door::App, &associate, Some(&state)).await;
            assert!(answer.refusal() == INVALID || state.len() > 2048, "{:?}: {}", from.challenge, answer.body);
            assert_ne!(answer.status, 200);
        }
    }
}

async fn of_a_user_who_sets_mfa_up(engine: EngineKind) {
    let mut world = World::new(engine, Setting::MfaRequired).await;
    let mut person = world.person(Challenge::MfaSetup).await;
    let challenges = [
        Challenge::PasswordVerifier,
        Challenge::Password,
        Challenge::PasswordSrp,
        Challenge::SelectChallenge,
        Challenge::Associate,
        Challenge::Verify,
        Challenge::MfaSetup,
        Challenge::EmailSetup,
    ];
    let all = offers(&world, &mut person, &challenges).await;
    all_pairs(&world, &all).await;
    what_setting_up_takes(&world, &all).await;
}

/// Which Sessions of `MFA_SETUP` do for what: only one with a secret can be verified, only one with a proven secret ends it.
async fn what_setting_up_takes(world: &World, all: &[Offered]) {
    let of = |challenge| all.iter().find(|offered| offered.challenge == challenge).unwrap();
    let (begun, with_secret, proven) = (of(Challenge::Associate), of(Challenge::Verify), of(Challenge::MfaSetup));
    let before = world.pool.server.test.tables().await;
    let verified = world.answer_with(Door::App, with_secret, Some(&begun.state)).await;
    assert_eq!(verified.error(), Some("SoftwareTokenMFANotFoundException"));
    for door in [Door::App, Door::Admin] {
        for unproven in [begun, with_secret] {
            let finished = world.answer_with(door, proven, Some(&unproven.state)).await;
            let not_yet = ("InvalidParameterException", "User has not verified software token mfa");
            assert_eq!(finished.refusal(), not_yet);
        }
    }
    assert_eq!(world.pool.server.test.tables().await, before);
    // The proven one ends it; and then none of them does anything any more.
    let finished = world.answer(Door::App, proven).await;
    assert!(finished.ok()["AuthenticationResult"]["AccessToken"].is_string());
    for offered in all.iter().filter(|offered| offered.challenge.setting() == Setting::MfaRequired) {
        let answer = world.answer(Door::App, offered).await;
        assert_eq!(answer.error(), Some("NotAuthorizedException"), "{:?}: {}", offered.challenge, answer.body);
    }
}

async fn of_an_invited_user(engine: EngineKind) {
    for setting in [Setting::Everything, Setting::MfaRequired] {
        let mut world = World::new(engine, setting).await;
        let mut person = world.person(Challenge::NewPassword).await;
        let mut all = offers(&world, &mut person, &[Challenge::NewPassword]).await;
        for (challenge, preferred) in [
            (Challenge::Password, Some("PASSWORD")),
            (Challenge::PasswordSrp, Some("PASSWORD_SRP")),
            (Challenge::SelectChallenge, None),
        ] {
            let asked = world.choose(&person.name, preferred, &[]).await;
            // An address proves nothing for who has to choose a password first.
            let available = asked.ok()["AvailableChallenges"].to_string();
            assert!(!available.contains("OTP"), "{available}");
            let responses = json!({
                "USERNAME": person.name, "PASSWORD": PASSWORD, "ANSWER": "PASSWORD", "SRP_A": "ab".repeat(383),
            });
            let state = asked.body["Session"].as_str().unwrap().to_owned();
            all.push(Offered { challenge, state, responses });
        }
        all_pairs(&world, &all).await;
        let associate = Offered { challenge: Challenge::Associate, state: String::new(), responses: json!({}) };
        for from in &all {
            let answer = world.answer_with(Door::App, &associate, Some(&from.state)).await;
            assert_eq!(answer.refusal(), INVALID, "{:?}", from.challenge);
        }
        // With the password replaced, the second factor is still to come where everybody needs one.
        let next = world.answer(Door::App, &all[0]).await;
        let has_tokens = next.ok().get("AuthenticationResult").is_some_and(|result| *result != Value::Null);
        assert_eq!(has_tokens, setting == Setting::Everything, "{}", next.body);
    }
}

/// A code serves the Session that asked for it: one for the first factor is nothing as a second, and the other way round.
async fn what_a_code_proves(engine: EngineKind) {
    let mut world = World::new(engine, Setting::Everything).await;
    let mut person = world.person(Challenge::PasswordVerifier).await;
    let first = world.offer(Challenge::EmailOtp, &mut person).await;
    world.prefer(&person.name, &["Email"], Some("Email")).await;
    let second = world.offer(Challenge::EmailMfa, &mut person).await;
    let wrong = ("CodeMismatchException", "Invalid code or auth state for the user.");
    let mut mixed = second.clone();
    mixed.responses = first.responses.clone();
    assert_eq!(world.answer(Door::App, &mixed).await.refusal(), wrong);
    mixed = first.clone();
    mixed.responses = second.responses.clone();
    assert_eq!(world.answer(Door::App, &mixed).await.refusal(), INVALID);
    world.prefer(&person.name, &[], None).await;
    assert_eq!(world.answer(Door::App, &mixed).await.refusal(), wrong);
    world.finish(&second, &person).await;
    world.finish(&first, &person).await;
    // No block is anything to the other kind of exchange.
    let device = world.person(Challenge::DevicePasswordVerifier).await;
    let mut device = device;
    let password = world.offer(Challenge::PasswordVerifier, &mut device).await;
    let proof = world.offer(Challenge::DevicePasswordVerifier, &mut device).await;
    for door in [Door::App, Door::Admin] {
        assert_eq!(world.answer_with(door, &password, Some(&proof.state)).await.refusal(), WRONG);
        assert_eq!(world.answer_with(door, &proof, Some(&password.state)).await.refusal(), WRONG);
    }
}
