//! `SetUserPoolMfaConfig`, `GetUserPoolMfaConfig`, and `MfaConfiguration` of the pool itself.

use serde_json::json;
use stepwell_testkit::{EngineKind, TestPool};

use super::{optional, pool, required, sms};

on_both_engines!(
    what_is_set_is_shown,
    a_pool_is_created_with_text_messages_only,
    an_update_keeps_the_factors_it_does_not_know_and_without_a_mode_ends_them,
    an_update_cannot_take_away_what_a_factor_needs,
);

async fn shown(pool: &TestPool) -> serde_json::Value {
    pool.admin("GetUserPoolMfaConfig", json!({})).await.ok().clone()
}

async fn described(pool: &TestPool) -> serde_json::Value {
    pool.admin("DescribeUserPool", json!({})).await.ok()["UserPool"].clone()
}

async fn what_is_set_is_shown(engine: EngineKind) {
    let pool = TestPool::on(engine, json!({}), json!({})).await;
    assert_eq!(shown(&pool).await, json!({"MfaConfiguration": "OFF"}));
    let recovery = json!({"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]});
    pool.admin("UpdateUserPool", json!({"AccountRecoverySetting": recovery})).await.ok();
    let given = json!({
        "MfaConfiguration": "OPTIONAL",
        "SmsMfaConfiguration": {"SmsAuthenticationMessage": "Code {####}", "SmsConfiguration": sms()},
        "SoftwareTokenMfaConfiguration": {"Enabled": true},
        "EmailMfaConfiguration": {"Message": "Your code: {####}", "Subject": "Code"},
        "WebAuthnConfiguration": {"RelyingPartyId": "example.com", "UserVerification": "required"},
    });
    let mut expected = given.clone();
    expected["SmsMfaConfiguration"]["SmsConfiguration"]["SnsRegion"] = json!("us-east-1");
    assert_eq!(pool.admin("SetUserPoolMfaConfig", given).await.ok(), &expected);
    assert_eq!(shown(&pool).await, expected);
    assert_eq!(described(&pool).await["MfaConfiguration"], "OPTIONAL");

    // Passkeys are set beside second factors, and alone; OFF leaves no second factor.
    let passkeys = json!({"WebAuthnConfiguration": {"RelyingPartyId": "example.org"}});
    pool.admin("SetUserPoolMfaConfig", passkeys).await.ok();
    assert_eq!(shown(&pool).await["EmailMfaConfiguration"], expected["EmailMfaConfiguration"]);
    pool.admin("SetUserPoolMfaConfig", json!({"MfaConfiguration": "OFF"})).await.ok();
    let off = shown(&pool).await;
    assert_eq!(off["MfaConfiguration"], "OFF");
    assert_eq!(off["WebAuthnConfiguration"], json!({"RelyingPartyId": "example.org"}));
    assert!(off.get("EmailMfaConfiguration").is_none() && off.get("SoftwareTokenMfaConfiguration").is_none());
}

async fn a_pool_is_created_with_text_messages_only(engine: EngineKind) {
    let refused = json!({"PoolName": "p", "MfaConfiguration": "ON"});
    let pool = TestPool::on(engine, json!({"MfaConfiguration": "ON", "SmsConfiguration": sms()}), json!({})).await;
    let words = "SMS configuration and Auto verification for phone_number are required when MFA is required/optional";
    assert_eq!(pool.server.admin("CreateUserPool", &refused).await.refusal(), ("InvalidParameterException", words));
    let config = shown(&pool).await;
    assert_eq!(config["MfaConfiguration"], "ON");
    assert!(config["SmsMfaConfiguration"]["SmsConfiguration"].is_object());
    assert!(config.get("SoftwareTokenMfaConfiguration").is_none());
}

async fn an_update_keeps_the_factors_it_does_not_know_and_without_a_mode_ends_them(engine: EngineKind) {
    let pool = pool(engine, required()).await;
    pool.admin("UpdateUserPool", json!({"MfaConfiguration": "OPTIONAL"})).await.ok();
    let config = shown(&pool).await;
    assert_eq!(config["MfaConfiguration"], "OPTIONAL");
    assert_eq!(config["SoftwareTokenMfaConfiguration"], json!({"Enabled": true}));
    assert!(config.get("SmsMfaConfiguration").is_none());
    pool.admin("UpdateUserPool", json!({})).await.ok();
    assert_eq!(shown(&pool).await, json!({"MfaConfiguration": "OFF"}));
}

async fn an_update_cannot_take_away_what_a_factor_needs(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    let update = |more: serde_json::Value| {
        let mut input = json!({"MfaConfiguration": "OPTIONAL", "SmsConfiguration": sms()});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let email_only = json!({"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]});
    let refused = pool.admin("UpdateUserPool", update(json!({"AccountRecoverySetting": email_only}))).await;
    assert_eq!(refused.error(), Some("InvalidParameterException"));
    let both = json!({"RecoveryMechanisms": [
        {"Name": "verified_email", "Priority": 2}, {"Name": "verified_phone_number", "Priority": 1},
    ]});
    let lite = update(json!({"AccountRecoverySetting": both, "UserPoolTier": "LITE"}));
    assert_eq!(pool.admin("UpdateUserPool", lite).await.error(), Some("FeatureUnavailableInTierException"));
    pool.admin("UpdateUserPool", update(json!({"AccountRecoverySetting": both}))).await.ok();

    // Where everybody needs two factors, one-time codes cannot be the first.
    let mut on = update(json!({
        "AccountRecoverySetting": both,
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
    }));
    pool.admin("UpdateUserPool", on.clone()).await.ok();
    on["MfaConfiguration"] = json!("ON");
    let words = "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled";
    assert_eq!(pool.admin("UpdateUserPool", on).await.refusal(), ("InvalidParameterException", words));
    let mut config = optional();
    config["MfaConfiguration"] = json!("ON");
    assert_eq!(pool.admin("SetUserPoolMfaConfig", config).await.refusal(), ("InvalidParameterException", words));
}
