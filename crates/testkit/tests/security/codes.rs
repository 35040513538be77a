//! One-time codes: how long they work, how often they can be tried, and for whom and what.

use futures_util::future::join_all;
use serde_json::{Value, json};
use stepwell_testkit::{Answer, EngineKind, TestPool, Tokens};

use crate::{DAY, EXPIRED_CODE, HOUR, TOO_OFTEN, WRONG_CODE};

on_both_engines!(
    a_sign_up_code_works_a_day,
    a_recovery_code_works_an_hour,
    a_verification_code_works_a_day,
    a_code_dies_after_too_many_guesses,
    a_newer_code_replaces_it,
    a_code_serves_one_purpose,
    a_code_serves_one_user,
    a_code_works_once,
    a_code_proves_the_address_it_went_to,
    a_stranger_learns_nothing_from_sign_up_codes,
);

const NEW: &str = "Another-Horse-2";

async fn pool(engine: EngineKind) -> TestPool {
    TestPool::on(engine, json!({"AutoVerifiedAttributes": ["email"]}), json!({})).await
}

async fn confirm(pool: &TestPool, name: &str, code: &str) -> Answer {
    pool.app("ConfirmSignUp", json!({"Username": name, "ConfirmationCode": code})).await
}

async fn recover(pool: &TestPool, name: &str, code: &str) -> Answer {
    let input = json!({"Username": name, "ConfirmationCode": code, "Password": NEW});
    pool.app("ConfirmForgotPassword", input).await
}

async fn forgotten(pool: &TestPool, name: &str) -> String {
    pool.app("ForgotPassword", json!({"Username": name})).await.ok();
    pool.code(name).await
}

/// A code for the e-mail address of a signed-in user.
async fn verification(pool: &TestPool, name: &str, token: &str) -> String {
    pool.own("GetUserAttributeVerificationCode", token, json!({"AttributeName": "email"})).await.ok();
    pool.code(name).await
}

async fn verify(pool: &TestPool, token: &str, code: &str) -> Answer {
    pool.own("VerifyUserAttribute", token, json!({"AttributeName": "email", "Code": code})).await
}

