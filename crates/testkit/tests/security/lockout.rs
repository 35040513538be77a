//! Password lockout as the developer guide has it ("Lockout behavior for failed sign-in attempts").

use futures_util::future::join_all;
use serde_json::json;
use stepwell_testkit::srp::Client;
use stepwell_testkit::{Answer, DomainBuilder, EngineKind, PASSWORD, TestPool, TestServer, Tokens};

use crate::{LOCKED, MINUTE, SECOND, WRONG};

on_both_engines!(
    the_fifth_failure_locks_and_each_further_one_doubles,
    attempts_in_a_lock_neither_count_nor_extend_it,
    success_after_a_lock_forgets,
    fifteen_minutes_without_an_attempt_forget,
    who_never_stops_trying_is_not_forgotten,
    every_way_to_guess_shares_the_count,
    names_of_nobody_lock_alike,
    another_node_and_a_restart_know_of_it,
    a_burst_of_guesses_is_counted,
    a_recovered_password_ends_it,
);

async fn pool(engine: EngineKind) -> TestPool {
    let pool = TestPool::on(engine, json!({"AutoVerifiedAttributes": ["email"]}), json!({})).await;
    pool.user("jane").await;
    pool
}

async fn guess(pool: &TestPool, name: &str) -> Answer {
    pool.sign_in(name, "Wrong-Horse-9").await
}

async fn fail(pool: &TestPool, name: &str, times: usize) {
    for attempt in 0..times {
        assert_eq!(guess(pool, name).await.refusal(), WRONG, "attempt {attempt}");
    }
}

async fn the_fifth_failure_locks_and_each_further_one_doubles(engine: EngineKind) {
    let pool = pool(engine).await;
    fail(&pool, "jane", 4).await;
    for failures in 5..=18 {
        assert_eq!(guess(&pool, "jane").await.refusal(), WRONG, "failure {failures}");
        let lock = if failures < 15 { (1 << (failures - 5)) * SECOND } else { 15 * MINUTE };
        assert_eq!(pool.sign_in("jane", PASSWORD).await.refusal(), LOCKED, "at once after {failures}");
        pool.advance(lock - 1).await;
        assert_eq!(pool.sign_in("jane", PASSWORD).await.refusal(), LOCKED, "until the end after {failures}");
        pool.advance(1).await;
    }
    pool.tokens("jane").await;
}

async fn attempts_in_a_lock_neither_count_nor_extend_it(engine: EngineKind) {
    let pool = pool(engine).await;
    fail(&pool, "jane", 5).await;
    pool.advance(SECOND).await;
    fail(&pool, "jane", 1).await;
    for _ in 0..20 {
        assert_eq!(guess(&pool, "jane").await.refusal(), LOCKED);
        assert_eq!(pool.sign_in("jane", PASSWORD).await.refusal(), LOCKED);
    }
    pool.advance(2 * SECOND).await;
    // The seventh failure: 4 seconds, as if nothing had been tried.
    fail(&pool, "jane", 1).await;
    pool.advance(4 * SECOND).await;
    pool.tokens("jane").await;
}

async fn success_after_a_lock_forgets(engine: EngineKind) {
    let pool = pool(engine).await;
    fail(&pool, "jane", 5).await;
    pool.advance(SECOND).await;
    pool.tokens("jane").await;
    fail(&pool, "jane", 4).await;
    pool.tokens("jane").await;
    fail(&pool, "jane", 4).await;
}

async fn fifteen_minutes_without_an_attempt_forget(engine: EngineKind) {
    let pool = pool(engine).await;
    fail(&pool, "jane", 5).await;
    pool.advance(15 * MINUTE).await;
    // Not yet over: the sixth.
    fail(&pool, "jane", 1).await;
    assert_eq!(guess(&pool, "jane").await.refusal(), LOCKED);
    // The fifteen minutes begin when the lock of two seconds is over.
    pool.advance(2 * SECOND + 15 * MINUTE + 1).await;
    fail(&pool, "jane", 5).await;
    assert_eq!(guess(&pool, "jane").await.refusal(), LOCKED);
}

/// Fifteen minutes without an attempt are not fifteen minutes of attempts that found a lock.
async fn who_never_stops_trying_is_not_forgotten(engine: EngineKind) {
    let pool = pool(engine).await;
    for failures in 0..18 {
        while guess(&pool, "jane").await.refusal() == LOCKED {
            pool.advance(10 * SECOND).await;
        }
        if failures < 15 {
            continue;
        }
        // From the fifteenth on each one costs the longest lock.
        pool.advance(15 * MINUTE - SECOND).await;
        assert_eq!(guess(&pool, "jane").await.refusal(), LOCKED, "after {failures}");
    }
}

