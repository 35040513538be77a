//! Refreshing: what a refresh token lives through, rotation, its grace and its detection of reuse.

use futures_util::future::join_all;
use serde_json::{Value, json};
use stepwell_testkit::{Answer, EngineKind, TestPool, Tokens};

use crate::token_snapshots::payload;
use crate::{DAY, HOUR, MINUTE, SECOND};

on_both_engines!(
    it_ends_on_time,
    a_refresh_keeps_what_the_sign_in_said,
    rotation_gives_a_new_token_for_the_remaining_life,
    reuse_after_the_grace_ends_the_sign_in,
    rotation_cannot_be_walked_around,
    many_rotations_at_once,
    it_opens_only_for_its_client,
    it_does_not_open_when_edited,
);

const INVALID: (&str, &str) = ("NotAuthorizedException", "Invalid Refresh Token");
const EXPIRED: (&str, &str) = ("NotAuthorizedException", "Refresh Token has expired");
const REVOKED: (&str, &str) = ("NotAuthorizedException", "Refresh Token has been revoked");
const REUSED: (&str, &str) = ("RefreshTokenReuseException", "Refresh token has been reused.");

async fn pool(engine: EngineKind, client: Value) -> TestPool {
    let pool = TestPool::on(engine, json!({}), client).await;
    pool.user("jane").await;
    pool
}

fn rotating(grace: i64) -> Value {
    json!({
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace},
        "RefreshTokenValidity": 60, "TokenValidityUnits": {"RefreshToken": "minutes"},
    })
}

async fn exchange(pool: &TestPool, token: &str) -> Answer {
    pool.app("GetTokensFromRefreshToken", json!({"RefreshToken": token})).await
}

async fn it_ends_on_time(engine: EngineKind) {
    let pool = pool(engine, json!({})).await;
    let token = pool.tokens("jane").await.refresh;
    pool.advance(30 * DAY - 1).await;
    let refreshed = Tokens::of(&pool.refresh(&token).await);
    assert_eq!(refreshed.refresh, "", "a refresh without rotation gives no new refresh token");
    Tokens::of(&exchange(&pool, &token).await);
    pool.advance(1).await;
    assert_eq!(pool.refresh(&token).await.refusal(), EXPIRED);
    assert_eq!(exchange(&pool, &token).await.refusal(), EXPIRED);
}

async fn a_refresh_keeps_what_the_sign_in_said(engine: EngineKind) {
    let pool = pool(engine, json!({})).await;
    let first = pool.tokens("jane").await;
    pool.advance(2 * HOUR).await;
    let second = Tokens::of(&pool.refresh(&first.refresh).await);
    let third = Tokens::of(&exchange(&pool, &first.refresh).await);
    for later in [second, third] {
        for (old, new) in [(&first.access, &later.access), (&first.id, &later.id)] {
            let (old, new) = (payload(old), payload(new));
            for kept in ["sub", "iss", "origin_jti", "auth_time", "acr", "amr", "token_use"] {
                assert_eq!(old[kept], new[kept], "{kept}");
            }
            for fresh in ["jti", "iat", "exp", "event_id"] {
                assert_ne!(old[fresh], new[fresh], "{fresh}");
            }
        }
        pool.own("GetUser", &later.access, json!({})).await.ok();
    }
    assert_eq!(
        pool.own("GetUser", &first.access, json!({})).await.refusal(),
        ("NotAuthorizedException", "Access Token has expired")
    );
}

async fn rotation_gives_a_new_token_for_the_remaining_life(engine: EngineKind) {
    let pool = pool(engine, rotating(10)).await;
    let first = pool.tokens("jane").await.refresh;
    pool.advance(20 * MINUTE).await;
    let second = Tokens::of(&exchange(&pool, &first).await).refresh;
    assert!(!second.is_empty() && second != first);
    // Within the grace the old one works, for a client that lost the answer.
    pool.advance(10 * SECOND - 1).await;
    let again = Tokens::of(&exchange(&pool, &first).await).refresh;
    assert!(!again.is_empty() && again != second);
    // Whoever was given one by it goes on, for what is left of the first hour.
    pool.advance(40 * MINUTE - 10 * SECOND).await;
    let third = Tokens::of(&exchange(&pool, &second).await).refresh;
    pool.advance(1).await;
    for over in [&first, &second, &third, &again] {
        assert_eq!(exchange(&pool, over).await.refusal(), EXPIRED);
    }
}

