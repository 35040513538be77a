//! `MFA_SETUP`: required MFA for who has no second factor yet.

use serde_json::{Value, json};
use stepwell_testkit::{Answer, EngineKind, PASSWORD, TestPool, Tokens};

use super::{
    INVALID, STEP, USED, add_phone, answer_app, challenged, claims, optional, other_than, pool, required, sent,
    session, shown, sms,
};

on_both_engines!(
    a_new_user_sets_an_app_up_before_the_first_tokens,
    who_must_change_the_password_does_that_first,
    no_other_session_sets_anything_up,
    wrong_codes_end_a_registration,
    an_address_is_set_up_by_its_first_code,
    a_phone_number_is_added_before_the_next_sign_in,
);

const CHALLENGE: &str = "MFA_SETUP";
const MISMATCH: (&str, &str) = ("EnableSoftwareTokenMFAException", "Code mismatch");
const NOT_PROVEN: (&str, &str) = ("InvalidParameterException", "User has not verified software token mfa");

async fn associate(pool: &TestPool, session: &str) -> Answer {
    pool.server.app("AssociateSoftwareToken", &json!({"Session": session})).await
}

async fn verify(pool: &TestPool, session: &str, code: &str) -> Answer {
    let input = json!({"Session": session, "UserCode": code, "FriendlyDeviceName": "phone"});
    pool.server.app("VerifySoftwareToken", &input).await
}

async fn finish(pool: &TestPool, session: &str, more: Value) -> Answer {
    let mut responses = json!({"USERNAME": "jane"});
    responses.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    pool.respond(CHALLENGE, Some(session), &responses).await
}

async fn offered(pool: &TestPool) -> String {
    challenged(&pool.sign_in("jane", PASSWORD).await, CHALLENGE)
}

