//! Codes by text message and e-mail, as second and as first factor.

use serde_json::{Value, json};
use stepwell_core::ports::delivery::Message;
use stepwell_testkit::{Answer, EngineKind, PASSWORD, TestPool, Tokens};

use super::{
    INVALID, LOCKED, MINUTE, PHONE, SECOND, USED, add_phone, challenged, claims, optional, other_than, pool, sent,
    session, sms,
};

on_both_engines!(
    a_text_message_is_the_second_factor_and_verifies_the_number,
    an_e_mail_is_the_second_factor,
    codes_end_with_their_session,
    wrong_codes_end_a_session_and_start_the_back_off,
    the_user_chooses_among_several,
    messages_to_one_address_are_counted,
    a_code_alone_signs_in_and_verifies_the_address,
    a_name_that_is_nobodys_gets_the_same_answers,
    who_is_asked_for_a_second_factor_does_not_begin_with_a_code,
);

const EMAIL: &str = "jane@example.com";
const WRONG: (&str, &str) = ("CodeMismatchException", "Invalid code or auth state for the user.");
const EXPIRED: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user, session is expired.");
const TOO_MANY: (&str, &str) = ("TooManyRequestsException", "Attempt limit exceeded, please try after some time.");

/// A user with an unverified phone number and an e-mail address, who turned these on.
async fn user(pool: &TestPool, preference: Value) {
    pool.user("jane").await;
    add_phone(pool, "jane").await;
    let mut input = json!({"Username": "jane"});
    input.as_object_mut().unwrap().extend(preference.as_object().unwrap().clone());
    pool.admin("AdminSetUserMFAPreference", input).await.ok();
}

fn by_sms() -> Value {
    json!({"SMSMfaSettings": {"Enabled": true}})
}

fn by_email() -> Value {
    json!({"EmailMfaSettings": {"Enabled": true}})
}

async fn answer(pool: &TestPool, challenge: &str, session: &str, code: &str) -> Answer {
    let responses = json!({"USERNAME": "jane", (format!("{challenge}_CODE")): code});
    pool.respond(challenge, Some(session), &responses).await
}

async fn attribute(pool: &TestPool, name: &str) -> Value {
    let user = pool.admin("AdminGetUser", json!({"Username": "jane"})).await;
    let attributes = user.ok()["UserAttributes"].as_array().unwrap();
    attributes.iter().find(|attribute| attribute["Name"] == name).map_or(Value::Null, |found| found["Value"].clone())
}

async fn a_text_message_is_the_second_factor_and_verifies_the_number(engine: EngineKind) {
    let pool = pool(
        engine,
        json!({
            "MfaConfiguration": "OPTIONAL",
            "SmsMfaConfiguration": {"SmsConfiguration": sms(), "SmsAuthenticationMessage": "Acme: {####}"},
        }),
    )
    .await;
    user(&pool, by_sms()).await;
    assert_eq!(attribute(&pool, "phone_number_verified").await, "false");
    let offer = pool.sign_in("jane", PASSWORD).await;
    let session = challenged(&offer, "SMS_MFA");
    let parameters = json!({
        "USER_ID_FOR_SRP": "jane",
        "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
        "CODE_DELIVERY_DESTINATION": "+*******4567",
    });
    assert_eq!(offer.body["ChallengeParameters"], parameters);
    let code = sent(&pool, PHONE).await;
    let messages = pool.server.test.messages.take();
    assert!(matches!(messages.as_slice(), [Message::Sms(sms)] if *sms.text == format!("Acme: {code}")), "{messages:?}");
    assert_eq!(answer(&pool, "SMS_MFA", &session, &other_than(&code)).await.refusal(), WRONG);
    let tokens = Tokens::of(&answer(&pool, "SMS_MFA", &session, &code).await);
    assert_eq!(attribute(&pool, "phone_number_verified").await, "true");
    assert_eq!(claims(&tokens.id)["phone_number_verified"], true);
    for method in ["pwd", "sms", "mfa"] {
        assert!(claims(&tokens.access)["amr"].as_array().unwrap().contains(&json!(method)), "{method}");
    }
    assert_eq!(answer(&pool, "SMS_MFA", &session, &code).await.refusal(), USED);
}

