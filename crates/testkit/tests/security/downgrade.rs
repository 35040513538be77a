//! What proves little must not stand for what proves much: a mailbox for an authenticator app, an access token for a
//! password that was taken back.

use serde_json::{Value, json};
use stepwell_testkit::{Answer, EngineKind, PASSWORD, TestPool, Tokens, totp};

on_both_engines!(
    a_mailbox_does_not_stand_for_the_app,
    recovery_keeps_away_from_what_second_factors_use,
    a_token_does_not_replace_a_password_that_was_taken_back,
);

const NEW: &str = "Another-Horse-2";
const REFUSED: (&str, &str) = ("NotAuthorizedException", "Invalid Access Token");
const NO_WAY: &str = "Cannot reset password for the user as there is no registered/verified email or phone_number";

/// A pool that offers an app and codes by e-mail, and recovers by phone before it does by e-mail; jane has no phone.
async fn pool(engine: EngineKind, mode: &str) -> TestPool {
    let recovery = json!({"RecoveryMechanisms": [
        {"Name": "verified_phone_number", "Priority": 1}, {"Name": "verified_email", "Priority": 2},
    ]});
    let settings = json!({"AutoVerifiedAttributes": ["email"], "AccountRecoverySetting": recovery});
    let flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"];
    let pool = TestPool::on(engine, settings, json!({"ExplicitAuthFlows": flows})).await;
    let app = json!({"Enabled": true});
    let mfa = json!({
        "MfaConfiguration": mode, "SoftwareTokenMfaConfiguration": app, "EmailMfaConfiguration": {},
    });
    pool.user("jane").await;
    pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
    pool
}

fn shown(pool: &TestPool, secret: &str) -> String {
    use stepwell_core::ports::clock::Clock as _;
    totp::code(secret, pool.server.test.clock.now())
}

/// Turns an app on, without preferring it; its secret.
async fn turn_app_on(pool: &TestPool, access: &str) -> String {
    let secret = pool.own("AssociateSoftwareToken", access, json!({})).await.ok()["SecretCode"].clone();
    let secret = secret.as_str().unwrap().to_owned();
    pool.own("VerifySoftwareToken", access, json!({"UserCode": shown(pool, &secret)})).await.ok();
    let on = json!({"SoftwareTokenMfaSettings": {"Enabled": true}});
    pool.own("SetUserMFAPreference", access, on).await.ok();
    pool.advance(30_000).await;
    secret
}

async fn step_up(pool: &TestPool, level: u8, more: Value) -> Answer {
    let mut parameters = json!({"USERNAME": "jane", "TARGET_ACR_VALUES": format!("urn:cognito:loa:{level}")});
    parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    pool.app("InitiateAuth", json!({"AuthFlow": "USER_AUTH", "AuthParameters": parameters})).await
}

async fn recover(pool: &TestPool) {
    pool.app("ForgotPassword", json!({"Username": "jane"})).await.ok();
    let code = pool.code("jane").await;
    let input = json!({"Username": "jane", "ConfirmationCode": code, "Password": NEW});
    pool.app("ConfirmForgotPassword", input).await.ok();
}

