//! `PASSWORD_VERIFIER` answered in every wrong way: the proof of the password is right each time, what is wrong is where
//! or when it is presented.

use serde_json::{Value, json};
use stepwell_testkit::srp::Client;
use stepwell_testkit::{Answer, EngineKind, PASSWORD, TestPool, Tokens};

use crate::trace::{refused_without_trace, without_attempts};
use crate::{LOCKED, MINUTE, WRONG};

on_both_engines!(elsewhere, too_late, after_the_user_changed, edited, under_another_name, once);

const CHALLENGE: &str = "PASSWORD_VERIFIER";
const USED: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.");
const DOORS: [&str; 2] = ["RespondToAuthChallenge", "AdminRespondToAuthChallenge"];

async fn pool(engine: EngineKind) -> TestPool {
    let pool = TestPool::on(engine, json!({}), json!({})).await;
    pool.user("jane").await;
    pool
}

/// A right answer to a fresh offer.
async fn proof(pool: &TestPool, name: &str, seed: u64) -> Value {
    let client = Client::new(seed);
    let offer = pool.srp(&client, name).await;
    client.answer(&pool.id, &offer.ok()["ChallengeParameters"], PASSWORD)
}

async fn respond(pool: &TestPool, door: &str, responses: &Value) -> Answer {
    let input = json!({"ClientId": pool.client, "ChallengeName": CHALLENGE, "ChallengeResponses": responses});
    if door.starts_with("Admin") { pool.admin(door, input).await } else { pool.app(door, input).await }
}

/// `responses` with another `SECRET_BLOCK`.
fn with_block(responses: &Value, block: &Value) -> Value {
    let mut changed = responses.clone();
    changed["PASSWORD_CLAIM_SECRET_BLOCK"] = block.clone();
    changed
}

async fn refused(pool: &TestPool, case: &str, responses: &Value) {
    for door in DOORS {
        refused_without_trace(pool, case, WRONG, respond(pool, door, responses)).await;
        // What counted as a guess must not lock the next case.
        pool.advance(16 * MINUTE).await;
    }
}

async fn elsewhere(engine: EngineKind) {
    let mut pool = pool(engine).await;
    pool.user("mallory").await;
    let other_client = pool.another_client(json!({})).await;

    let janes = proof(&pool, "jane", 1).await;
    let mallorys = proof(&pool, "mallory", 2).await;
    refused(&pool, "another user's block", &with_block(&janes, &mallorys["PASSWORD_CLAIM_SECRET_BLOCK"])).await;
    let (mut janes, mallorys) = (proof(&pool, "jane", 3).await, proof(&pool, "mallory", 4).await);
    janes["USERNAME"] = mallorys["USERNAME"].clone();
    refused(&pool, "another user's name", &janes).await;

    let (old, new) = (proof(&pool, "jane", 5).await, proof(&pool, "jane", 6).await);
    refused(&pool, "an older block", &with_block(&new, &old["PASSWORD_CLAIM_SECRET_BLOCK"])).await;

    let janes = proof(&pool, "jane", 7).await;
    let own_client = std::mem::replace(&mut pool.client, other_client);
    refused(&pool, "another client's block", &janes).await;
    pool.client = own_client;

    // The same name and password in another pool of the same server.
    let janes = proof(&pool, "jane", 8).await;
    let pool = TestPool::at(pool.server, json!({}), json!({})).await;
    pool.user("jane").await;
    refused(&pool, "another pool's block", &janes).await;
}

async fn too_late(engine: EngineKind) {
    let pool = pool(engine).await;
    let janes = proof(&pool, "jane", 1).await;
    pool.advance(MINUTE).await;
    refused(&pool, "an expired block", &janes).await;
    let janes = proof(&pool, "jane", 2).await;
    pool.advance(MINUTE - 1).await;
    Tokens::of(&respond(&pool, DOORS[0], &janes).await);
}

async fn after_the_user_changed(engine: EngineKind) {
    let pool = pool(engine).await;
    let name = json!({"Username": "jane"});

    let janes = proof(&pool, "jane", 1).await;
    pool.admin("AdminUserGlobalSignOut", name.clone()).await.ok();
    refused(&pool, "after a global sign-out", &janes).await;

    let janes = proof(&pool, "jane", 2).await;
    let changed = json!({"Username": "jane", "Password": "Another-Horse-2", "Permanent": true});
    pool.admin("AdminSetUserPassword", changed.clone()).await.ok();
    refused(&pool, "after another password", &janes).await;
    pool.admin("AdminSetUserPassword", json!({"Username": "jane", "Password": PASSWORD, "Permanent": true})).await.ok();

    let janes = proof(&pool, "jane", 3).await;
    pool.admin("AdminDisableUser", name.clone()).await.ok();
    let disabled = ("NotAuthorizedException", "User is disabled.");
    refused_without_trace(&pool, "disabled", disabled, respond(&pool, DOORS[0], &janes)).await;
    pool.admin("AdminEnableUser", name.clone()).await.ok();
    refused(&pool, "after disabling and enabling", &janes).await;

    let janes = proof(&pool, "jane", 4).await;
    pool.admin("AdminDeleteUser", name).await.ok();
    refused(&pool, "after deletion", &janes).await;
    pool.user("jane").await;
    refused(&pool, "a new user of the same name and password", &janes).await;
}