async fn an_e_mail_is_the_second_factor(engine: EngineKind) {
    let mut config = optional();
    config["EmailMfaConfiguration"] = json!({"Message": "<b>{####}</b>", "Subject": "Acme"});
    let pool = pool(engine, config).await;
    user(&pool, by_email()).await;
    let offer = pool.sign_in("jane", PASSWORD).await;
    let first = challenged(&offer, "EMAIL_OTP");
    assert_eq!(offer.body["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"], "EMAIL");
    assert_eq!(offer.body["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"], "j***@e***");
    let firsts = sent(&pool, EMAIL).await;
    let messages = pool.server.test.messages.take();
    assert!(
        matches!(messages.as_slice(), [Message::Email(email)]
            if email.subject == "Acme" && *email.html == format!("<b>{firsts}</b>")),
        "{messages:?}"
    );
    // A code belongs to its Session, and the Session to its challenge.
    let second = session(&pool.sign_in("jane", PASSWORD).await);
    let seconds = sent(&pool, EMAIL).await;
    assert_ne!(firsts, seconds);
    assert_eq!(answer(&pool, "EMAIL_OTP", &second, &firsts).await.refusal(), WRONG);
    for other in ["SMS_MFA", "SMS_OTP"] {
        assert_eq!(answer(&pool, other, &second, &seconds).await.refusal(), INVALID);
    }
    Tokens::of(&answer(&pool, "EMAIL_OTP", &first, &firsts).await);
    // The other name of the API reference.
    let responses = json!({"USERNAME": "jane", "EMAIL_MFA_CODE": seconds});
    Tokens::of(&pool.respond("EMAIL_OTP", Some(&second), &responses).await);
}

async fn codes_end_with_their_session(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    user(&pool, by_sms()).await;
    let late = challenged(&pool.sign_in("jane", PASSWORD).await, "SMS_MFA");
    let code = sent(&pool, PHONE).await;
    pool.advance(3 * MINUTE).await;
    assert_eq!(answer(&pool, "SMS_MFA", &late, &code).await.refusal(), EXPIRED);
    let in_time = challenged(&pool.sign_in("jane", PASSWORD).await, "SMS_MFA");
    let code = sent(&pool, PHONE).await;
    pool.advance(3 * MINUTE - 1).await;
    Tokens::of(&answer(&pool, "SMS_MFA", &in_time, &code).await);
    // A number that was changed meanwhile proves nothing.
    let changed = challenged(&pool.sign_in("jane", PASSWORD).await, "SMS_MFA");
    let code = sent(&pool, PHONE).await;
    let attributes = json!([{"Name": "phone_number", "Value": "+15557654321"}]);
    pool.admin("AdminUpdateUserAttributes", json!({"Username": "jane", "UserAttributes": attributes})).await.ok();
    assert_eq!(answer(&pool, "SMS_MFA", &changed, &code).await.refusal(), WRONG);
}

async fn wrong_codes_end_a_session_and_start_the_back_off(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    user(&pool, by_sms()).await;
    let first = challenged(&pool.sign_in("jane", PASSWORD).await, "SMS_MFA");
    let code = sent(&pool, PHONE).await;
    for _ in 0..3 {
        assert_eq!(answer(&pool, "SMS_MFA", &first, &other_than(&code)).await.refusal(), WRONG);
    }
    assert_eq!(answer(&pool, "SMS_MFA", &first, &code).await.refusal(), INVALID);
    let second = challenged(&pool.sign_in("jane", PASSWORD).await, "SMS_MFA");
    let code = sent(&pool, PHONE).await;
    for _ in 0..2 {
        assert_eq!(answer(&pool, "SMS_MFA", &second, &other_than(&code)).await.refusal(), WRONG);
    }
    assert_eq!(answer(&pool, "SMS_MFA", &second, &code).await.refusal(), LOCKED);
    pool.advance(SECOND).await;
    Tokens::of(&answer(&pool, "SMS_MFA", &second, &code).await);
}

async fn the_user_chooses_among_several(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    let mut both = by_sms();
    both["EmailMfaSettings"] = json!({"Enabled": true});
    user(&pool, both).await;
    let offer = pool.sign_in("jane", PASSWORD).await;
    let first = challenged(&offer, "SELECT_MFA_TYPE");
    assert_eq!(offer.body["ChallengeParameters"]["MFAS_CAN_CHOOSE"], r#"["SMS_MFA","EMAIL_OTP"]"#);
    assert!(pool.server.test.messages.take().is_empty());
    let choose = |session: String, choice: &'static str| {
        let responses = json!({"USERNAME": "jane", "ANSWER": choice});
        let pool = &pool;
        async move { pool.respond("SELECT_MFA_TYPE", Some(&session), &responses).await }
    };
    let refused = choose(first.clone(), "SOFTWARE_TOKEN_MFA").await;
    assert_eq!(refused.error(), Some("InvalidParameterException"));
    let by_email = challenged(&choose(first.clone(), "EMAIL_MFA").await, "EMAIL_OTP");
    assert_eq!(choose(first, "SMS_MFA").await.refusal(), USED);
    Tokens::of(&answer(&pool, "EMAIL_OTP", &by_email, &sent(&pool, EMAIL).await).await);
    let second = challenged(&pool.sign_in("jane", PASSWORD).await, "SELECT_MFA_TYPE");
    let by_sms = challenged(&choose(second, "SMS_MFA").await, "SMS_MFA");
    Tokens::of(&answer(&pool, "SMS_MFA", &by_sms, &sent(&pool, PHONE).await).await);
}