/// Another code than this one.
fn not(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

async fn a_sign_up_code_works_a_day(engine: EngineKind) {
    let pool = pool(engine).await;
    for (name, age, works) in [("late", DAY - 1, true), ("too-late", DAY, false)] {
        pool.signed_up(name).await;
        let code = pool.code(name).await;
        pool.advance(age).await;
        let answer = confirm(&pool, name, &code).await;
        if works {
            answer.ok()
        } else {
            assert_eq!(answer.refusal(), EXPIRED_CODE);
            &Value::Null
        };
    }
}

async fn a_recovery_code_works_an_hour(engine: EngineKind) {
    let pool = pool(engine).await;
    pool.user("jane").await;
    let code = forgotten(&pool, "jane").await;
    pool.advance(HOUR).await;
    assert_eq!(recover(&pool, "jane", &code).await.refusal(), EXPIRED_CODE);
    let code = forgotten(&pool, "jane").await;
    pool.advance(HOUR - 1).await;
    recover(&pool, "jane", &code).await.ok();
    Tokens::of(&pool.sign_in("jane", NEW).await);
}

async fn a_verification_code_works_a_day(engine: EngineKind) {
    let pool = TestPool::on(engine, json!({"AutoVerifiedAttributes": ["email"]}), json!({})).await;
    pool.user("jane").await;
    let code = verification(&pool, "jane", &pool.tokens("jane").await.access).await;
    pool.advance(DAY).await;
    let token = pool.tokens("jane").await.access;
    assert_eq!(verify(&pool, &token, &code).await.refusal(), EXPIRED_CODE);
    let code = verification(&pool, "jane", &token).await;
    pool.advance(DAY - 1).await;
    verify(&pool, &pool.tokens("jane").await.access, &code).await.ok();
}

async fn a_code_dies_after_too_many_guesses(engine: EngineKind) {
    let pool = pool(engine).await;
    pool.signed_up("jane").await;
    let code = pool.code("jane").await;
    for _ in 0..15 {
        assert_eq!(confirm(&pool, "jane", &not(&code)).await.refusal(), WRONG_CODE);
    }
    assert_eq!(confirm(&pool, "jane", &code).await.refusal(), TOO_OFTEN);
    pool.advance(HOUR).await;
    assert_eq!(confirm(&pool, "jane", &code).await.refusal(), EXPIRED_CODE);
    pool.app("ResendConfirmationCode", json!({"Username": "jane"})).await.ok();
    let fresh = pool.code("jane").await;
    confirm(&pool, "jane", &fresh).await.ok();
}

async fn a_newer_code_replaces_it(engine: EngineKind) {
    let pool = pool(engine).await;
    pool.signed_up("jane").await;
    let old = pool.code("jane").await;
    pool.app("ResendConfirmationCode", json!({"Username": "jane"})).await.ok();
    let new = pool.code("jane").await;
    assert_ne!(old, new);
    assert_eq!(confirm(&pool, "jane", &old).await.refusal(), WRONG_CODE);
    confirm(&pool, "jane", &new).await.ok();
    let old = forgotten(&pool, "jane").await;
    let new = forgotten(&pool, "jane").await;
    assert_ne!(old, new);
    assert_eq!(recover(&pool, "jane", &old).await.refusal(), WRONG_CODE);
    recover(&pool, "jane", &new).await.ok();
}

async fn a_code_serves_one_purpose(engine: EngineKind) {
    let pool = pool(engine).await;
    pool.signed_up("signing-up").await;
    let code = pool.code("signing-up").await;
    // Unconfirmed users cannot recover a password, with whatever code.
    assert_eq!(recover(&pool, "signing-up", &code).await.error(), Some("UserNotConfirmedException"));
    pool.user("jane").await;
    let token = pool.tokens("jane").await.access;
    let verification = verification(&pool, "jane", &token).await;
    let recovery = forgotten(&pool, "jane").await;
    assert_ne!(verification, recovery);
    assert_eq!(recover(&pool, "jane", &verification).await.refusal(), WRONG_CODE);
    assert_eq!(verify(&pool, &token, &recovery).await.refusal(), WRONG_CODE);
    verify(&pool, &token, &verification).await.ok();
    recover(&pool, "jane", &recovery).await.ok();
}

async fn a_code_serves_one_user(engine: EngineKind) {
    let pool = pool(engine).await;
    for name in ["jane", "mallory"] {
        pool.signed_up(name).await;
    }
    let (janes, mallorys) = (pool.code("jane").await, pool.code("mallory").await);
    assert_ne!(janes, mallorys);
    assert_eq!(confirm(&pool, "jane", &mallorys).await.refusal(), WRONG_CODE);
    confirm(&pool, "jane", &janes).await.ok();
    confirm(&pool, "mallory", &mallorys).await.ok();
    let mallorys = forgotten(&pool, "mallory").await;
    assert_eq!(recover(&pool, "jane", &mallorys).await.refusal(), EXPIRED_CODE);
    let janes = forgotten(&pool, "jane").await;
    assert_ne!(janes, mallorys);
    assert_eq!(recover(&pool, "jane", &mallorys).await.refusal(), WRONG_CODE);
}

async fn a_code_works_once(engine: EngineKind) {
    let pool = pool(engine).await;
    pool.signed_up("jane").await;
    let code = pool.code("jane").await;
    let answers = join_all((0..8).map(|_| confirm(&pool, "jane", &code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    let confirmed = ("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED");
    assert_eq!(confirm(&pool, "jane", &code).await.refusal(), confirmed);

    let code = forgotten(&pool, "jane").await;
    // A password that the policy refuses leaves the code good.
    let weak = json!({"Username": "jane", "ConfirmationCode": code, "Password": "too-weak"});
    assert_eq!(pool.app("ConfirmForgotPassword", weak).await.error(), Some("InvalidPasswordException"));
    let answers = join_all((0..8).map(|_| recover(&pool, "jane", &code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(recover(&pool, "jane", &code).await.refusal(), EXPIRED_CODE);

    let token = Tokens::of(&pool.sign_in("jane", NEW).await).access;
    let code = verification(&pool, "jane", &token).await;
    let answers = join_all((0..8).map(|_| verify(&pool, &token, &code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(verify(&pool, &token, &code).await.refusal(), EXPIRED_CODE);
}

async fn a_code_proves_the_address_it_went_to(engine: EngineKind) {
    let pool = pool(engine).await;
    pool.user("jane").await;
    let token = pool.tokens("jane").await.access;
    let code = verification(&pool, "jane", &token).await;
    let recovery = forgotten(&pool, "jane").await;
    let moved = json!({"UserAttributes": [{"Name": "email", "Value": "elsewhere@example.com"}]});
    pool.own("UpdateUserAttributes", &token, moved).await.ok();
    // The change sent a code of its own, and voided both.
    let answer = verify(&pool, &token, &code).await;
    assert!([WRONG_CODE, EXPIRED_CODE].contains(&answer.refusal()), "{}", answer.body);
    assert_eq!(recover(&pool, "jane", &recovery).await.refusal(), EXPIRED_CODE);
    let user = pool.own("GetUser", &token, json!({})).await;
    let verified = json!({"Name": "email_verified", "Value": "false"});
    assert!(user.ok()["UserAttributes"].as_array().unwrap().contains(&verified));
    let code = pool.code("elsewhere").await;
    verify(&pool, &token, &code).await.ok();
}

async fn a_stranger_learns_nothing_from_sign_up_codes(engine: EngineKind) {
    let settings = json!({"PreventUserExistenceErrors": "ENABLED"});
    let pool = TestPool::on(engine, json!({"AutoVerifiedAttributes": ["email"]}), settings).await;
    pool.signed_up("jane").await;
    let code = pool.code("jane").await;
    pool.advance(DAY).await;
    // Only who holds the code is told that it has expired.
    assert_eq!(confirm(&pool, "jane", &not(&code)).await.refusal(), WRONG_CODE);
    assert_eq!(confirm(&pool, "jane", &code).await.refusal(), EXPIRED_CODE);
    pool.app("ResendConfirmationCode", json!({"Username": "jane"})).await.ok();
    let code = pool.code("jane").await;
    confirm(&pool, "jane", &code).await.ok();
    // Nor whether somebody has confirmed already.
    assert_eq!(confirm(&pool, "jane", &code).await.refusal(), WRONG_CODE);
    assert_eq!(confirm(&pool, "nobody", &code).await.refusal(), WRONG_CODE);
}
