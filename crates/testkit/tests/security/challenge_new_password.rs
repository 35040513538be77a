//! `NEW_PASSWORD_REQUIRED` answered in every wrong way.

use serde_json::{Value, json};
use stepwell_testkit::{Answer, EngineKind, PASSWORD, TestPool, Tokens};

use crate::trace::refused_without_trace;
use crate::{MINUTE, WRONG};

on_both_engines!(elsewhere, too_late, after_the_user_changed, edited, under_another_name, once);

const CHALLENGE: &str = "NEW_PASSWORD_REQUIRED";
const TEMPORARY: &str = "Temporary-1";
const INVALID: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user.");
const EXPIRED: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user, session is expired.");
const USED: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.");
const DOORS: [&str; 2] = ["RespondToAuthChallenge", "AdminRespondToAuthChallenge"];

async fn pool(engine: EngineKind) -> TestPool {
    let pool = TestPool::on(engine, json!({}), json!({})).await;
    pool.invited("jane", TEMPORARY).await;
    pool
}

/// The Session of a fresh offer.
async fn session(pool: &TestPool, name: &str) -> String {
    let offer = pool.sign_in(name, TEMPORARY).await;
    assert_eq!(offer.ok()["ChallengeName"], CHALLENGE);
    offer.body["Session"].as_str().unwrap().to_owned()
}

fn responses(name: &str) -> Value {
    json!({"USERNAME": name, "NEW_PASSWORD": PASSWORD})
}

async fn answer(pool: &TestPool, door: &str, session: &str) -> Answer {
    let input = json!({
        "ClientId": pool.client, "ChallengeName": CHALLENGE, "Session": session, "ChallengeResponses": responses("jane"),
    });
    if door.starts_with("Admin") { pool.admin(door, input).await } else { pool.app(door, input).await }
}

async fn refused(pool: &TestPool, case: &str, expected: (&str, &str), session: &str) {
    for door in DOORS {
        refused_without_trace(pool, case, expected, answer(pool, door, session)).await;
    }
}

async fn elsewhere(engine: EngineKind) {
    let mut pool = pool(engine).await;
    pool.invited("mallory", TEMPORARY).await;
    refused(&pool, "another user's", INVALID, &session(&pool, "mallory").await).await;

    let janes = session(&pool, "jane").await;
    let other_client = pool.another_client(json!({})).await;
    let own_client = std::mem::replace(&mut pool.client, other_client);
    refused(&pool, "another client's", INVALID, &janes).await;
    pool.client = own_client;

    let pool = TestPool::at(pool.server, json!({}), json!({})).await;
    pool.invited("jane", TEMPORARY).await;
    refused(&pool, "another pool's", INVALID, &janes).await;
}

async fn too_late(engine: EngineKind) {
    let pool = pool(engine).await;
    let janes = session(&pool, "jane").await;
    pool.advance(3 * MINUTE).await;
    refused(&pool, "expired", EXPIRED, &janes).await;
    let janes = session(&pool, "jane").await;
    pool.advance(3 * MINUTE - 1).await;
    Tokens::of(&answer(&pool, DOORS[0], &janes).await);
    refused(&pool, "spent", USED, &janes).await;
    pool.advance(1).await;
    refused(&pool, "spent and expired", EXPIRED, &janes).await;
}

