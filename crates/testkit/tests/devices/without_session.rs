//! `DEVICE_SRP_AUTH` without a Session, as pycognito sends it: only once, and soon, after a proven password that leads to
//! nothing but the device.

use serde_json::json;
use stepwell_api::Mode;
use stepwell_testkit::srp::{Client, Device};
use stepwell_testkit::{Answer, DomainBuilder, EngineKind, Observer, PASSWORD, TestPool, TestServer, Tokens};

use crate::trace::refused_without_trace;
use crate::{
    GONE, INVALID, MINUTE, SECOND, always, answer_claim, claim, device_of, device_with_mfa, password_with, pool,
    pool_with_mfa, prove, srp_with,
};

on_both_engines!(a_proven_password_permits_it_once, what_no_permit_was_left_for);

async fn begin(pool: &TestPool, client: &Client, name: &str, key: &str) -> Answer {
    let responses = json!({"USERNAME": name, "DEVICE_KEY": key, "SRP_A": client.srp_a()});
    pool.respond("DEVICE_SRP_AUTH", None, &responses).await
}

async fn a_proven_password_permits_it_once(engine: EngineKind) {
    let (pool, secret) = pool_with_mfa(engine, always()).await;
    let (device, _) = device_with_mfa(&pool, &secret).await;
    let client = Client::new(1);

    srp_with(&pool, "jane", &device.key).await.ok();
    let offered = begin(&pool, &client, "jane", &device.key).await;
    refused_without_trace(&pool, "again", INVALID, begin(&pool, &client, "jane", &device.key)).await;
    Tokens::of(&answer_claim(&pool, &claim(&client, &device, &offered)).await);
    refused_without_trace(&pool, "after it", INVALID, begin(&pool, &client, "jane", &device.key)).await;

    // By another of the user's names.
    let aliased = TestPool::at(
        pool.server,
        {
            let mut settings = always();
            settings["AliasAttributes"] = json!(["email"]);
            settings
        },
        json!({}),
    )
    .await;
    aliased.user("jane").await;
    let (device, _) = device_of(&aliased, "jane").await;
    srp_with(&aliased, "jane", &device.key).await.ok();
    let offered = begin(&aliased, &client, "jane@example.com", &device.key).await;
    Tokens::of(&answer_claim(&aliased, &claim(&client, &device, &offered)).await);
}

async fn what_no_permit_was_left_for(engine: EngineKind) {
    let mut pool = pool(engine, always()).await;
    pool.user("mallory").await;
    let (device, _) = device_of(&pool, "jane").await;
    let (other, _) = device_of(&pool, "jane").await;
    let (mallorys, _) = device_of(&pool, "mallory").await;
    let client = Client::new(2);
    let refused = async |pool: &TestPool, case: &str, name: &str, device: &Device| {
        refused_without_trace(pool, case, INVALID, begin(pool, &client, name, &device.key)).await;
    };

    refused(&pool, "no password at all", "jane", &device).await;
    refused(&pool, "nobody", "nobody", &device).await;
    pool.srp(&client, "jane").await.ok();
    refused(&pool, "a password that was only asked for", "jane", &device).await;
    password_with(&pool, "jane", &device.key).await.ok();
    refused(&pool, "a password in the clear: such clients keep Sessions", "jane", &device).await;

    srp_with(&pool, "jane", &device.key).await.ok();
    refused(&pool, "another device", "jane", &other).await;
    refused(&pool, "another user's device", "jane", &mallorys).await;
    refused(&pool, "another user", "mallory", &device).await;
    let own_client = pool.client.clone();
    pool.client = pool.another_client(json!({})).await;
    refused(&pool, "another client", "jane", &device).await;
    pool.client = own_client;
    pool.advance(MINUTE).await;
    refused(&pool, "too late", "jane", &device).await;

    srp_with(&pool, "jane", &device.key).await.ok();
    pool.admin("AdminUserGlobalSignOut", json!({"Username": "jane"})).await.ok();
    refused(&pool, "signed out everywhere since", "jane", &device).await;
    srp_with(&pool, "jane", &device.key).await.ok();
    let changed = json!({"Username": "jane", "Password": PASSWORD, "Permanent": true});
    pool.admin("AdminSetUserPassword", changed).await.ok();
    refused(&pool, "another password since", "jane", &device).await;

    // The Session takes the permit with it.
    let asked = srp_with(&pool, "jane", &device.key).await;
    Tokens::of(&prove(&pool, &asked, &device).await);
    refused(&pool, "the Session was used", "jane", &device).await;

    srp_with(&pool, "jane", &device.key).await.ok();
    pool.admin("AdminForgetDevice", json!({"Username": "jane", "DeviceKey": device.key})).await.ok();
    assert_eq!(begin(&pool, &client, "jane", &device.key).await.refusal(), GONE);
    refused(&pool, "and that used it up", "jane", &device).await;
}