async fn edited(engine: EngineKind) {
    let pool = pool(engine).await;
    let janes = proof(&pool, "jane", 1).await;
    let block = janes["PASSWORD_CLAIM_SECRET_BLOCK"].as_str().unwrap();
    let step = if engine == EngineKind::Sqlite { 7 } else { 97 };
    let before = pool.server.test.tables().await;
    let mut changed = Vec::new();
    for index in (0..block.len()).step_by(step) {
        changed.push(json!(block[..index]));
        let edit = if block.as_bytes()[index] == b'A' { "B" } else { "A" };
        changed.push(json!([&block[..index], edit, &block[index + 1..]].concat()));
    }
    changed.push(json!([block, "AAAA"].concat()));
    for block in changed.iter().filter(|block| *block != "") {
        let answer = respond(&pool, DOORS[0], &with_block(&janes, block)).await;
        assert_eq!(answer.refusal(), WRONG, "{block}");
    }
    let none = with_block(&janes, &Value::Null);
    let missing = ("InvalidParameterException", "Missing required parameter PASSWORD_CLAIM_SECRET_BLOCK");
    for responses in [&none, &with_block(&janes, &json!(""))] {
        assert_eq!(respond(&pool, DOORS[0], responses).await.refusal(), missing);
    }
    // Not even an attempt was counted: nothing was guessed.
    assert_eq!(pool.server.test.tables().await, before);
    Tokens::of(&respond(&pool, DOORS[0], &janes).await);
}

async fn under_another_name(engine: EngineKind) {
    let pool = pool(engine).await;
    let janes = proof(&pool, "jane", 1).await;
    let block = janes["PASSWORD_CLAIM_SECRET_BLOCK"].as_str().unwrap().to_owned();
    let before = pool.server.test.tables().await;
    let invalid = ("NotAuthorizedException", "Invalid session for the user.");
    for challenge in ["NEW_PASSWORD_REQUIRED", "SMS_MFA", "SOFTWARE_TOKEN_MFA", "CUSTOM_CHALLENGE", "DEVICE_SRP_AUTH"] {
        let mut responses = janes.clone();
        responses["NEW_PASSWORD"] = json!("Another-Horse-2");
        let answer = pool.respond(challenge, Some(&block), &responses).await;
        // A block is longer than any Session may be: some challenges never get to look at it.
        assert!(answer.refusal() == invalid || answer.error() == Some("InvalidParameterException"), "{challenge}");
        let session = &block[..100];
        assert_eq!(pool.respond(challenge, Some(session), &responses).await.refusal(), invalid, "{challenge}");
    }
    assert_eq!(pool.server.test.tables().await, before);
}

async fn once(engine: EngineKind) {
    let pool = pool(engine).await;
    let janes = proof(&pool, "jane", 1).await;
    Tokens::of(&respond(&pool, DOORS[0], &janes).await);
    for door in DOORS {
        refused_without_trace(&pool, "a spent block", USED, respond(&pool, door, &janes)).await;
    }
    // Many at once: one of them signs in.
    let janes = proof(&pool, "jane", 2).await;
    let answers = futures_util::future::join_all((0..8).map(|_| respond(&pool, DOORS[0], &janes))).await;
    let good = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(good, 1);
    assert!(answers.iter().filter(|answer| answer.status != 200).all(|answer| answer.refusal() == USED));
    // A wrong proof for a good block is a guess, and leaves the block as it was, but not for a fourth one.
    let janes = proof(&pool, "jane", 3).await;
    let mut wrong = janes.clone();
    wrong["PASSWORD_CLAIM_SIGNATURE"] = json!("AAAA");
    let before = without_attempts(&pool).await;
    for _ in 0..2 {
        assert_eq!(respond(&pool, DOORS[0], &wrong).await.refusal(), WRONG);
    }
    assert_eq!(without_attempts(&pool).await, before);
    Tokens::of(&respond(&pool, DOORS[0], &janes).await);
    let janes = proof(&pool, "jane", 4).await;
    wrong["PASSWORD_CLAIM_SECRET_BLOCK"] = janes["PASSWORD_CLAIM_SECRET_BLOCK"].clone();
    for _ in 0..3 {
        assert_eq!(respond(&pool, DOORS[0], &wrong).await.refusal(), WRONG);
    }
    assert_eq!(respond(&pool, DOORS[0], &janes).await.refusal(), WRONG);
    // The failures still count: two more guesses lock.
    for _ in 0..2 {
        assert_eq!(pool.sign_in("jane", "Wrong-Horse-9").await.refusal(), WRONG);
    }
    assert_eq!(pool.sign_in("jane", PASSWORD).await.refusal(), LOCKED);
}
