//! What ends tokens before their time, and what it leaves alone.

use serde_json::{Value, json};
use stepwell_testkit::{EngineKind, TestPool, Tokens};

use crate::token_snapshots::payload;

on_both_engines!(
    revoking_ends_one_sign_in,
    a_client_without_revocation,
    signing_out_everywhere_ends_all,
    disabling_ends_all_for_good,
    deleting_ends_all,
    a_new_user_of_the_same_name_inherits_nothing,
);

const REVOKED: (&str, &str) = ("NotAuthorizedException", "Access Token has been revoked");
const REFRESH_REVOKED: (&str, &str) = ("NotAuthorizedException", "Refresh Token has been revoked");

async fn pool(engine: EngineKind, client: Value) -> TestPool {
    let pool = TestPool::on(engine, json!({}), client).await;
    for name in ["jane", "joe"] {
        pool.user(name).await;
    }
    pool
}

async fn works(pool: &TestPool, tokens: &Tokens) {
    pool.own("GetUser", &tokens.access, json!({})).await.ok();
    Tokens::of(&pool.refresh(&tokens.refresh).await);
}

async fn ended(pool: &TestPool, tokens: &Tokens) {
    assert_eq!(pool.own("GetUser", &tokens.access, json!({})).await.refusal(), REVOKED);
    assert_eq!(pool.refresh(&tokens.refresh).await.refusal(), REFRESH_REVOKED);
}

async fn revoking_ends_one_sign_in(engine: EngineKind) {
    let pool = pool(engine, json!({})).await;
    let (phone, laptop) = (pool.tokens("jane").await, pool.tokens("jane").await);
    let refreshed = Tokens::of(&pool.refresh(&phone.refresh).await);
    for _ in 0..2 {
        pool.app("RevokeToken", json!({"Token": phone.refresh})).await.ok();
        ended(&pool, &phone).await;
        assert_eq!(pool.own("GetUser", &refreshed.access, json!({})).await.refusal(), REVOKED);
        works(&pool, &laptop).await;
    }
    // An access token is not revoked on its own.
    let unsupported = ("UnsupportedTokenTypeException", "The token type is not supported.");
    assert_eq!(pool.app("RevokeToken", json!({"Token": laptop.access})).await.refusal(), unsupported);
    works(&pool, &laptop).await;
}

async fn a_client_without_revocation(engine: EngineKind) {
    let pool = pool(engine, json!({"EnableTokenRevocation": false})).await;
    let tokens = pool.tokens("jane").await;
    let refused = pool.app("RevokeToken", json!({"Token": tokens.refresh})).await;
    assert_eq!(refused.error(), Some("UnsupportedOperationException"));
    assert!(payload(&tokens.access).get("origin_jti").is_none());
    works(&pool, &tokens).await;
    // Signing out everywhere needs no origin_jti.
    pool.own("GlobalSignOut", &tokens.access, json!({})).await.ok();
    ended(&pool, &tokens).await;
}

async fn signing_out_everywhere_ends_all(engine: EngineKind) {
    let pool = pool(engine, json!({})).await;
    let (first, second, joes) = (pool.tokens("jane").await, pool.tokens("jane").await, pool.tokens("joe").await);
    pool.own("GlobalSignOut", &first.access, json!({})).await.ok();
    for old in [&first, &second] {
        ended(&pool, old).await;
    }
    works(&pool, &joes).await;
    // It has an end of its own: by number, not by time, so that the next sign-in in the same second works.
    let fresh = pool.tokens("jane").await;
    works(&pool, &fresh).await;
    pool.admin("AdminUserGlobalSignOut", json!({"Username": "jane"})).await.ok();
    ended(&pool, &fresh).await;
    ended(&pool, &first).await;
}

async fn disabling_ends_all_for_good(engine: EngineKind) {
    let pool = pool(engine, json!({})).await;
    let tokens = pool.tokens("jane").await;
    pool.admin("AdminDisableUser", json!({"Username": "jane"})).await.ok();
    let disabled = ("NotAuthorizedException", "User is disabled.");
    assert_eq!(pool.own("GetUser", &tokens.access, json!({})).await.refusal(), disabled);
    assert_eq!(pool.refresh(&tokens.refresh).await.refusal(), disabled);
    pool.admin("AdminEnableUser", json!({"Username": "jane"})).await.ok();
    ended(&pool, &tokens).await;
    works(&pool, &pool.tokens("jane").await).await;
}

async fn deleting_ends_all(engine: EngineKind) {
    let pool = pool(engine, json!({})).await;
    let (first, second) = (pool.tokens("jane").await, pool.tokens("jane").await);
    pool.own("DeleteUser", &first.access, json!({})).await.ok();
    for tokens in [&first, &second] {
        let gone = pool.own("GetUser", &tokens.access, json!({})).await;
        assert_eq!(gone.refusal(), ("UserNotFoundException", "User does not exist."));
        let gone = pool.refresh(&tokens.refresh).await;
        assert_eq!(gone.refusal(), ("NotAuthorizedException", "Invalid Refresh Token"));
    }
}

async fn a_new_user_of_the_same_name_inherits_nothing(engine: EngineKind) {
    let pool = pool(engine, json!({})).await;
    let old = pool.tokens("jane").await;
    pool.own("DeleteUser", &old.access, json!({})).await.ok();
    pool.user("jane").await;
    assert_eq!(pool.own("GetUser", &old.access, json!({})).await.error(), Some("UserNotFoundException"));
    assert_eq!(pool.refresh(&old.refresh).await.error(), Some("NotAuthorizedException"));
    works(&pool, &pool.tokens("jane").await).await;
}
