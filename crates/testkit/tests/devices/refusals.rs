//! The two challenges answered in every wrong way.

use serde_json::{Value, json};
use stepwell_testkit::srp::{Client, Device};
use stepwell_testkit::{Answer, EngineKind, PASSWORD, TestPool, Tokens};

use crate::trace::{refused_without_trace, without_attempts};
use crate::{
    GONE, INVALID, MINUTE, USED, WRONG, always, answer_claim, claim, device_of, device_srp, device_with_mfa,
    password_with, pool, pool_with_mfa, second_factor, session, shown,
};

on_both_engines!(device_srp_auth, elsewhere, after_something_changed, edited, guessed, once);

const LOCKED: (&str, &str) = ("NotAuthorizedException", "Password attempts exceeded");

/// Jane's device, asked to prove itself.
async fn asked(pool: &TestPool, device: &Device) -> Answer {
    password_with(pool, "jane", &device.key).await
}

/// The right claim of jane's device, to a fresh offer.
async fn proof(pool: &TestPool, device: &Device, seed: u64) -> Value {
    let client = Client::new(seed);
    let offered = device_srp(pool, &asked(pool, device).await, &client, "jane", &device.key).await;
    claim(&client, device, &offered)
}

async fn refused(pool: &TestPool, case: &str, expected: (&str, &str), responses: &Value) {
    refused_without_trace(pool, case, expected, answer_claim(pool, responses)).await;
    // What counted as a guess must not lock the next case.
    pool.advance(16 * MINUTE).await;
}

async fn device_srp_auth(engine: EngineKind) {
    let (mut pool, secret) = pool_with_mfa(engine, always()).await;
    pool.admin(
        "SetUserPoolMfaConfig",
        json!({
            "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": true},
        }),
    )
    .await
    .ok();
    pool.user("mallory").await;
    let (device, _) = device_with_mfa(&pool, &secret).await;
    let (other, _) = device_with_mfa(&pool, &secret).await;
    let (mallorys, _) = device_of(&pool, "mallory").await;
    let client = Client::new(1);
    let responses = |name: &str, key: &str| json!({"USERNAME": name, "DEVICE_KEY": key, "SRP_A": client.srp_a()});
    let begin = async |pool: &TestPool, session: Option<&str>, responses: Value| {
        pool.respond("DEVICE_SRP_AUTH", session, &responses).await
    };

    let mallorys_asked = password_with(&pool, "mallory", &mallorys.key).await;
    let mallorys_session = session(&mallorys_asked);
    let case = begin(&pool, mallorys_session, responses("jane", &device.key));
    refused_without_trace(&pool, "another user's session", INVALID, case).await;
    let own = asked(&pool, &device).await;
    let case = begin(&pool, session(&own), responses("mallory", &device.key));
    refused_without_trace(&pool, "another user's name", INVALID, case).await;
    let case = begin(&pool, session(&own), responses("jane", &other.key));
    refused_without_trace(&pool, "another device of the user", INVALID, case).await;
    let case = begin(&pool, session(&own), responses("jane", &mallorys.key));
    refused_without_trace(&pool, "another user's device", INVALID, case).await;
    let own_client = std::mem::take(&mut pool.client);
    pool.client = pool.another_client(json!({})).await;
    let case = begin(&pool, session(&own), responses("jane", &device.key));
    refused_without_trace(&pool, "another client's session", INVALID, case).await;
    pool.client = own_client;

    // A session of the second factor says that the device was not asked; one of the device, that it was.
    let mfa = pool.sign_in("jane", PASSWORD).await;
    let case = begin(&pool, session(&mfa), responses("jane", &device.key));
    refused_without_trace(&pool, "a session of the second factor", INVALID, case).await;
    let code = shown(&pool, &secret);
    let totp = json!({"USERNAME": "jane", "SOFTWARE_TOKEN_MFA_CODE": code});
    let case = pool.respond("SOFTWARE_TOKEN_MFA", session(&own), &totp);
    refused_without_trace(&pool, "the device's session for the second factor", INVALID, case).await;
    Tokens::of(&second_factor(&pool, &mfa, &secret).await);

    let edited = format!("{}A", session(&own).unwrap());
    let case = begin(&pool, Some(&edited), responses("jane", &device.key));
    refused_without_trace(&pool, "an edited session", INVALID, case).await;
    let own = asked(&pool, &device).await;
    device_srp(&pool, &own, &client, "jane", &device.key).await.ok();
    let case = begin(&pool, session(&own), responses("jane", &device.key));
    refused_without_trace(&pool, "a spent session", USED, case).await;
    let own = asked(&pool, &device).await;
    pool.advance(3 * MINUTE).await;
    let expired = ("NotAuthorizedException", "Invalid session for the user, session is expired.");
    refused_without_trace(&pool, "expired", expired, begin(&pool, session(&own), responses("jane", &device.key))).await;
    let own = asked(&pool, &device).await;
    pool.admin("AdminUserGlobalSignOut", json!({"Username": "jane"})).await.ok();
    refused_without_trace(&pool, "signed out", INVALID, begin(&pool, session(&own), responses("jane", &device.key)))
        .await;
}