#[tokio::test]
async fn a_permit_lives_a_minute() {
    let pool = pool(EngineKind::Sqlite, always()).await;
    let (device, _) = device_of(&pool, "jane").await;
    let client = Client::new(3);
    srp_with(&pool, "jane", &device.key).await.ok();
    pool.advance(MINUTE - SECOND).await;
    begin(&pool, &client, "jane", &device.key).await.ok();
}

#[tokio::test]
async fn a_bad_public_value_does_not_use_it_up() {
    let pool = pool(EngineKind::Sqlite, always()).await;
    let (device, _) = device_of(&pool, "jane").await;
    srp_with(&pool, "jane", &device.key).await.ok();
    for bad in ["0", "", "zz"] {
        let responses = json!({"USERNAME": "jane", "DEVICE_KEY": device.key, "SRP_A": bad});
        let refused = pool.respond("DEVICE_SRP_AUTH", None, &responses).await;
        assert_eq!(refused.error(), Some("InvalidParameterException"), "{bad}");
    }
    begin(&pool, &Client::new(4), "jane", &device.key).await.ok();
}

#[tokio::test]
async fn where_threat_protection_watches_the_session_is_needed() {
    let mut settings = always();
    settings["UserPoolTier"] = json!("PLUS");
    settings["UserPoolAddOns"] = json!({"AdvancedSecurityMode": "AUDIT"});
    let pool = pool(EngineKind::Sqlite, settings).await;
    let (device, _) = device_of(&pool, "jane").await;
    let asked = srp_with(&pool, "jane", &device.key).await;
    assert_eq!(begin(&pool, &Client::new(5), "jane", &device.key).await.refusal(), INVALID);
    Tokens::of(&prove(&pool, &asked, &device).await);
}

#[tokio::test]
async fn after_a_changed_password_the_session_is_needed() {
    let pool = pool(EngineKind::Sqlite, always()).await;
    let (device, _) = device_of(&pool, "jane").await;
    let temporary = json!({"Username": "jane", "Password": PASSWORD, "Permanent": false});
    pool.admin("AdminSetUserPassword", temporary).await.ok();
    let asked = srp_with(&pool, "jane", &device.key).await;
    let refused = begin(&pool, &Client::new(5), "jane", &device.key).await;
    assert_eq!(refused.refusal(), INVALID, "the new password comes first");
    let responses = json!({"USERNAME": "jane", "NEW_PASSWORD": "Another-Horse-2"});
    let asked = pool.respond("NEW_PASSWORD_REQUIRED", asked.ok()["Session"].as_str(), &responses).await;
    assert_eq!(begin(&pool, &Client::new(5), "jane", &device.key).await.refusal(), INVALID);
    Tokens::of(&prove(&pool, &asked, &device).await);
}

#[tokio::test]
async fn a_stranger_learns_nothing_from_what_it_costs() {
    let observer = Observer::default();
    let domain = DomainBuilder::default().observer(&observer).build().await.unwrap();
    let server = TestServer::with(domain, Mode::Dev { allow_remote: false });
    let pool = TestPool::at(server, always(), json!({"PreventUserExistenceErrors": "ENABLED"})).await;
    pool.user("jane").await;
    let (device, _) = device_of(&pool, "jane").await;
    let client = Client::new(6);
    let mut seen = Vec::new();
    for (name, key) in [("jane", device.key.as_str()), ("jane", "us-east-1_0123"), ("nobody", &device.key)] {
        observer.take();
        let refused = begin(&pool, &client, name, key).await;
        assert_eq!(refused.refusal(), INVALID, "{name} {key}");
        seen.push((refused.length, observer.take()));
    }
    assert!(seen.iter().all(|costs| *costs == seen[0]), "{seen:?}");
}
