//! Each factor has its own count of wrong answers, and a success forgets only its own. (For devices, see
//! `tests/devices/sign_in.rs`.)

use serde_json::{Value, json};
use stepwell_testkit::{Answer, EngineKind, PASSWORD, TestPool, Tokens, totp};

use crate::{LOCKED, MINUTE, WRONG};

on_both_engines!(a_mailbox_does_not_forget_wrong_passwords, one_second_factor_does_not_forget_another);

const WRONG_CODE: (&str, &str) = ("CodeMismatchException", "Invalid code received for user");

async fn pool(engine: EngineKind) -> TestPool {
    let recovery = json!({"RecoveryMechanisms": [
        {"Name": "verified_phone_number", "Priority": 1}, {"Name": "verified_email", "Priority": 2},
    ]});
    let settings = json!({
        "AccountRecoverySetting": recovery,
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
    });
    let flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"];
    let pool = TestPool::on(engine, settings, json!({"ExplicitAuthFlows": flows})).await;
    pool.user("jane").await;
    pool
}

/// Answers a challenge with a code.
async fn answer(pool: &TestPool, challenge: &str, asked: &Answer, code: &str) -> Answer {
    let responses = json!({"USERNAME": "jane", (format!("{challenge}_CODE")): code});
    pool.respond(challenge, asked.ok()["Session"].as_str(), &responses).await
}

async fn a_mailbox_does_not_forget_wrong_passwords(engine: EngineKind) {
    let pool = pool(engine).await;
    let parameters = json!({"USERNAME": "jane", "PREFERRED_CHALLENGE": "EMAIL_OTP"});
    let by_code = json!({"AuthFlow": "USER_AUTH", "AuthParameters": parameters});
    for _ in 0..4 {
        assert_eq!(pool.sign_in("jane", "Wrong-Horse-9").await.refusal(), WRONG);
    }
    let asked = pool.app("InitiateAuth", by_code.clone()).await;
    Tokens::of(&answer(&pool, "EMAIL_OTP", &asked, &pool.code("jane").await).await);
    assert_eq!(pool.sign_in("jane", "Wrong-Horse-9").await.refusal(), WRONG, "the fifth");
    assert_eq!(pool.sign_in("jane", PASSWORD).await.refusal(), LOCKED);
    // Nor does the one lock the other out.
    let asked = pool.app("InitiateAuth", by_code.clone()).await;
    Tokens::of(&answer(&pool, "EMAIL_OTP", &asked, &pool.code("jane").await).await);
    pool.advance(31 * MINUTE).await;
    for wrong in 0..5 {
        let asked = if wrong % 3 == 0 { pool.app("InitiateAuth", by_code.clone()).await } else { asked.clone() };
        assert_ne!(answer(&pool, "EMAIL_OTP", &asked, "00000x").await.refusal(), LOCKED);
        assert_ne!(answer(&pool, "EMAIL_OTP", &asked, "00000x").await.status, 200);
    }
    pool.tokens("jane").await;
}

async fn one_second_factor_does_not_forget_another(engine: EngineKind) {
    let pool = pool(engine).await;
    let app = json!({"Enabled": true});
    let mfa = json!({
        "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": app, "EmailMfaConfiguration": {},
    });
    pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
    let access = pool.tokens("jane").await.access;
    let secret = pool.own("AssociateSoftwareToken", &access, json!({})).await.ok()["SecretCode"].clone();
    let shown = || {
        use stepwell_core::ports::clock::Clock as _;
        totp::code(secret.as_str().unwrap(), pool.server.test.clock.now())
    };
    pool.own("VerifySoftwareToken", &access, json!({"UserCode": shown()})).await.ok();
    let on: Value = json!({"SoftwareTokenMfaSettings": {"Enabled": true}, "EmailMfaSettings": {"Enabled": true}});
    pool.own("SetUserMFAPreference", &access, on).await.ok();
    pool.advance(30_000).await;

    let choose = async |choice: &str| {
        let asked = pool.sign_in("jane", PASSWORD).await;
        assert_eq!(asked.ok()["ChallengeName"], "SELECT_MFA_TYPE", "{}", asked.body);
        let responses = json!({"USERNAME": "jane", "ANSWER": choice});
        pool.respond("SELECT_MFA_TYPE", asked.body["Session"].as_str(), &responses).await
    };
    let by_app = async |asked: &Answer, code: &str| answer(&pool, "SOFTWARE_TOKEN_MFA", asked, code).await;
    let wrong = format!("{:06}", (shown().parse::<u32>().unwrap() + 1) % 1_000_000);
    for _ in 0..2 {
        let asked = choose("SOFTWARE_TOKEN_MFA").await;
        for _ in 0..2 {
            assert_eq!(by_app(&asked, &wrong).await.refusal(), WRONG_CODE);
        }
        let asked = choose("EMAIL_OTP").await;
        Tokens::of(&answer(&pool, "EMAIL_OTP", &asked, &pool.code("jane").await).await);
    }
    let asked = choose("SOFTWARE_TOKEN_MFA").await;
    assert_eq!(by_app(&asked, &wrong).await.refusal(), WRONG_CODE, "the fifth");
    assert_eq!(by_app(&asked, &shown()).await.refusal(), LOCKED);
    let asked = choose("EMAIL_OTP").await;
    Tokens::of(&answer(&pool, "EMAIL_OTP", &asked, &pool.code("jane").await).await);
    pool.advance(1_000).await;
    let asked = choose("SOFTWARE_TOKEN_MFA").await;
    Tokens::of(&by_app(&asked, &shown()).await);
}