async fn every_way_to_guess_shares_the_count(engine: EngineKind) {
    let pool = pool(engine).await;
    let token = pool.tokens("jane").await.access;
    fail(&pool, "jane", 1).await;
    // By an administrator's call.
    let parameters = json!({"USERNAME": "jane", "PASSWORD": "Wrong-Horse-9"});
    let input = json!({"ClientId": pool.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": parameters});
    assert_eq!(pool.admin("AdminInitiateAuth", input.clone()).await.refusal(), WRONG);
    // By SRP.
    let client = Client::new(1);
    let offer = pool.srp(&client, "jane").await;
    let wrong = client.answer(&pool.id, &offer.ok()["ChallengeParameters"], "Wrong-Horse-9");
    assert_eq!(pool.respond("PASSWORD_VERIFIER", None, &wrong).await.refusal(), WRONG);
    // By changing it.
    let change = json!({"PreviousPassword": "Wrong-Horse-9", "ProposedPassword": "Another-Horse-2"});
    assert_eq!(pool.own("ChangePassword", &token, change.clone()).await.refusal(), WRONG);
    fail(&pool, "jane", 1).await;
    let right = client.answer(&pool.id, &offer.body["ChallengeParameters"], PASSWORD);
    assert_eq!(pool.admin("AdminInitiateAuth", input).await.refusal(), LOCKED);
    assert_eq!(pool.respond("PASSWORD_VERIFIER", None, &right).await.refusal(), LOCKED);
    assert_eq!(pool.srp(&client, "jane").await.refusal(), LOCKED);
    assert_eq!(pool.own("ChangePassword", &token, change).await.refusal(), LOCKED);
    // Who merely asks for an offer guesses nothing.
    pool.advance(SECOND).await;
    for _ in 0..6 {
        pool.srp(&client, "jane").await.ok();
    }
    Tokens::of(&pool.respond("PASSWORD_VERIFIER", None, &right).await);
}

async fn names_of_nobody_lock_alike(engine: EngineKind) {
    let pool = TestPool::on(engine, json!({}), json!({"PreventUserExistenceErrors": "ENABLED"})).await;
    pool.user("jane").await;
    for name in ["jane", "nobody"] {
        fail(&pool, name, 5).await;
        assert_eq!(guess(&pool, name).await.refusal(), LOCKED, "{name}");
        assert_eq!(pool.srp(&Client::new(1), name).await.refusal(), LOCKED, "{name}");
    }
    assert_eq!(guess(&pool, "somebody else").await.refusal(), WRONG);
    pool.advance(SECOND).await;
    for name in ["jane", "nobody"] {
        fail(&pool, name, 1).await;
        pool.advance(2 * SECOND - 1).await;
        assert_eq!(guess(&pool, name).await.refusal(), LOCKED, "{name}");
        pool.advance(1).await;
    }
}

async fn another_node_and_a_restart_know_of_it(engine: EngineKind) {
    let pool = pool(engine).await;
    fail(&pool, "jane", 5).await;
    let second = DomainBuilder::default().seed(2).beside(&pool.server.test).await.unwrap();
    let second = TestServer::with(second, stepwell_api::Mode::Dev { allow_remote: false });
    let parameters = json!({"USERNAME": "jane", "PASSWORD": PASSWORD});
    let input = json!({"ClientId": pool.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    assert_eq!(second.app("InitiateAuth", &input).await.refusal(), LOCKED);
    pool.advance(SECOND).await;
    Tokens::of(&second.app("InitiateAuth", &input).await);
    fail(&pool, "jane", 4).await;
}

async fn a_burst_of_guesses_is_counted(engine: EngineKind) {
    let pool = pool(engine).await;
    let second = DomainBuilder::default().seed(2).beside(&pool.server.test).await.unwrap();
    let second = TestServer::with(second, stepwell_api::Mode::Dev { allow_remote: false });
    let parameters = json!({"USERNAME": "jane", "PASSWORD": "Wrong-Horse-9"});
    let input = json!({"ClientId": pool.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    let guesses = (0..50).map(|number| {
        let server = if number % 2 == 0 { &pool.server } else { &second };
        server.app("InitiateAuth", &input)
    });
    let answers = join_all(guesses).await;
    let made = answers.iter().filter(|answer| answer.refusal() == WRONG).count();
    assert!(answers.iter().all(|answer| [WRONG, LOCKED].contains(&answer.refusal())));
    // Each node lets one guess at a time through: the second may begin one before the first has counted its fifth.
    assert!((5..=6).contains(&made), "{made} guesses were answered");
    let guards = &pool.server.test.domain.stores.guards;
    let user = pool.admin("AdminGetUser", json!({"Username": "jane"})).await;
    let sub = user.ok()["UserAttributes"].as_array().unwrap().iter().find(|attribute| attribute["Name"] == "sub");
    let sub = sub.unwrap()["Value"].as_str().unwrap().to_owned();
    let counted = guards.failures(&pool.id, &sub).await.unwrap().unwrap().count;
    assert_eq!(usize::try_from(counted).unwrap(), made);
}

async fn a_recovered_password_ends_it(engine: EngineKind) {
    let pool = pool(engine).await;
    fail(&pool, "jane", 5).await;
    pool.app("ForgotPassword", json!({"Username": "jane"})).await.ok();
    let code = pool.code("jane").await;
    let input = json!({"Username": "jane", "ConfirmationCode": code, "Password": "Another-Horse-2"});
    pool.app("ConfirmForgotPassword", input).await.ok();
    Tokens::of(&pool.sign_in("jane", "Another-Horse-2").await);
}
