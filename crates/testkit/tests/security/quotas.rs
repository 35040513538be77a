//! How often one user may ask for the same thing in an hour (developer guide, "Quotas").

use serde_json::{Value, json};
use stepwell_testkit::{EngineKind, TestPool};

use crate::{HOUR, TOO_OFTEN};

on_both_engines!(app_operations, operations_of_the_signed_in, names_of_nobody, one_users_quota_is_no_one_elses);

async fn pool(engine: EngineKind, client: Value) -> TestPool {
    TestPool::on(engine, json!({"AutoVerifiedAttributes": ["email"]}), client).await
}

/// Makes the call until it is refused as too often, expects that at the call after `allowed`, and not again before an
/// hour has passed since the first one.
async fn limited(pool: &TestPool, operation: &str, allowed: usize, token: Option<&str>, input: &Value) {
    let call = || async {
        match token {
            Some(token) => pool.own(operation, token, input.clone()).await,
            None => pool.app(operation, input.clone()).await,
        }
    };
    for hour in 0..2 {
        for number in 0..allowed {
            let answer = call().await;
            assert_ne!(answer.refusal(), TOO_OFTEN, "{operation}, call {number} of hour {hour}");
            assert!(answer.status.as_u16() < 500, "{operation}: {}", answer.body);
        }
        assert_eq!(call().await.refusal(), TOO_OFTEN, "{operation} in hour {hour}");
        pool.advance(HOUR - 1).await;
        assert_eq!(call().await.refusal(), TOO_OFTEN, "{operation}, too soon");
        pool.advance(1).await;
    }
}

async fn app_operations(engine: EngineKind) {
    let pool = pool(engine, json!({})).await;
    pool.signed_up("signing-up").await;
    let name = json!({"Username": "signing-up"});
    limited(&pool, "ResendConfirmationCode", 5, None, &name).await;
    let wrong = json!({"Username": "signing-up", "ConfirmationCode": "000000"});
    limited(&pool, "ConfirmSignUp", 15, None, &wrong).await;

    pool.user("jane").await;
    limited(&pool, "ForgotPassword", 20, None, &json!({"Username": "jane"})).await;
    let wrong = json!({"Username": "jane", "ConfirmationCode": "000000", "Password": "Another-Horse-2"});
    limited(&pool, "ConfirmForgotPassword", 20, None, &wrong).await;
    // The two count together.
    for _ in 0..10 {
        pool.app("ForgotPassword", json!({"Username": "jane"})).await.ok();
        assert_ne!(pool.app("ConfirmForgotPassword", wrong.clone()).await.refusal(), TOO_OFTEN);
    }
    assert_eq!(pool.app("ForgotPassword", json!({"Username": "jane"})).await.refusal(), TOO_OFTEN);
}

async fn operations_of_the_signed_in(engine: EngineKind) {
    let pool = pool(engine, json!({"AccessTokenValidity": 24})).await;
    pool.user("jane").await;
    let token = pool.tokens("jane").await.access;
    let email = json!({"AttributeName": "email"});
    limited(&pool, "GetUserAttributeVerificationCode", 5, Some(&token), &email).await;
    let wrong = json!({"AttributeName": "email", "Code": "000000"});
    limited(&pool, "VerifyUserAttribute", 15, Some(&token), &wrong).await;
    let same = json!({"PreviousPassword": "Correct-Horse-1", "ProposedPassword": "Correct-Horse-1"});
    limited(&pool, "ChangePassword", 5, Some(&token), &same).await;
}

async fn names_of_nobody(engine: EngineKind) {
    let pool = pool(engine, json!({"PreventUserExistenceErrors": "ENABLED"})).await;
    let name = json!({"Username": "nobody"});
    limited(&pool, "ResendConfirmationCode", 5, None, &name).await;
    limited(&pool, "ForgotPassword", 20, None, &name).await;
    limited(&pool, "ConfirmSignUp", 15, None, &json!({"Username": "nobody", "ConfirmationCode": "000000"})).await;
}

async fn one_users_quota_is_no_one_elses(engine: EngineKind) {
    let pool = pool(engine, json!({})).await;
    for name in ["jane", "joe"] {
        pool.signed_up(name).await;
    }
    for _ in 0..5 {
        pool.app("ResendConfirmationCode", json!({"Username": "jane"})).await.ok();
    }
    assert_eq!(pool.app("ResendConfirmationCode", json!({"Username": "jane"})).await.refusal(), TOO_OFTEN);
    pool.app("ResendConfirmationCode", json!({"Username": "joe"})).await.ok();
    // Nor does it count for another operation, nor a refused call for anything.
    let code = pool.code("jane").await;
    pool.app("ConfirmSignUp", json!({"Username": "jane", "ConfirmationCode": code})).await.ok();
}