async fn messages_to_one_address_are_counted(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    user(&pool, by_sms()).await;
    for _ in 0..20 {
        challenged(&pool.sign_in("jane", PASSWORD).await, "SMS_MFA");
    }
    assert_eq!(pool.sign_in("jane", PASSWORD).await.refusal(), TOO_MANY);
    pool.advance(60 * MINUTE).await;
    challenged(&pool.sign_in("jane", PASSWORD).await, "SMS_MFA");
}

/// A pool where codes are first factors.
async fn passwordless(engine: EngineKind) -> TestPool {
    let settings = json!({
        "SmsConfiguration": sms(),
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}},
    });
    let flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"];
    TestPool::on(engine, settings, json!({"ExplicitAuthFlows": flows, "PreventUserExistenceErrors": "ENABLED"})).await
}

async fn begin(pool: &TestPool, name: &str, preferred: &str) -> Answer {
    let parameters = json!({"USERNAME": name, "PREFERRED_CHALLENGE": preferred});
    pool.app("InitiateAuth", json!({"AuthFlow": "USER_AUTH", "AuthParameters": parameters})).await
}

async fn a_code_alone_signs_in_and_verifies_the_address(engine: EngineKind) {
    let pool = passwordless(engine).await;
    pool.user("jane").await;
    add_phone(&pool, "jane").await;
    for (challenge, to) in [("EMAIL_OTP", EMAIL), ("SMS_OTP", PHONE)] {
        let offer = begin(&pool, "jane", challenge).await;
        let session = challenged(&offer, challenge);
        let code = sent(&pool, to).await;
        assert_eq!(answer(&pool, challenge, &session, &other_than(&code)).await.refusal(), WRONG);
        let tokens = Tokens::of(&answer(&pool, challenge, &session, &code).await);
        assert!(!claims(&tokens.access)["amr"].as_array().unwrap().contains(&json!("pwd")));
        assert_eq!(answer(&pool, challenge, &session, &code).await.refusal(), USED);
    }
    assert_eq!(attribute(&pool, "phone_number_verified").await, "true");
}

async fn a_name_that_is_nobodys_gets_the_same_answers(engine: EngineKind) {
    let pool = passwordless(engine).await;
    pool.user("jane").await;
    let (known, unknown) = (begin(&pool, "jane", "EMAIL_OTP").await, begin(&pool, "nobody", "EMAIL_OTP").await);
    let keys =
        |answer: &Answer| answer.ok()["ChallengeParameters"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&known), keys(&unknown));
    assert_eq!(unknown.body["ChallengeName"], "EMAIL_OTP");
    pool.server.test.send_messages().await.unwrap();
    assert_eq!(pool.server.test.messages.take().len(), 1);
    for (name, offer) in [("jane", &known), ("nobody", &unknown)] {
        for _ in 0..3 {
            let responses = json!({"USERNAME": name, "EMAIL_OTP_CODE": "000000"});
            let refused = pool.respond("EMAIL_OTP", Some(&session(offer)), &responses).await;
            assert_eq!(refused.refusal(), WRONG, "{name}");
        }
        let responses = json!({"USERNAME": name, "EMAIL_OTP_CODE": "000000"});
        assert_eq!(pool.respond("EMAIL_OTP", Some(&session(offer)), &responses).await.refusal(), INVALID);
    }
}

async fn who_is_asked_for_a_second_factor_does_not_begin_with_a_code(engine: EngineKind) {
    let pool = passwordless(engine).await;
    let config = json!({
        "MfaConfiguration": "OPTIONAL",
        "SmsMfaConfiguration": {"SmsConfiguration": sms()},
        "SoftwareTokenMfaConfiguration": {"Enabled": true},
    });
    pool.admin("SetUserPoolMfaConfig", config).await.ok();
    pool.user("jane").await;
    add_phone(&pool, "jane").await;
    challenged(&begin(&pool, "jane", "EMAIL_OTP").await, "EMAIL_OTP");
    pool.admin("AdminSetUserMFAPreference", json!({"Username": "jane", "SMSMfaSettings": {"Enabled": true}}))
        .await
        .ok();
    let offer = begin(&pool, "jane", "EMAIL_OTP").await;
    challenged(&offer, "SELECT_CHALLENGE");
    assert_eq!(offer.body["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD"]));
}