/// `responses` with another `SECRET_BLOCK`.
fn with_block(responses: &Value, block: &Value) -> Value {
    let mut changed = responses.clone();
    changed["PASSWORD_CLAIM_SECRET_BLOCK"] = block.clone();
    changed
}

async fn elsewhere(engine: EngineKind) {
    let mut pool = pool(engine, always()).await;
    pool.user("mallory").await;
    let (device, _) = device_of(&pool, "jane").await;
    let (other, _) = device_of(&pool, "jane").await;

    let right = proof(&pool, &device, 1).await;
    let mut named = right.clone();
    named["USERNAME"] = json!("mallory");
    refused(&pool, "another user's name", WRONG, &named).await;
    let right = proof(&pool, &device, 2).await;
    let mut named = right.clone();
    named["DEVICE_KEY"] = json!(other.key);
    refused(&pool, "another device's key", WRONG, &named).await;
    let (old, new) = (proof(&pool, &device, 3).await, proof(&pool, &device, 4).await);
    refused(&pool, "an older block", WRONG, &with_block(&new, &old["PASSWORD_CLAIM_SECRET_BLOCK"])).await;
    let (own, others) = (proof(&pool, &device, 5).await, proof(&pool, &other, 6).await);
    refused(&pool, "another device's block", WRONG, &with_block(&own, &others["PASSWORD_CLAIM_SECRET_BLOCK"])).await;

    let right = proof(&pool, &device, 7).await;
    let other_client = pool.another_client(json!({})).await;
    let own_client = std::mem::replace(&mut pool.client, other_client);
    refused(&pool, "another client's block", WRONG, &right).await;
    pool.client = own_client;

    // The two kinds of block are not mixed.
    let client = Client::new(8);
    let offer = pool.srp(&client, "jane").await;
    let password = client.answer(&pool.id, &offer.ok()["ChallengeParameters"], PASSWORD);
    let right = proof(&pool, &device, 9).await;
    refused(&pool, "a password's block", WRONG, &with_block(&right, &password["PASSWORD_CLAIM_SECRET_BLOCK"])).await;
    let right = proof(&pool, &device, 10).await;
    let mixed = with_block(&password, &right["PASSWORD_CLAIM_SECRET_BLOCK"]);
    refused_without_trace(&pool, "a device's block", WRONG, pool.respond("PASSWORD_VERIFIER", None, &mixed)).await;
}

async fn after_something_changed(engine: EngineKind) {
    let pool = pool(engine, always()).await;
    let (device, _) = device_of(&pool, "jane").await;
    let name = json!({"Username": "jane"});

    let right = proof(&pool, &device, 1).await;
    pool.advance(MINUTE).await;
    refused(&pool, "too late", WRONG, &right).await;

    let right = proof(&pool, &device, 2).await;
    pool.admin("AdminUserGlobalSignOut", name.clone()).await.ok();
    refused(&pool, "after a global sign-out", INVALID, &right).await;

    let right = proof(&pool, &device, 3).await;
    pool.admin("AdminDisableUser", name.clone()).await.ok();
    refused(&pool, "disabled", INVALID, &right).await;
    pool.admin("AdminEnableUser", name.clone()).await.ok();

    let right = proof(&pool, &device, 4).await;
    let status = |status: &str| json!({"Username": "jane", "DeviceKey": device.key, "DeviceRememberedStatus": status});
    pool.admin("AdminUpdateDeviceStatus", status("not_remembered")).await.ok();
    refused(&pool, "not remembered any more", GONE, &right).await;
    pool.admin("AdminUpdateDeviceStatus", status("remembered")).await.ok();

    let right = proof(&pool, &device, 5).await;
    pool.admin("UpdateUserPool", json!({})).await.ok();
    refused(&pool, "devices off", GONE, &right).await;
    pool.admin("UpdateUserPool", always()).await.ok();

    let right = proof(&pool, &device, 6).await;
    pool.admin("AdminForgetDevice", json!({"Username": "jane", "DeviceKey": device.key})).await.ok();
    refused(&pool, "forgotten", GONE, &right).await;

    let (device, _) = device_of(&pool, "jane").await;
    let right = proof(&pool, &device, 7).await;
    pool.admin("AdminDeleteUser", name).await.ok();
    refused(&pool, "deleted", INVALID, &right).await;
}

