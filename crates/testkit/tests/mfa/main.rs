//! Second factors through the doors: a pool's settings, authenticator apps, codes by text message and e-mail, setting up at
//! sign-in, and what users and administrators may change.

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

mod factors;
mod messages;
mod pool_settings;
mod setup;
mod software_token;

use serde_json::{Value, json};
use stepwell_testkit::{Answer, EngineKind, TestPool, totp};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const STEP: i64 = 30 * SECOND;
const PHONE: &str = "+15551234567";

const INVALID: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user.");
const USED: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.");
const LOCKED: (&str, &str) = ("NotAuthorizedException", "Password attempts exceeded");

/// What a pool needs to send text messages.
fn sms() -> Value {
    json!({"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "x"})
}

/// A pool that can send text messages and recovers passwords by either way, with these second factors
/// (`SetUserPoolMfaConfig`).
async fn pool(engine: EngineKind, settings: Value) -> TestPool {
    let recovery = json!({"RecoveryMechanisms": [
        {"Name": "verified_email", "Priority": 1}, {"Name": "verified_phone_number", "Priority": 2},
    ]});
    let input = json!({"SmsConfiguration": sms(), "AccountRecoverySetting": recovery});
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    let pool = TestPool::on(engine, input, json!({"ExplicitAuthFlows": flows})).await;
    pool.admin("SetUserPoolMfaConfig", settings).await.ok();
    pool
}

/// All second factors, for who turns them on.
fn optional() -> Value {
    json!({
        "MfaConfiguration": "OPTIONAL",
        "SmsMfaConfiguration": {"SmsConfiguration": sms()},
        "SoftwareTokenMfaConfiguration": {"Enabled": true},
        "EmailMfaConfiguration": {},
    })
}

/// An authenticator app, for everybody.
fn required() -> Value {
    json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}})
}

async fn add_phone(pool: &TestPool, name: &str) {
    let attributes = json!([{"Name": "phone_number", "Value": PHONE}]);
    pool.admin("AdminUpdateUserAttributes", json!({"Username": name, "UserAttributes": attributes})).await.ok();
}

/// Registers an app for a signed-in user and returns its secret.
async fn register_app(pool: &TestPool, access_token: &str) -> String {
    let associated = pool.own("AssociateSoftwareToken", access_token, json!({})).await;
    let secret = associated.ok()["SecretCode"].as_str().unwrap().to_owned();
    let code = json!({"UserCode": shown(pool, &secret), "FriendlyDeviceName": "phone"});
    let verified = pool.own("VerifySoftwareToken", access_token, code).await;
    assert_eq!(verified.ok(), &json!({"Status": "SUCCESS"}));
    secret
}

/// A user with an app that is turned on; its secret. The step of its registration is over.
async fn user_with_app(pool: &TestPool, name: &str) -> String {
    pool.user(name).await;
    let tokens = pool.tokens(name).await;
    let secret = register_app(pool, &tokens.access).await;
    let on = json!({"SoftwareTokenMfaSettings": {"Enabled": true, "PreferredMfa": true}});
    pool.own("SetUserMFAPreference", &tokens.access, on).await.ok();
    pool.advance(STEP).await;
    secret
}

/// The code that the app shows now.
fn shown(pool: &TestPool, secret: &str) -> String {
    totp::code(secret, now(pool))
}

fn now(pool: &TestPool) -> i64 {
    use stepwell_core::ports::clock::Clock as _;
    pool.server.test.clock.now()
}

/// A code that is not the given one.
fn other_than(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

fn session(answer: &Answer) -> String {
    answer.ok()["Session"].as_str().unwrap().to_owned()
}

/// Asserts a challenge and returns its Session.
#[track_caller]
fn challenged(answer: &Answer, name: &str) -> String {
    assert_eq!(answer.ok()["ChallengeName"], name, "{}", answer.body);
    session(answer)
}

/// Answers `SOFTWARE_TOKEN_MFA`.
async fn answer_app(pool: &TestPool, session: &str, name: &str, code: &str) -> Answer {
    let responses = json!({"USERNAME": name, "SOFTWARE_TOKEN_MFA_CODE": code});
    pool.respond("SOFTWARE_TOKEN_MFA", Some(session), &responses).await
}

/// The newest code sent to this address.
async fn sent(pool: &TestPool, to: &str) -> String {
    pool.server.test.send_messages().await.unwrap();
    pool.server.test.messages.code(to).unwrap()
}

/// The claims of a token.
fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}
