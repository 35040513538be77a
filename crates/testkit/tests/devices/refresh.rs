//! Refreshing where the pool remembers devices: only for the confirmed device of the sign-in.

use serde_json::{Value, json};
use stepwell_testkit::{Answer, EngineKind, PASSWORD, TestPool, Tokens};

use crate::{always, claims, device_of, pool, registered};

on_both_engines!(a_refresh_names_the_device_of_its_sign_in);

const INVALID: (&str, &str) = ("NotAuthorizedException", "Invalid Refresh Token");

async fn refresh(pool: &TestPool, token: &str, device: Value) -> Answer {
    let parameters = json!({"REFRESH_TOKEN": token, "DEVICE_KEY": device});
    pool.app("InitiateAuth", json!({"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters})).await
}

async fn get_tokens(pool: &TestPool, token: &str, device: Value) -> Answer {
    pool.app("GetTokensFromRefreshToken", json!({"RefreshToken": token, "DeviceKey": device})).await
}

async fn a_refresh_names_the_device_of_its_sign_in(engine: EngineKind) {
    let pool = pool(engine, always()).await;
    let signed_in = pool.sign_in("jane", PASSWORD).await;
    let token = Tokens::of(&signed_in).refresh;
    let made = signed_in.body["AuthenticationResult"]["NewDeviceMetadata"]["DeviceKey"].clone();
    assert_eq!(refresh(&pool, &token, made.clone()).await.refusal(), INVALID, "not confirmed yet");
    let (device, tokens) = registered(&pool, &signed_in).await;
    let (other, _) = device_of(&pool, "jane").await;

    for refused in [Value::Null, json!(""), json!(other.key), json!("us-east-1_0123")] {
        assert_eq!(refresh(&pool, &tokens.refresh, refused.clone()).await.refusal(), INVALID, "{refused}");
        if refused != "" {
            assert_eq!(get_tokens(&pool, &tokens.refresh, refused.clone()).await.refusal(), INVALID, "{refused}");
        }
    }
    for refreshed in [
        refresh(&pool, &tokens.refresh, json!(device.key)).await,
        get_tokens(&pool, &tokens.refresh, json!(device.key)).await,
    ] {
        assert_eq!(claims(&Tokens::of(&refreshed).access)["device_key"], device.key.as_str());
        assert_eq!(refreshed.body["AuthenticationResult"]["NewDeviceMetadata"], Value::Null);
    }

    pool.own("ForgetDevice", &tokens.access, json!({"DeviceKey": device.key})).await.ok();
    assert_eq!(refresh(&pool, &tokens.refresh, json!(device.key)).await.refusal(), INVALID, "forgotten");
    assert_eq!(get_tokens(&pool, &tokens.refresh, json!(device.key)).await.refusal(), INVALID, "forgotten");
}

#[tokio::test]
async fn sign_ins_from_before_are_bound_to_no_device() {
    let pool = pool(EngineKind::Sqlite, json!({})).await;
    let tokens = pool.tokens("jane").await;
    pool.admin("UpdateUserPool", always()).await.ok();
    Tokens::of(&refresh(&pool, &tokens.refresh, Value::Null).await);
    Tokens::of(&refresh(&pool, &tokens.refresh, json!("us-east-1_0123")).await);
    // And where devices are off, nothing is asked for.
    let (_, tokens) = device_of(&pool, "jane").await;
    pool.admin("UpdateUserPool", json!({})).await.ok();
    Tokens::of(&refresh(&pool, &tokens.refresh, Value::Null).await);
}
