//! Ways around the rules that were found, and closed.

use serde_json::{Value, json};
use stepwell_testkit::{Answer, EngineKind, PASSWORD};

use crate::offers::{Challenge, Door};
use crate::people::{Setting, World};
use crate::trace::without_attempts;
use crate::{INVALID, USED};

on_both_engines!(
    a_code_alone_is_never_both_factors,
    an_address_that_is_set_up_replaces_nothing,
    a_function_that_fails_is_an_answer,
    a_spent_block_sends_nothing,
    a_state_has_one_form,
    an_answer_never_waits_for_itself,
);

fn has_tokens(answer: &Answer) -> bool {
    answer.body["AuthenticationResult"]["AccessToken"].is_string()
}

/// A code as first factor was asked for before the user, or the pool, demanded two factors: the same mailbox must not
/// answer for both.
async fn a_code_alone_is_never_both_factors(engine: EngineKind) {
    let mut world = World::new(engine, Setting::Everything).await;
    for challenge in [Challenge::EmailOtp, Challenge::SmsOtp] {
        let mut person = world.person(challenge).await;
        let offered = world.offer(challenge, &mut person).await;
        world.prefer(&person.name, &["SMS", "Email"], None).await;
        let answer = world.answer(Door::App, &offered).await;
        assert_eq!(answer.error(), Some("NotAuthorizedException"), "{challenge:?}: {}", answer.body);
        // Nor by choosing before and answering after.
        let mut person = world.person(challenge).await;
        let choice = world.offer(Challenge::SelectChallenge, &mut person).await;
        world.prefer(&person.name, &["Email"], Some("Email")).await;
        let mut chosen = choice.clone();
        chosen.responses["ANSWER"] = json!(challenge.name());
        let answer = world.answer(Door::App, &chosen).await;
        if let Some(session) = answer.body["Session"].as_str() {
            let to = if challenge == Challenge::EmailOtp { &person.email } else { &person.phone };
            let code = world.sent_to(to).await;
            let responses = json!({"USERNAME": person.name, format!("{}_CODE", challenge.name()): code});
            let answer = world.pool.respond(challenge.name(), Some(session), &responses).await;
            assert_eq!(answer.error(), Some("NotAuthorizedException"), "{challenge:?}: {}", answer.body);
        }
    }
}

/// Who was asked to set a second factor up, and has named an address, does not get in with it once there is another
/// factor, and does not overwrite an address that came meanwhile.
async fn an_address_that_is_set_up_replaces_nothing(engine: EngineKind) {
    let mut world = World::new(engine, Setting::MfaRequired).await;
    let mut person = world.person(Challenge::EmailSetup).await;
    let stale = world.offer(Challenge::EmailSetup, &mut person).await;
    let app = world.offer(Challenge::MfaSetup, &mut person).await;
    world.finish(&app, &person).await;
    let before = without_attempts(&world.pool).await;
    assert_eq!(world.answer(Door::App, &stale).await.refusal(), INVALID);
    assert_eq!(without_attempts(&world.pool).await, before);

    let mut person = world.person(Challenge::EmailSetup).await;
    let stale = world.offer(Challenge::EmailSetup, &mut person).await;
    let own = json!([{"Name": "email", "Value": "own@example.com"}]);
    world.pool.admin("AdminUpdateUserAttributes", json!({"Username": person.name, "UserAttributes": own})).await.ok();
    assert_eq!(world.answer(Door::App, &stale).await.refusal(), INVALID);
    let user = world.pool.admin("AdminGetUser", json!({"Username": person.name})).await;
    assert!(user.ok()["UserAttributes"].to_string().contains("own@example.com"));
}

/// A function that throws at wrong answers must not give more guesses than one that judges them.
async fn a_function_that_fails_is_an_answer(engine: EngineKind) {
    let mut world = World::new(engine, Setting::Everything).await;
    let mut person = world.person(Challenge::Custom).await;
    let right = world.offer(Challenge::Custom, &mut person).await;
    let mut wrong = right.clone();
    wrong.responses["ANSWER"] = json!("no");
    world.lambda.throws("VerifyAuthChallengeResponse", "no");
    for _ in 0..3 {
        let refused = ("UserLambdaValidationException", "VerifyAuthChallengeResponse failed with error no.");
        assert_eq!(world.answer(Door::App, &wrong).await.refusal(), refused);
    }
    world.lambda.take();
    assert_eq!(world.answer(Door::App, &wrong).await.refusal(), INVALID);
    assert!(world.lambda.take().is_empty());
    assert_eq!(world.answer(Door::App, &right).await.refusal(), INVALID);
}

/// A proof of the password that was used once makes no more messages to the user's phone, and no attempts at their quota.
async fn a_spent_block_sends_nothing(engine: EngineKind) {
    let mut world = World::new(engine, Setting::Everything).await;
    let mut person = world.person(Challenge::SmsMfa).await;
    let block = world.offer(Challenge::PasswordVerifier, &mut person).await;
    assert_eq!(world.answer(Door::App, &block).await.ok()["ChallengeName"], "SMS_MFA");
    let before = world.pool.server.test.tables().await;
    assert_eq!(world.answer(Door::App, &block).await.refusal(), USED);
    assert_eq!(world.pool.server.test.tables().await, before);
}

/// A Session means one thing in one form: with something in front of it, it is another text and no Session.
async fn a_state_has_one_form(engine: EngineKind) {
    let mut world = World::new(engine, Setting::Everything).await;
    let mut person = world.person(Challenge::EmailMfa).await;
    let offered = world.offer(Challenge::EmailMfa, &mut person).await;
    let before = world.pool.server.test.tables().await;
    let named = format!("{}.{}", world.pool.client, offered.state);
    assert_eq!(world.answer_with(Door::App, &offered, Some(&named)).await.refusal(), INVALID);
    assert_eq!(world.pool.server.test.tables().await, before);
    world.finish(&offered, &person).await;

    let mut world = World::new(engine, Setting::MfaRequired).await;
    let mut person = world.person(Challenge::MfaSetup).await;
    let offered = world.offer(Challenge::MfaSetup, &mut person).await;
    let bare = offered.state.split_once('.').unwrap().1;
    assert_eq!(world.answer_with(Door::App, &offered, Some(bare)).await.refusal(), INVALID);
    let answer = world.answer(Door::App, &offered).await;
    assert!(has_tokens(&answer), "{}", answer.body);
    let user = world.pool.admin("AdminGetUser", json!({"Username": person.name})).await;
    assert_ne!(user.ok()["PreferredMfaSetting"], Value::Null);
    assert_ne!(world.pool.sign_in(&person.name, PASSWORD).await.body["ChallengeName"], "MFA_SETUP");
}

/// An answer with a password holds the lock of its Session and then takes that of the user: they are never the same lock,
/// whatever the names hash to, nor two that two answers could wait for crosswise.
async fn an_answer_never_waits_for_itself(engine: EngineKind) {
    let world = World::new(engine, Setting::Everything).await;
    let domain = &world.pool.server.test.domain;
    let session = domain.session_gate("same").await;
    let both = std::time::Duration::from_secs(10);
    let subject = tokio::time::timeout(both, domain.gate("same")).await;
    assert!(subject.is_ok());
    drop(session);
}
