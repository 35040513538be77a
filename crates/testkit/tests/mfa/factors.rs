//! What users and administrators see and change of second factors, and what recovery makes of them.

use serde_json::{Value, json};
use stepwell_testkit::{EngineKind, PASSWORD, TestPool};

use super::{PHONE, add_phone, challenged, optional, pool, sms};

on_both_engines!(
    factors_are_listed_as_they_can_be_used,
    the_old_operations_turn_text_messages_on_and_off,
    preferences_are_refused_in_words,
    recovery_keeps_away_from_the_second_factor,
);

const NO_CHANNEL: (&str, &str) = (
    "InvalidParameterException",
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
);

async fn factors(pool: &TestPool) -> Value {
    pool.admin("AdminGetUserAuthFactors", json!({"Username": "jane"})).await.ok().clone()
}

async fn prefer(pool: &TestPool, preference: Value) {
    let mut input = json!({"Username": "jane"});
    input.as_object_mut().unwrap().extend(preference.as_object().unwrap().clone());
    pool.admin("AdminSetUserMFAPreference", input).await.ok();
}

async fn factors_are_listed_as_they_can_be_used(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    pool.user("jane").await;
    let tokens = pool.tokens("jane").await;
    let bare = json!({"Username": "jane", "ConfiguredUserAuthFactors": ["PASSWORD"]});
    assert_eq!(factors(&pool).await, bare);
    assert_eq!(pool.own("GetUserAuthFactors", &tokens.access, json!({})).await.ok(), &bare);
    let recovery = json!({"RecoveryMechanisms": [
        {"Name": "verified_email", "Priority": 1}, {"Name": "verified_phone_number", "Priority": 2},
    ]});
    let update = json!({
        "MfaConfiguration": "OPTIONAL", "SmsConfiguration": sms(), "AccountRecoverySetting": recovery,
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]}},
    });
    pool.admin("UpdateUserPool", update).await.ok();
    assert_eq!(factors(&pool).await["ConfiguredUserAuthFactors"], json!(["PASSWORD", "EMAIL_OTP"]));
    add_phone(&pool, "jane").await;
    assert_eq!(factors(&pool).await["ConfiguredUserAuthFactors"], json!(["PASSWORD", "EMAIL_OTP", "SMS_OTP"]));
    prefer(
        &pool,
        json!({"SMSMfaSettings": {"Enabled": true, "PreferredMfa": true}, "EmailMfaSettings": {"Enabled": true}}),
    )
    .await;
    let all = json!({
        "Username": "jane",
        "PreferredMfaSetting": "SMS_MFA",
        "UserMFASettingList": ["SMS_MFA", "EMAIL_OTP"],
        "ConfiguredUserAuthFactors": ["PASSWORD"],
    });
    assert_eq!(factors(&pool).await, all);
    let nobody = pool.admin("AdminGetUserAuthFactors", json!({"Username": "nobody"})).await;
    assert_eq!(nobody.error(), Some("UserNotFoundException"));
}

async fn the_old_operations_turn_text_messages_on_and_off(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    pool.user("jane").await;
    let tokens = pool.tokens("jane").await;
    let options = json!([{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]);
    let words = "User does not have delivery config set to turn on SMS_MFA";
    let refused = pool.own("SetUserSettings", &tokens.access, json!({"MFAOptions": options})).await;
    assert_eq!(refused.refusal(), ("InvalidParameterException", words));
    add_phone(&pool, "jane").await;
    pool.own("SetUserSettings", &tokens.access, json!({"MFAOptions": options})).await.ok();
    for user in [
        pool.own("GetUser", &tokens.access, json!({})).await,
        pool.admin("AdminGetUser", json!({"Username": "jane"})).await,
    ] {
        assert_eq!(user.ok()["MFAOptions"], options);
        assert_eq!(user.ok()["UserMFASettingList"], json!(["SMS_MFA"]));
    }
    challenged(&pool.sign_in("jane", PASSWORD).await, "SMS_MFA");
    pool.admin("AdminSetUserSettings", json!({"Username": "jane", "MFAOptions": []})).await.ok();
    let user = pool.admin("AdminGetUser", json!({"Username": "jane"})).await;
    assert!(user.ok().get("MFAOptions").is_none());
    let email = json!([{"DeliveryMedium": "EMAIL", "AttributeName": "email"}]);
    let refused = pool.admin("AdminSetUserSettings", json!({"Username": "jane", "MFAOptions": email})).await;
    assert_eq!(refused.error(), Some("InvalidParameterException"));
}

async fn preferences_are_refused_in_words(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    pool.user("jane").await;
    let set = |preference: Value| {
        let mut input = json!({"Username": "jane"});
        input.as_object_mut().unwrap().extend(preference.as_object().unwrap().clone());
        pool.admin("AdminSetUserMFAPreference", input)
    };
    for (preference, words) in [
        (json!({"SMSMfaSettings": {"Enabled": true}}), "User does not have delivery config set to turn on SMS_MFA"),
        (json!({"EmailMfaSettings": {"PreferredMfa": true}}), "EMAIL_OTP must be enabled to be set as preferred."),
    ] {
        assert_eq!(set(preference).await.refusal(), ("InvalidParameterException", words));
    }
    let passkeys = set(json!({"WebAuthnMfaSettings": {"Enabled": true}})).await;
    assert_eq!(passkeys.error(), Some("InvalidParameterException"));
    pool.signed_up("john").await;
    let input = json!({"Username": "john", "EmailMfaSettings": {"Enabled": true}});
    let unconfirmed = pool.admin("AdminSetUserMFAPreference", input).await;
    assert_eq!(unconfirmed.error(), Some("UserNotConfirmedException"));
    let input = json!({"Username": "nobody", "EmailMfaSettings": {"Enabled": true}});
    assert_eq!(pool.admin("AdminSetUserMFAPreference", input).await.error(), Some("UserNotFoundException"));
}

async fn recovery_keeps_away_from_the_second_factor(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    pool.user("jane").await;
    let forgot = || pool.app("ForgotPassword", json!({"Username": "jane"}));
    let medium = |answer: &stepwell_testkit::Answer| answer.ok()["CodeDeliveryDetails"]["DeliveryMedium"].clone();
    assert_eq!(medium(&forgot().await), "EMAIL");
    // By e-mail both would be one.
    prefer(&pool, json!({"EmailMfaSettings": {"Enabled": true, "PreferredMfa": true}})).await;
    assert_eq!(forgot().await.refusal(), NO_CHANNEL);
    let reset = pool.admin("AdminResetUserPassword", json!({"Username": "jane"})).await;
    assert_eq!(reset.refusal(), NO_CHANNEL);
    let attributes =
        json!([{"Name": "phone_number", "Value": PHONE}, {"Name": "phone_number_verified", "Value": "true"}]);
    pool.admin("AdminUpdateUserAttributes", json!({"Username": "jane", "UserAttributes": attributes})).await.ok();
    assert_eq!(medium(&forgot().await), "SMS");
    // What the user could choose counts like what is preferred.
    prefer(&pool, json!({"SMSMfaSettings": {"Enabled": true, "PreferredMfa": true}})).await;
    assert_eq!(medium(&forgot().await), "EMAIL");
    prefer(&pool, json!({"SMSMfaSettings": {"PreferredMfa": false}})).await;
    assert_eq!(forgot().await.refusal(), NO_CHANNEL);
    prefer(&pool, json!({"SMSMfaSettings": {"Enabled": false}, "EmailMfaSettings": {"Enabled": false}})).await;
    assert_eq!(medium(&forgot().await), "EMAIL");
}