async fn reuse_after_the_grace_ends_the_sign_in(engine: EngineKind) {
    let pool = pool(engine, rotating(10)).await;
    let (first, elsewhere) = (pool.tokens("jane").await, pool.tokens("jane").await);
    let second = Tokens::of(&exchange(&pool, &first.refresh).await);
    pool.advance(10 * SECOND).await;
    assert_eq!(exchange(&pool, &first.refresh).await.refusal(), REUSED);
    // Two hold that token, and nobody can tell which of them is the thief: both are out.
    for token in [&first.refresh, &second.refresh] {
        assert_eq!(exchange(&pool, token).await.refusal(), REVOKED);
    }
    let access = pool.own("GetUser", &second.access, json!({})).await;
    assert_eq!(access.refusal(), ("NotAuthorizedException", "Access Token has been revoked"));
    Tokens::of(&exchange(&pool, &elsewhere.refresh).await);
}

async fn rotation_cannot_be_walked_around(engine: EngineKind) {
    let pool = pool(engine, rotating(10)).await;
    let first = pool.tokens("jane").await.refresh;
    // The client may not even have the flow.
    assert_eq!(pool.refresh(&first).await.error(), Some("InvalidParameterException"));
    let second = Tokens::of(&exchange(&pool, &first).await).refresh;
    // A token rotated out stays out when rotation is switched off, whatever the flow.
    let off =
        json!({"ClientId": pool.client, "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]});
    pool.admin("UpdateUserPoolClient", off).await.ok();
    assert_eq!(exchange(&pool, &first).await.refusal(), REVOKED);
    assert_eq!(pool.refresh(&first).await.refusal(), REVOKED);
    Tokens::of(&pool.refresh(&second).await);
    // A token that is revoked is revoked, rotated or not.
    pool.app("RevokeToken", json!({"Token": second})).await.ok();
    for token in [&first, &second] {
        assert_eq!(exchange(&pool, token).await.refusal(), REVOKED);
    }
}

async fn many_rotations_at_once(engine: EngineKind) {
    let pool = pool(engine, rotating(0)).await;
    let first = pool.tokens("jane").await.refresh;
    let answers = join_all((0..8).map(|_| exchange(&pool, &first))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().all(|answer| answer.status == 200 || [REUSED, REVOKED].contains(&answer.refusal())));
}

async fn it_opens_only_for_its_client(engine: EngineKind) {
    let mut pool = pool(engine, json!({})).await;
    let tokens = pool.tokens("jane").await;
    for no_refresh_token in [&tokens.access, &tokens.id] {
        assert_eq!(pool.refresh(no_refresh_token).await.refusal(), INVALID);
    }
    pool.client = pool.another_client(json!({})).await;
    assert_eq!(pool.refresh(&tokens.refresh).await.refusal(), INVALID);
    assert_eq!(exchange(&pool, &tokens.refresh).await.refusal(), INVALID);
    let unknown = ("UnsupportedTokenTypeException", "The token type is not supported.");
    assert_eq!(pool.app("RevokeToken", json!({"Token": tokens.refresh})).await.refusal(), unknown);
    let pool = TestPool::at(pool.server, json!({}), json!({})).await;
    assert_eq!(pool.refresh(&tokens.refresh).await.refusal(), INVALID);
}

async fn it_does_not_open_when_edited(engine: EngineKind) {
    let pool = pool(engine, json!({})).await;
    let token = pool.tokens("jane").await.refresh;
    let before = pool.server.test.tables().await;
    for index in (0..token.len()).step_by(3) {
        let edit = if token.as_bytes()[index] == b'A' { "B" } else { "A" };
        let edited = [&token[..index], edit, &token[index + 1..]].concat();
        assert_eq!(pool.refresh(&edited).await.refusal(), INVALID, "{index}");
        if index > 0 {
            assert_eq!(exchange(&pool, &token[..index]).await.refusal(), INVALID, "{index}");
        }
    }
    assert_eq!(pool.server.test.tables().await, before);
    Tokens::of(&pool.refresh(&token).await);
}