async fn after_the_user_changed(engine: EngineKind) {
    let pool = pool(engine).await;
    let name = json!({"Username": "jane"});

    let janes = session(&pool, "jane").await;
    pool.admin("AdminUserGlobalSignOut", name.clone()).await.ok();
    refused(&pool, "after a global sign-out", INVALID, &janes).await;

    let janes = session(&pool, "jane").await;
    pool.admin("AdminSetUserPassword", json!({"Username": "jane", "Password": TEMPORARY})).await.ok();
    refused(&pool, "after another temporary password", INVALID, &janes).await;

    let janes = session(&pool, "jane").await;
    let again = json!({"Username": "jane", "TemporaryPassword": TEMPORARY, "MessageAction": "RESEND"});
    pool.admin("AdminCreateUser", again).await.ok();
    refused(&pool, "after another invitation", INVALID, &janes).await;

    let janes = session(&pool, "jane").await;
    pool.admin("AdminDisableUser", name.clone()).await.ok();
    refused(&pool, "disabled", INVALID, &janes).await;
    pool.admin("AdminEnableUser", name.clone()).await.ok();
    refused(&pool, "after disabling and enabling", INVALID, &janes).await;

    let janes = session(&pool, "jane").await;
    pool.admin("AdminSetUserPassword", json!({"Username": "jane", "Password": PASSWORD, "Permanent": true})).await.ok();
    refused(&pool, "after a permanent password", INVALID, &janes).await;

    pool.admin("AdminDeleteUser", name).await.ok();
    pool.invited("jane", TEMPORARY).await;
    let janes = session(&pool, "jane").await;
    pool.admin("AdminDeleteUser", json!({"Username": "jane"})).await.ok();
    refused(&pool, "after deletion", INVALID, &janes).await;
    pool.invited("jane", TEMPORARY).await;
    refused(&pool, "a new user of the same name", INVALID, &janes).await;
}

async fn edited(engine: EngineKind) {
    let pool = pool(engine).await;
    let janes = session(&pool, "jane").await;
    let before = pool.server.test.tables().await;
    let mut changed = Vec::new();
    for index in 0..janes.len() {
        // Shorter ones do not pass as a Session at all.
        if index >= 20 {
            changed.push(janes[..index].to_owned());
        }
        let edit = if janes.as_bytes()[index] == b'A' { "B" } else { "A" };
        changed.push([&janes[..index], edit, &janes[index + 1..]].concat());
    }
    changed.extend([
        [janes.as_str(), "A"].concat(),
        [janes.as_str(), "AAAA"].concat(),
        [janes.as_str(), "=="].concat(),
    ]);
    for session in &changed {
        assert_eq!(answer(&pool, DOORS[0], session).await.refusal(), INVALID, "{session}");
    }
    let none = pool.respond(CHALLENGE, None, &responses("jane")).await;
    assert_eq!(none.refusal(), ("InvalidParameterException", "Missing required parameter Session"));
    assert_eq!(answer(&pool, DOORS[0], &janes[..19]).await.error(), Some("InvalidParameterException"));
    assert_eq!(pool.server.test.tables().await, before);
    Tokens::of(&answer(&pool, DOORS[0], &janes).await);
}

async fn under_another_name(engine: EngineKind) {
    let pool = pool(engine).await;
    let janes = session(&pool, "jane").await;
    let before = pool.server.test.tables().await;
    for challenge in ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "CUSTOM_CHALLENGE", "SELECT_CHALLENGE", "MFA_SETUP"] {
        assert_eq!(pool.respond(challenge, Some(&janes), &responses("jane")).await.refusal(), INVALID, "{challenge}");
    }
    // As the state of an SRP exchange.
    let mut responses = responses("jane");
    for (name, value) in [("SECRET_BLOCK", janes.as_str()), ("SIGNATURE", "AAAA")] {
        responses[format!("PASSWORD_CLAIM_{name}")] = json!(value);
    }
    responses["TIMESTAMP"] = json!("Fri Jan 15 08:00:00 UTC 2027");
    assert_eq!(pool.respond("PASSWORD_VERIFIER", Some(&janes), &responses).await.refusal(), WRONG);
    assert_eq!(pool.server.test.tables().await, before);
}

async fn once(engine: EngineKind) {
    let pool = pool(engine).await;
    let (old, janes) = (session(&pool, "jane").await, session(&pool, "jane").await);
    // A password that the policy refuses leaves the Session as it was.
    let mut weak = responses("jane");
    weak["NEW_PASSWORD"] = json!("short");
    let weak = pool.respond(CHALLENGE, Some(&janes), &weak);
    let policy = ("InvalidPasswordException", "Password did not conform with policy: Password not long enough");
    refused_without_trace(&pool, "a weak password", policy, weak).await;
    let answers = futures_util::future::join_all((0..8).map(|_| answer(&pool, DOORS[0], &janes))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    refused(&pool, "spent", USED, &janes).await;
    refused(&pool, "an older one", INVALID, &old).await;
    Tokens::of(&pool.sign_in("jane", PASSWORD).await);
}