async fn edited(engine: EngineKind) {
    let pool = pool(engine, always()).await;
    let (device, _) = device_of(&pool, "jane").await;
    let right = proof(&pool, &device, 1).await;
    let block = right["PASSWORD_CLAIM_SECRET_BLOCK"].as_str().unwrap().to_owned();
    let flipped = |place: usize| {
        let mut bytes = block.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    for place in [0, 7, 40, block.len() / 2, block.len() - 5] {
        let case = answer_claim(&pool, &with_block(&right, &json!(flipped(place)))).await;
        assert_eq!(case.refusal(), WRONG, "a block edited at {place}");
    }
    for (name, value) in [("TIMESTAMP", "Sat Jan 16 08:00:00 UTC 2027"), ("PASSWORD_CLAIM_SIGNATURE", "AAAA")] {
        let mut changed = right.clone();
        changed[name] = json!(value);
        refused_without_trace(&pool, name, WRONG, answer_claim(&pool, &changed)).await;
    }
    for missing in ["USERNAME", "DEVICE_KEY", "TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK"] {
        let mut changed = right.clone();
        changed.as_object_mut().unwrap().remove(missing);
        let expected = format!("Missing required parameter {missing}");
        let case = answer_claim(&pool, &changed);
        refused_without_trace(&pool, missing, ("InvalidParameterException", &expected), case).await;
    }
    // Two of three wrong answers: the right one still counts.
    Tokens::of(&answer_claim(&pool, &right).await);
}

async fn guessed(engine: EngineKind) {
    let (pool, secret) = pool_with_mfa(engine, always()).await;
    let (device, _) = device_with_mfa(&pool, &secret).await;
    let guess = Device { secret: "wrong".to_owned(), ..device.clone() };
    let client = Client::new(1);
    let offered = device_srp(&pool, &asked(&pool, &device).await, &client, "jane", &device.key).await;
    for _ in 0..3 {
        let wrong = claim(&client, &guess, &offered);
        refused_without_trace(&pool, "a guess", WRONG, answer_claim(&pool, &wrong)).await;
    }
    let right = claim(&client, &device, &offered);
    refused_without_trace(&pool, "right, after three wrong ones", WRONG, answer_claim(&pool, &right)).await;
    // The fifth starts the back-off, which the right answer has to wait for, and which codes share.
    for seed in [2, 3] {
        let client = Client::new(seed);
        let offered = device_srp(&pool, &asked(&pool, &device).await, &client, "jane", &device.key).await;
        assert_eq!(answer_claim(&pool, &claim(&client, &guess, &offered)).await.refusal(), WRONG);
    }
    let right = proof(&pool, &device, 4).await;
    refused_without_trace(&pool, "locked", LOCKED, answer_claim(&pool, &right)).await;
    pool.advance(2_000).await;
    Tokens::of(&answer_claim(&pool, &right).await);
}

async fn once(engine: EngineKind) {
    let pool = pool(engine, always()).await;
    let (device, _) = device_of(&pool, "jane").await;
    let right = proof(&pool, &device, 1).await;
    Tokens::of(&answer_claim(&pool, &right).await);
    let before = without_attempts(&pool).await;
    assert_eq!(answer_claim(&pool, &right).await.refusal(), USED);
    assert_eq!(without_attempts(&pool).await, before);

    let right = proof(&pool, &device, 2).await;
    let (one, two) = tokio::join!(answer_claim(&pool, &right), answer_claim(&pool, &right));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400], "{} {}", one.body, two.body);
}
