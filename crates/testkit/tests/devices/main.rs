//! Devices through the doors: the pool's setting, what users and administrators do with them, signing in with one, and each
//! refusal of it.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a missing member or a failed call fails the test")]

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

mod management;
mod refresh;
mod refusals;
mod sign_in;
mod without_session;

#[path = "../security/trace.rs"]
mod trace;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use stepwell_core::ports::clock::Clock;
use stepwell_testkit::srp::{Client, Device};
use stepwell_testkit::{Answer, EngineKind, PASSWORD, TestPool, Tokens, totp};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

const GONE: (&str, &str) = ("ResourceNotFoundException", "Device does not exist.");
const WRONG: (&str, &str) = ("NotAuthorizedException", "Incorrect username or password.");
const INVALID: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user.");
const USED: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.");

/// Remembers every confirmed device, and lets it stand in for the second factor.
fn always() -> Value {
    json!({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false}})
}

/// As [`always`], but only devices that the user chose to have remembered.
fn opt_in() -> Value {
    json!({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true}})
}

/// A pool with `jane` in it, without MFA.
async fn pool(engine: EngineKind, settings: Value) -> TestPool {
    let pool = TestPool::on(engine, settings, json!({})).await;
    pool.user("jane").await;
    pool
}

/// The same where everybody needs an authenticator app; jane's secret.
async fn pool_with_mfa(engine: EngineKind, settings: Value) -> (TestPool, String) {
    let pool = pool(engine, settings).await;
    let mfa = |mode: &str| json!({"MfaConfiguration": mode, "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    pool.admin("SetUserPoolMfaConfig", mfa("OPTIONAL")).await.ok();
    let access = pool.tokens("jane").await.access;
    let secret = pool.own("AssociateSoftwareToken", &access, json!({})).await;
    let secret = secret.ok()["SecretCode"].as_str().unwrap().to_owned();
    let code = shown(&pool, &secret);
    pool.own("VerifySoftwareToken", &access, json!({"UserCode": code})).await.ok();
    let on = json!({"SoftwareTokenMfaSettings": {"Enabled": true, "PreferredMfa": true}});
    pool.own("SetUserMFAPreference", &access, on).await.ok();
    pool.admin("SetUserPoolMfaConfig", mfa("ON")).await.ok();
    (pool, secret)
}

/// The code that an app shows now.
fn shown(pool: &TestPool, secret: &str) -> String {
    totp::code(secret, pool.server.test.clock.now())
}

/// Answers `SOFTWARE_TOKEN_MFA` with a code that was not used before.
async fn second_factor(pool: &TestPool, asked: &Answer, secret: &str) -> Answer {
    assert_eq!(asked.ok()["ChallengeName"], "SOFTWARE_TOKEN_MFA", "{}", asked.body);
    pool.advance(30 * SECOND).await;
    let code = shown(pool, secret);
    pool.respond("SOFTWARE_TOKEN_MFA", session(asked), &json!({"USERNAME": "jane", "SOFTWARE_TOKEN_MFA_CODE": code}))
        .await
}

fn session(answer: &Answer) -> Option<&str> {
    answer.ok()["Session"].as_str()
}

/// `USER_PASSWORD_AUTH` that names a device.
async fn password_with(pool: &TestPool, name: &str, key: &str) -> Answer {
    let parameters = json!({"USERNAME": name, "PASSWORD": PASSWORD, "DEVICE_KEY": key});
    pool.app("InitiateAuth", json!({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters})).await
}

/// `USER_SRP_AUTH`, the device named with the proof of the password.
async fn srp_with(pool: &TestPool, name: &str, key: &str) -> Answer {
    let client = Client::new(99);
    let offer = pool.srp(&client, name).await;
    let mut answer = client.answer(&pool.id, &offer.ok()["ChallengeParameters"], PASSWORD);
    answer["DEVICE_KEY"] = json!(key);
    pool.respond("PASSWORD_VERIFIER", None, &answer).await
}

/// Confirms a device at the end of the sign-in that made its key.
async fn confirm(pool: &TestPool, access: &str, device: &Device) -> Answer {
    let input = json!({
        "DeviceKey": device.key, "DeviceName": "phone", "DeviceSecretVerifierConfig": device.verifier(),
    });
    pool.own("ConfirmDevice", access, input).await
}

/// Confirms the device of a finished sign-in.
async fn registered(pool: &TestPool, signed_in: &Answer) -> (Device, Tokens) {
    let device = Device::of(&signed_in.ok()["AuthenticationResult"]);
    let tokens = Tokens::of(signed_in);
    confirm(pool, &tokens.access, &device).await.ok();
    (device, tokens)
}

/// A new device of a user without a second factor.
async fn device_of(pool: &TestPool, name: &str) -> (Device, Tokens) {
    registered(pool, &pool.sign_in(name, PASSWORD).await).await
}

/// A new device of jane, who has a second factor.
async fn device_with_mfa(pool: &TestPool, secret: &str) -> (Device, Tokens) {
    let asked = pool.sign_in("jane", PASSWORD).await;
    registered(pool, &second_factor(pool, &asked, secret).await).await
}

/// Answers `DEVICE_SRP_AUTH`.
async fn device_srp(pool: &TestPool, asked: &Answer, client: &Client, name: &str, key: &str) -> Answer {
    assert_eq!(asked.ok()["ChallengeName"], "DEVICE_SRP_AUTH", "{}", asked.body);
    let responses = json!({"USERNAME": name, "DEVICE_KEY": key, "SRP_A": client.srp_a()});
    pool.respond("DEVICE_SRP_AUTH", session(asked), &responses).await
}

/// The right claim to an offer of `DEVICE_PASSWORD_VERIFIER`.
fn claim(client: &Client, device: &Device, offered: &Answer) -> Value {
    assert_eq!(offered.ok()["ChallengeName"], "DEVICE_PASSWORD_VERIFIER", "{}", offered.body);
    client.device_answer(device, &offered.body["ChallengeParameters"])
}

async fn answer_claim(pool: &TestPool, responses: &Value) -> Answer {
    pool.respond("DEVICE_PASSWORD_VERIFIER", None, responses).await
}

/// Lets a device prove itself, from `DEVICE_SRP_AUTH` on.
async fn prove(pool: &TestPool, asked: &Answer, device: &Device) -> Answer {
    let client = Client::new(7);
    let name = asked.ok()["ChallengeParameters"]["USERNAME"].as_str().unwrap();
    let offered = device_srp(pool, asked, &client, name, &device.key).await;
    answer_claim(pool, &claim(&client, device, &offered)).await
}

/// The claims of an access token.
fn claims(access: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(access.split('.').nth(1).unwrap()).unwrap()).unwrap()
}