async fn a_mailbox_does_not_stand_for_the_app(engine: EngineKind) {
    let pool = pool(engine, "OPTIONAL").await;
    let access = pool.tokens("jane").await.access;
    // Who has turned nothing on has her mailbox.
    let by_password = json!({"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD});
    assert_eq!(step_up(&pool, 3, by_password).await.ok()["ChallengeName"], "EMAIL_OTP");
    let secret = turn_app_on(&pool, &access).await;

    recover(&pool).await;
    assert_eq!(pool.sign_in("jane", NEW).await.ok()["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let by_password = json!({"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": NEW});
    for level in [3, 4] {
        let asked = step_up(&pool, level, by_password.clone()).await;
        assert_eq!(asked.ok()["ChallengeName"], "SOFTWARE_TOKEN_MFA", "{level}");
        let code = json!({"USERNAME": "jane", "SOFTWARE_TOKEN_MFA_CODE": shown(&pool, &secret)});
        let session = asked.body["Session"].as_str();
        Tokens::of(&pool.respond("SOFTWARE_TOKEN_MFA", session, &code).await);
        pool.advance(30_000).await;
    }
    // Nor by the token of an earlier sign-in.
    let access = Tokens::of(&second_factor(&pool, &secret).await).access;
    let asked = step_up(&pool, 4, json!({"ACCESS_TOKEN": access})).await;
    assert_eq!(asked.error(), Some("InvalidParameterException"), "reached already");
}

async fn second_factor(pool: &TestPool, secret: &str) -> Answer {
    let asked = pool.sign_in("jane", NEW).await;
    let code = json!({"USERNAME": "jane", "SOFTWARE_TOKEN_MFA_CODE": shown(pool, secret)});
    pool.respond("SOFTWARE_TOKEN_MFA", asked.ok()["Session"].as_str(), &code).await
}

async fn recovery_keeps_away_from_what_second_factors_use(engine: EngineKind) {
    let pool = pool(engine, "OPTIONAL").await;
    let name = json!({"Username": "jane"});
    let access = pool.tokens("jane").await.access;
    turn_app_on(&pool, &access).await;
    pool.app("ForgotPassword", name.clone()).await.ok();
    // Turned on beside the app, not preferred: the user may choose it.
    let with_email = |preferred: bool| json!({"EmailMfaSettings": {"Enabled": true, "PreferredMfa": preferred}});
    pool.own("SetUserMFAPreference", &access, with_email(false)).await.ok();
    let refused = ("InvalidParameterException", NO_WAY);
    assert_eq!(pool.app("ForgotPassword", name.clone()).await.refusal(), refused);
    pool.own("SetUserMFAPreference", &access, with_email(true)).await.ok();
    assert_eq!(pool.app("ForgotPassword", name.clone()).await.refusal(), refused);
    // With the app preferred, nothing asks for a code by e-mail any more.
    let app = json!({"SoftwareTokenMfaSettings": {"Enabled": true, "PreferredMfa": true}});
    pool.own("SetUserMFAPreference", &access, app).await.ok();
    pool.app("ForgotPassword", name.clone()).await.ok();
    recover(&pool).await;
    let by_password = json!({"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": NEW});
    assert_eq!(step_up(&pool, 3, by_password).await.ok()["ChallengeName"], "SOFTWARE_TOKEN_MFA");
}

async fn a_token_does_not_replace_a_password_that_was_taken_back(engine: EngineKind) {
    let pool = pool(engine, "OPTIONAL").await;
    let stolen = pool.tokens("jane").await.access;
    assert_eq!(step_up(&pool, 3, json!({"ACCESS_TOKEN": stolen})).await.ok()["ChallengeName"], "EMAIL_OTP");

    let temporary = json!({"Username": "jane", "Password": "Temporary-2", "Permanent": false});
    pool.admin("AdminSetUserPassword", temporary).await.ok();
    for level in [2, 3, 4] {
        assert_eq!(step_up(&pool, level, json!({"ACCESS_TOKEN": stolen})).await.refusal(), REFUSED, "{level}");
    }
    let by_password = json!({"ACCESS_TOKEN": stolen, "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "Temporary-2"});
    assert_eq!(step_up(&pool, 3, by_password).await.refusal(), REFUSED);
    // The administrator's password is still the one.
    let asked = pool.sign_in("jane", "Temporary-2").await;
    assert_eq!(asked.ok()["ChallengeName"], "NEW_PASSWORD_REQUIRED");

    let permanent = json!({"Username": "jane", "Password": PASSWORD, "Permanent": true});
    pool.admin("AdminSetUserPassword", permanent).await.ok();
    let stolen = pool.tokens("jane").await.access;
    pool.admin("AdminResetUserPassword", json!({"Username": "jane"})).await.ok();
    let refused = step_up(&pool, 3, json!({"ACCESS_TOKEN": stolen})).await;
    assert_eq!(refused.error(), Some("PasswordResetRequiredException"));
}
