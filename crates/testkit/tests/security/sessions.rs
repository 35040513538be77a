//! Tracked sessions under sign-ins that begin together, and their use by rotated tokens.

use futures_util::future::join_all;
use serde_json::{Value, json};
use stepwell_testkit::{EngineKind, PASSWORD, TestPool, Tokens};

use crate::MINUTE;

on_both_engines!(sign_ins_together_do_not_pass_the_limit, a_rotation_is_a_use);

async fn pool(engine: EngineKind, most: u32, client: Value) -> TestPool {
    let pool = TestPool::on(engine, json!({"UserPoolTier": "PLUS"}), client).await;
    let tracking = json!({"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": most}});
    pool.admin("SetUserPoolSessionConfiguration", tracking).await.ok();
    pool.user("jane").await;
    pool
}

async fn sessions(pool: &TestPool) -> Vec<Value> {
    let listed = pool.admin("AdminListUserSessions", json!({"Username": "jane"})).await;
    listed.ok()["Sessions"].as_array().unwrap().clone()
}

async fn sign_ins_together_do_not_pass_the_limit(engine: EngineKind) {
    for most in [1, 3] {
        let pool = pool(engine, most, json!({})).await;
        let answers = join_all((0..16).map(|_| pool.sign_in("jane", PASSWORD))).await;
        let tokens: Vec<Tokens> = answers.iter().map(Tokens::of).collect();
        let alive = join_all(tokens.iter().map(|tokens| pool.own("GetUser", &tokens.access, json!({})))).await;
        let alive = alive.iter().filter(|answer| answer.status == 200).count();
        assert_eq!((alive, sessions(&pool).await.len()), (most as usize, most as usize));
    }
}

async fn a_rotation_is_a_use(engine: EngineKind) {
    let rotation = json!({"Feature": "ENABLED", "RetryGracePeriodSeconds": 0});
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH"]);
    let client = json!({"ExplicitAuthFlows": flows, "RefreshTokenRotation": rotation});
    let pool = pool(engine, 2, client).await;
    let first = pool.tokens("jane").await;
    pool.advance(MINUTE).await;
    let second = pool.tokens("jane").await;
    pool.advance(MINUTE).await;
    let before = sessions(&pool).await;
    pool.app("GetTokensFromRefreshToken", json!({"RefreshToken": first.refresh})).await.ok();
    assert_ne!(sessions(&pool).await, before, "the use is noted");
    pool.advance(MINUTE).await;
    // The least recently used one goes: not the one that was rotated.
    pool.tokens("jane").await;
    pool.own("GetUser", &first.access, json!({})).await.ok();
    assert_eq!(pool.own("GetUser", &second.access, json!({})).await.error(), Some("NotAuthorizedException"));
}