async fn a_new_user_sets_an_app_up_before_the_first_tokens(engine: EngineKind) {
    let pool = pool(engine, required()).await;
    pool.user("jane").await;
    let offer = pool.sign_in("jane", PASSWORD).await;
    let parameters = json!({"USER_ID_FOR_SRP": "jane", "MFAS_CAN_SETUP": r#"["SOFTWARE_TOKEN_MFA"]"#});
    assert_eq!(offer.ok()["ChallengeParameters"], parameters);
    let first = challenged(&offer, CHALLENGE);
    assert!(first.len() <= 2048, "{}", first.len());
    assert_eq!(finish(&pool, &first, json!({})).await.refusal(), NOT_PROVEN);

    let associated = associate(&pool, &first).await;
    let secret = associated.ok()["SecretCode"].as_str().unwrap().to_owned();
    let second = session(&associated);
    assert_eq!(finish(&pool, &second, json!({})).await.refusal(), NOT_PROVEN);
    let code = shown(&pool, &secret);
    assert_eq!(verify(&pool, &second, &other_than(&code)).await.refusal(), MISMATCH);
    let verified = verify(&pool, &second, &code).await;
    assert_eq!(verified.ok()["Status"], "SUCCESS");
    let third = session(&verified);
    assert_eq!(verify(&pool, &second, &code).await.refusal(), USED);
    // Nothing of the user has changed yet.
    let user = pool.admin("AdminGetUser", json!({"Username": "jane"})).await;
    assert!(user.ok().get("UserMFASettingList").is_none());

    let tokens = Tokens::of(&finish(&pool, &third, json!({})).await);
    assert!(claims(&tokens.access)["amr"].as_array().unwrap().contains(&json!("otp")));
    let user = pool.own("GetUser", &tokens.access, json!({})).await;
    assert_eq!(user.ok()["PreferredMfaSetting"], "SOFTWARE_TOKEN_MFA");
    // Everything that led here is over: nothing of it can put another app in the place of this one.
    for used in [&first, &second, &third] {
        assert_eq!(associate(&pool, used).await.error(), Some("NotAuthorizedException"));
        assert_eq!(finish(&pool, used, json!({})).await.error(), Some("NotAuthorizedException"));
    }

    let again = pool.sign_in("jane", PASSWORD).await;
    let session = challenged(&again, "SOFTWARE_TOKEN_MFA");
    assert_eq!(again.body["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"], "phone");
    assert_eq!(answer_app(&pool, &session, "jane", &code).await.error(), Some("ExpiredCodeException"));
    pool.advance(STEP).await;
    Tokens::of(&answer_app(&pool, &session, "jane", &shown(&pool, &secret)).await);
}

async fn who_must_change_the_password_does_that_first(engine: EngineKind) {
    let pool = pool(engine, required()).await;
    pool.invited("jane", "Temporary-1").await;
    let offer = challenged(&pool.sign_in("jane", "Temporary-1").await, "NEW_PASSWORD_REQUIRED");
    assert_eq!(associate(&pool, &offer).await.refusal(), INVALID);
    let responses = json!({"USERNAME": "jane", "NEW_PASSWORD": PASSWORD});
    let next = pool.respond("NEW_PASSWORD_REQUIRED", Some(&offer), &responses).await;
    challenged(&next, CHALLENGE);
}

async fn no_other_session_sets_anything_up(engine: EngineKind) {
    let mut pool = pool(engine, required()).await;
    pool.user("jane").await;
    let good = offered(&pool).await;
    let (client, sealed) = good.split_once('.').unwrap();
    assert_eq!(client, pool.client);
    let mut flipped = sealed.to_owned();
    flipped.replace_range(30..31, if &sealed[30..31] == "A" { "B" } else { "A" });
    let other_client = pool.another_client(json!({})).await;
    for bad in [
        sealed.to_owned(),
        format!("{client}.{flipped}"),
        format!("{other_client}.{sealed}"),
        format!("nosuchclientnosuchclient.{sealed}"),
        format!("../..{sealed}"),
        format!(".{sealed}"),
        "x".repeat(40),
    ] {
        assert_eq!(associate(&pool, &bad).await.refusal(), INVALID, "{bad}");
        assert_eq!(verify(&pool, &bad, "123456").await.refusal(), INVALID, "{bad}");
    }
    // Another client answers with it.
    let own_client = std::mem::replace(&mut pool.client, other_client);
    assert_eq!(finish(&pool, &good, json!({})).await.refusal(), INVALID);
    pool.client = own_client;
    // Both at once prove nothing twice.
    let input = json!({"Session": good, "AccessToken": "x.y.z"});
    let both = pool.server.app("AssociateSoftwareToken", &input).await;
    assert!(matches!(both.error(), Some("NotAuthorizedException" | "InvalidParameterException")));
    let neither = pool.server.app("AssociateSoftwareToken", &json!({})).await;
    assert_eq!(neither.error(), Some("NotAuthorizedException"));
    // A disabled user, or a new password, ends it.
    let input = json!({"Username": "jane", "Password": "Another-Pass-1", "Permanent": true});
    pool.admin("AdminSetUserPassword", input).await.ok();
    assert_eq!(associate(&pool, &good).await.refusal(), INVALID);
}

async fn wrong_codes_end_a_registration(engine: EngineKind) {
    let pool = pool(engine, required()).await;
    pool.user("jane").await;
    let associated = associate(&pool, &offered(&pool).await).await;
    let secret = associated.ok()["SecretCode"].as_str().unwrap().to_owned();
    let wrong = other_than(&other_than(&other_than(&shown(&pool, &secret))));
    for _ in 0..3 {
        assert_eq!(verify(&pool, &session(&associated), &wrong).await.refusal(), MISMATCH);
    }
    let right = shown(&pool, &secret);
    assert_eq!(verify(&pool, &session(&associated), &right).await.refusal(), INVALID);
}

async fn an_address_is_set_up_by_its_first_code(engine: EngineKind) {
    let mut config = optional();
    config["MfaConfiguration"] = json!("ON");
    let pool = pool(engine, config).await;
    // By phone first, so that e-mail may be the second factor.
    let recovery = json!({"RecoveryMechanisms": [
        {"Name": "verified_phone_number", "Priority": 1}, {"Name": "verified_email", "Priority": 2},
    ]});
    let update = json!({"MfaConfiguration": "ON", "SmsConfiguration": sms(), "AccountRecoverySetting": recovery});
    pool.admin("UpdateUserPool", update).await.ok();
    let input = json!({"Username": "jane", "MessageAction": "SUPPRESS"});
    pool.admin("AdminCreateUser", input).await.ok();
    let input = json!({"Username": "jane", "Password": PASSWORD, "Permanent": true});
    pool.admin("AdminSetUserPassword", input).await.ok();

    let offer = pool.sign_in("jane", PASSWORD).await;
    assert_eq!(offer.ok()["ChallengeParameters"]["MFAS_CAN_SETUP"], r#"["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]"#);
    let first = challenged(&offer, CHALLENGE);
    let bad = finish(&pool, &first, json!({"EMAIL": "nonsense"})).await;
    assert_eq!(bad.refusal(), ("InvalidParameterException", "Invalid email address format."));
    let sending = finish(&pool, &first, json!({"EMAIL": "jane@example.com"})).await;
    let second = challenged(&sending, "EMAIL_OTP");
    let code = sent(&pool, "jane@example.com").await;
    let answer = |code: String| {
        let responses = json!({"USERNAME": "jane", "EMAIL_OTP_CODE": code});
        let (pool, second) = (&pool, &second);
        async move { pool.respond("EMAIL_OTP", Some(second), &responses).await }
    };
    assert_eq!(answer(other_than(&code)).await.error(), Some("CodeMismatchException"));
    let user = pool.admin("AdminGetUser", json!({"Username": "jane"})).await;
    assert!(!user.ok()["UserAttributes"].to_string().contains("jane@example.com"));
    let tokens = Tokens::of(&answer(code).await);
    assert_eq!(claims(&tokens.id)["email"], "jane@example.com");
    assert_eq!(claims(&tokens.id)["email_verified"], true);
    assert_eq!(finish(&pool, &first, json!({"EMAIL": "mallory@example.com"})).await.refusal(), USED);
    challenged(&pool.sign_in("jane", PASSWORD).await, "EMAIL_OTP");
}

async fn a_phone_number_is_added_before_the_next_sign_in(engine: EngineKind) {
    let pool =
        pool(engine, json!({"MfaConfiguration": "ON", "SmsMfaConfiguration": {"SmsConfiguration": sms()}})).await;
    pool.user("jane").await;
    let offer = pool.sign_in("jane", PASSWORD).await;
    assert_eq!(offer.ok()["ChallengeParameters"]["MFAS_CAN_SETUP"], r#"["SMS_MFA"]"#);
    let first = challenged(&offer, CHALLENGE);
    assert_eq!(associate(&pool, &first).await.error(), Some("SoftwareTokenMFANotFoundException"));
    let by_email = finish(&pool, &first, json!({"EMAIL": "jane@example.com"})).await;
    assert_eq!(by_email.error(), Some("InvalidParameterException"));
    add_phone(&pool, "jane").await;
    // What it offered is not needed any more.
    assert_eq!(finish(&pool, &first, json!({})).await.refusal(), INVALID);
    challenged(&pool.sign_in("jane", PASSWORD).await, "SMS_MFA");
}
