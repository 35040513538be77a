//! The pool's setting, and the nine operations.

use serde_json::{Value, json};
use stepwell_testkit::srp::Device;
use stepwell_testkit::{EngineKind, PASSWORD, TestPool, Tokens};

use crate::{DAY, GONE, MINUTE, always, claims, confirm, device_of, opt_in, password_with, pool, prove};

on_both_engines!(a_device_is_confirmed_once, a_device_is_forgotten, lists_are_paged);

const BAD_KEY: (&str, &str) = ("InvalidParameterException", "Invalid device key given.");

async fn keys(pool: &TestPool, access: &str) -> Vec<Value> {
    let listed = pool.own("ListDevices", access, json!({})).await;
    listed.ok()["Devices"].as_array().unwrap().iter().map(|device| device["DeviceKey"].clone()).collect()
}

async fn keys_for_admin(pool: &TestPool) -> Vec<Value> {
    let listed = pool.admin("AdminListDevices", json!({"Username": "jane"})).await;
    listed.ok()["Devices"].as_array().unwrap().iter().map(|device| device["DeviceKey"].clone()).collect()
}

fn attributes(device: &Value) -> Vec<(&str, &str)> {
    let attributes = device["DeviceAttributes"].as_array().unwrap().iter();
    attributes.map(|attribute| (attribute["Name"].as_str().unwrap(), attribute["Value"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn the_setting_is_kept_and_an_update_without_it_turns_devices_off() {
    let pool = pool(EngineKind::Sqlite, always()).await;
    let described =
        async || pool.admin("DescribeUserPool", json!({})).await.ok()["UserPool"]["DeviceConfiguration"].clone();
    assert_eq!(described().await, always()["DeviceConfiguration"]);
    pool.admin("UpdateUserPool", json!({"DeviceConfiguration": {}})).await.ok();
    let off = json!({"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": false});
    assert_eq!(described().await, off, "members that SDKs leave out are false");
    pool.admin("UpdateUserPool", json!({})).await.ok();
    assert_eq!(described().await, Value::Null);
}

#[tokio::test]
async fn a_pool_without_devices_makes_no_keys_and_refuses_the_operations() {
    let pool = pool(EngineKind::Sqlite, json!({})).await;
    let signed_in = password_with(&pool, "jane", "us-east-1_0123").await;
    let access = Tokens::of(&signed_in).access;
    assert_eq!(signed_in.body["AuthenticationResult"]["NewDeviceMetadata"], Value::Null);
    assert!(claims(&access).get("device_key").is_none());
    let refused =
        ("InvalidUserPoolConfigurationException", "User pool has not been configured to support device tracking.");
    let device = json!({"DeviceKey": "us-east-1_0123"});
    for operation in ["ConfirmDevice", "GetDevice", "ForgetDevice", "UpdateDeviceStatus", "ListDevices"] {
        let input = if operation == "ListDevices" { json!({}) } else { device.clone() };
        assert_eq!(pool.own(operation, &access, input).await.refusal(), refused, "{operation}");
    }
    for operation in ["AdminGetDevice", "AdminForgetDevice", "AdminUpdateDeviceStatus", "AdminListDevices"] {
        let mut input = json!({"Username": "jane"});
        if operation != "AdminListDevices" {
            input["DeviceKey"] = json!("us-east-1_0123");
        }
        assert_eq!(pool.admin(operation, input).await.refusal(), refused, "{operation}");
    }
}

async fn a_device_is_confirmed_once(engine: EngineKind) {
    let pool = pool(engine, always()).await;
    let signed_in = pool.sign_in("jane", PASSWORD).await;
    let device = Device::of(&signed_in.ok()["AuthenticationResult"]);
    let access = Tokens::of(&signed_in).access;
    assert!(device.key.starts_with("us-east-1_") && device.key.len() == "us-east-1_".len() + 36, "{}", device.key);
    assert_eq!(claims(&access)["device_key"], device.key.as_str());
    assert_eq!(keys_for_admin(&pool).await, Vec::<Value>::new(), "only what is confirmed is tracked");

    // A key of another sign-in, of another user, or made up.
    let other = pool.sign_in("jane", PASSWORD).await;
    let others = Device::of(&other.ok()["AuthenticationResult"]);
    assert_eq!(others.group_key, device.group_key, "one group a user");
    assert_eq!(confirm(&pool, &access, &others).await.refusal(), BAD_KEY);
    pool.user("mallory").await;
    assert_eq!(confirm(&pool, &pool.tokens("mallory").await.access, &device).await.refusal(), BAD_KEY);
    let made_up = Device { key: "us-east-1_0123".to_owned(), ..device.clone() };
    assert_eq!(confirm(&pool, &access, &made_up).await.refusal(), BAD_KEY);
    for bad in [
        json!({"Salt": "AQ==", "PasswordVerifier": "AQ=="}),
        json!({"Salt": "AQ==", "PasswordVerifier": "not base64"}),
        json!({"Salt": "AA==", "PasswordVerifier": "Ag=="}),
        json!({"PasswordVerifier": "Ag=="}),
    ] {
        let input = json!({"DeviceKey": device.key, "DeviceSecretVerifierConfig": bad});
        let refused = pool.own("ConfirmDevice", &access, input).await;
        assert_eq!(refused.error(), Some("InvalidParameterException"), "{bad}");
    }

    assert_eq!(confirm(&pool, &access, &device).await.ok(), &json!({"UserConfirmationNecessary": false}));
    assert_eq!(confirm(&pool, &access, &device).await.error(), Some("DeviceKeyExistsException"));
    assert_eq!(keys(&pool, &access).await, [json!(device.key)]);

    // The other sign-in's key is good for a day.
    let access = Tokens::of(&other).access;
    pool.advance(DAY).await;
    let client =
        pool.another_client(json!({"AccessTokenValidity": 1440, "TokenValidityUnits": {"AccessToken": "minutes"}}));
    let client = client.await;
    assert_eq!(confirm(&pool, &access, &others).await.error(), Some("NotAuthorizedException"), "the token ended");
    let pool = TestPool { client, ..pool };
    let late = pool.sign_in("jane", PASSWORD).await;
    let (late_device, access) = (Device::of(&late.ok()["AuthenticationResult"]), Tokens::of(&late).access);
    pool.advance(DAY - MINUTE).await;
    confirm(&pool, &access, &late_device).await.ok();
}

async fn a_device_is_forgotten(engine: EngineKind) {
    let pool = pool(engine, always()).await;
    pool.user("mallory").await;
    let (device, tokens) = device_of(&pool, "jane").await;
    let input = json!({"DeviceKey": device.key});
    let mallory = pool.tokens("mallory").await.access;
    for operation in ["GetDevice", "ForgetDevice", "UpdateDeviceStatus"] {
        assert_eq!(pool.own(operation, &mallory, input.clone()).await.refusal(), GONE, "{operation} of another user");
    }
    let mut named = input.clone();
    named["Username"] = json!("mallory");
    for operation in ["AdminGetDevice", "AdminForgetDevice", "AdminUpdateDeviceStatus"] {
        assert_eq!(pool.admin(operation, named.clone()).await.refusal(), GONE, "{operation} of another user");
    }
    assert_eq!(keys(&pool, &mallory).await, Vec::<Value>::new());

    let forgotten = pool.own("ForgetDevice", &tokens.access, input.clone()).await;
    assert_eq!(forgotten.status, 200);
    assert_eq!(pool.own("ForgetDevice", &tokens.access, input.clone()).await.refusal(), GONE);
    assert_eq!(pool.own("GetDevice", &tokens.access, input.clone()).await.refusal(), GONE);
    assert_eq!(pool.own("UpdateDeviceStatus", &tokens.access, input).await.refusal(), GONE);
    assert_eq!(keys_for_admin(&pool).await, Vec::<Value>::new());
    // Whoever holds the device, and with it the access token, cannot bring it back.
    assert_eq!(confirm(&pool, &tokens.access, &device).await.refusal(), BAD_KEY);

    // Neither with the token of a later sign-in that used it.
    let (device, _) = device_of(&pool, "jane").await;
    pool.advance(2 * DAY).await;
    let again = Tokens::of(&prove(&pool, &password_with(&pool, "jane", &device.key).await, &device).await);
    assert_eq!(claims(&again.access)["device_key"], device.key.as_str());
    pool.admin("AdminForgetDevice", json!({"Username": "jane", "DeviceKey": device.key})).await.ok();
    assert_eq!(confirm(&pool, &again.access, &device).await.refusal(), BAD_KEY);
}

async fn lists_are_paged(engine: EngineKind) {
    let pool = pool(engine, opt_in()).await;
    let mut made = Vec::new();
    for place in 0..5 {
        let (device, tokens) = device_of(&pool, "jane").await;
        if place % 2 == 0 {
            let input = json!({"DeviceKey": device.key, "DeviceRememberedStatus": "remembered"});
            pool.own("UpdateDeviceStatus", &tokens.access, input).await.ok();
        }
        made.push(device.key);
    }
    let (mut remembered, mut all) = (made.iter().step_by(2).cloned().collect::<Vec<_>>(), made.clone());
    remembered.sort_unstable();
    all.sort_unstable();
    let access = pool.tokens("jane").await.access;
    let mut seen = Vec::new();
    let mut input = json!({"Limit": 2});
    loop {
        let page = pool.own("ListDevices", &access, input.clone()).await;
        let devices = page.ok()["Devices"].as_array().unwrap();
        assert!(devices.len() <= 2);
        seen.extend(devices.iter().map(|device| device["DeviceKey"].as_str().unwrap().to_owned()));
        let Some(token) = page.body["PaginationToken"].as_str() else { break };
        input["PaginationToken"] = json!(token);
    }
    assert_eq!(seen, remembered, "users see what is remembered");
    assert_eq!(keys_for_admin(&pool).await, all, "administrators see all");
    // A position in one user's list says nothing in another's.
    pool.user("mallory").await;
    let mallory = pool.tokens("mallory").await.access;
    assert_eq!(pool.own("ListDevices", &mallory, input).await.error(), Some("InvalidParameterException"));
}

#[tokio::test]
async fn the_user_is_asked_where_the_pool_says_so() {
    let pool = pool(EngineKind::Sqlite, opt_in()).await;
    let signed_in = pool.sign_in("jane", PASSWORD).await;
    let device = Device::of(&signed_in.ok()["AuthenticationResult"]);
    let access = Tokens::of(&signed_in).access;
    let input = json!({"DeviceKey": device.key});
    assert_eq!(pool.own("UpdateDeviceStatus", &access, input.clone()).await.refusal(), GONE, "not confirmed yet");
    assert_eq!(confirm(&pool, &access, &device).await.ok(), &json!({"UserConfirmationNecessary": true}));
    assert_eq!(keys(&pool, &access).await, Vec::<Value>::new());
    assert_eq!(pool.own("GetDevice", &access, input.clone()).await.refusal(), GONE);

    let status = |status: &str| json!({"DeviceKey": device.key, "DeviceRememberedStatus": status});
    assert_eq!(pool.own("UpdateDeviceStatus", &access, status("remembered")).await.ok(), &json!({}));
    let shown = pool.own("GetDevice", &access, input.clone()).await;
    let for_user = [("device_status", "valid"), ("device_name", "phone"), ("last_ip_used", "127.0.0.1")];
    assert_eq!(attributes(&shown.ok()["Device"]), for_user);
    let mut named = status("not_remembered");
    named["Username"] = json!("jane");
    pool.admin("AdminUpdateDeviceStatus", named.clone()).await.ok();
    assert_eq!(pool.own("GetDevice", &access, input).await.refusal(), GONE);

    named.as_object_mut().unwrap().remove("DeviceRememberedStatus");
    pool.admin("AdminUpdateDeviceStatus", named.clone()).await.ok();
    let shown = pool.admin("AdminGetDevice", named).await;
    let shown = &shown.ok()["Device"];
    let owner = format!("jane.{}", pool.id);
    let arn = format!("arn:aws:cognito-idp:us-east-1:000000000000:owner/{owner}/device/{}", device.key);
    let expected = [
        ("device_status", "valid"),
        ("device_name", "phone"),
        ("dev:device_arn", arn.as_str()),
        ("dev:device_owner", owner.as_str()),
        ("last_ip_used", "127.0.0.1"),
        ("dev:device_remembered_status", "not_remembered"),
    ];
    assert_eq!(attributes(shown), expected);
    for date in ["DeviceCreateDate", "DeviceLastModifiedDate", "DeviceLastAuthenticatedDate"] {
        assert!(shown[date].as_f64().unwrap() > 1.7e9, "{date}");
    }
    let bad = pool.own("UpdateDeviceStatus", &access, status("forgotten")).await;
    assert_eq!(bad.error(), Some("InvalidParameterException"));
}

#[tokio::test]
async fn unknown_users_have_the_error_that_the_operation_knows() {
    let pool = pool(EngineKind::Sqlite, always()).await;
    let input = json!({"Username": "nobody", "DeviceKey": "us-east-1_0123"});
    for (operation, error) in [
        ("AdminGetDevice", "ResourceNotFoundException"),
        ("AdminForgetDevice", "UserNotFoundException"),
        ("AdminUpdateDeviceStatus", "UserNotFoundException"),
    ] {
        assert_eq!(
            pool.admin(operation, input.clone()).await.refusal(),
            (error, "User does not exist."),
            "{operation}"
        );
    }
    let listed = pool.admin("AdminListDevices", json!({"Username": "nobody"})).await;
    assert_eq!(listed.refusal(), ("ResourceNotFoundException", "User does not exist."));
}
