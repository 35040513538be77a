//! `CustomMessage`: which source, which texts are taken, and equal answers for names that are nobody's.

use serde_json::{Value, json};
use stepwell_core::ports::delivery::Message;
use stepwell_testkit::TestPool;

use super::{masking, own_email, pool, with};

const TRIGGER: &[&str] = &["CustomMessage"];

async fn sent(pool: &TestPool) -> Vec<(String, String)> {
    pool.server.test.send_messages().await.unwrap();
    let read = |message: &Message| match message {
        Message::Email(email) => (email.subject.clone(), email.html.to_string()),
        Message::Sms(sms) => (String::new(), sms.text.to_string()),
        Message::Custom(custom) => panic!("{custom:?}"),
    };
    pool.server.test.messages.take().iter().map(read).collect()
}

#[tokio::test]
async fn the_functions_text_goes_out() {
    let (pool, lambda) = pool(TRIGGER, own_email(), json!({})).await;
    lambda.responds("CustomMessage", json!({"emailSubject": "Hi", "emailMessage": "<b>{####}</b>"}));
    pool.signed_up("ann").await;
    let messages = sent(&pool).await;
    let [(subject, html)] = messages.as_slice() else { panic!("{messages:?}") };
    let code = html.trim_start_matches("<b>").trim_end_matches("</b>");
    assert_eq!(subject, "Hi");
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{html}");
}

#[tokio::test]
async fn a_text_without_the_code_is_none() {
    let (pool, lambda) = pool(TRIGGER, own_email(), json!({})).await;
    lambda.responds("CustomMessage", json!({"emailSubject": "Hi", "emailMessage": "no code in here"}));
    pool.signed_up("ann").await;
    let messages = sent(&pool).await;
    assert_eq!(messages[0].0, "Hi");
    assert!(messages[0].1.starts_with("Your confirmation code is "), "{messages:?}");
}

#[tokio::test]
async fn what_cannot_be_sent_is_not() {
    // Cognito's guide wants a sender of the pool's own for this; the operator's transport serves all pools alike.
    let (pool, lambda) = pool(TRIGGER, json!({}), json!({})).await;
    for (name, response) in [
        ("long", json!({"emailMessage": format!("{{####}}{}", "x".repeat(20_000))})),
        ("subject", json!({"emailSubject": "x".repeat(141)})),
        ("header", json!({"emailSubject": "a\r\nBcc: everybody@example.com"})),
        ("empty", json!({"emailSubject": "", "emailMessage": "", "smsMessage": ""})),
    ] {
        lambda.responds("CustomMessage", response);
        pool.signed_up(name).await;
        let messages = sent(&pool).await;
        assert_eq!(messages[0].0, "Your verification code", "{name}");
        assert!(messages[0].1.starts_with("Your confirmation code is "), "{name}");
    }
    lambda.responds("CustomMessage", json!({"emailMessage": 7}));
    let refused = pool.app("SignUp", super::sign_up("kind")).await;
    assert_eq!(refused.refusal(), ("InvalidLambdaResponseException", "Unrecognizable lambda output"));
}

#[tokio::test]
async fn links_have_their_own_placeholder() {
    let template = json!({"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}});
    let (pool, lambda) = pool(TRIGGER, with(own_email(), template), json!({})).await;
    lambda.handles("CustomMessage", |event| {
        let mut event = event.clone();
        let link = event["request"]["linkParameter"].as_str().unwrap().to_owned();
        event["response"] = json!({"emailMessage": format!("Go: {link}!")});
        Ok(stepwell_core::ports::lambda::LambdaAnswer::Returned(event.to_string().into_bytes().into()))
    });
    pool.signed_up("ann").await;
    let html = sent(&pool).await[0].1.clone();
    assert!(html.starts_with("Go: <a href=\"") && html.ends_with(">Click Here</a>!"), "{html}");
}

#[tokio::test]
async fn every_occasion_has_its_source() {
    let (pool, lambda) = pool(TRIGGER, json!({}), json!({})).await;
    pool.signed_up("ann").await;
    pool.app("ResendConfirmationCode", json!({"Username": "ann", "ClientMetadata": {"n": "1"}})).await.ok();
    assert_eq!(lambda.sources(), ["CustomMessage_SignUp", "CustomMessage_ResendCode"]);

    pool.user("bob").await;
    let access = pool.tokens("bob").await.access;
    lambda.take();
    let changed =
        json!({"UserAttributes": [{"Name": "email", "Value": "b@example.com"}], "ClientMetadata": {"n": "2"}});
    pool.own("UpdateUserAttributes", &access, changed).await.ok();
    let asked = json!({"AttributeName": "email", "ClientMetadata": {"n": "3"}});
    pool.own("GetUserAttributeVerificationCode", &access, asked).await.ok();
    pool.admin("AdminResetUserPassword", json!({"Username": "bob", "ClientMetadata": {"n": "4"}})).await;
    let attributes = json!([{"Name": "email", "Value": "c@example.com"}]);
    let update = json!({"Username": "bob", "UserAttributes": attributes, "ClientMetadata": {"n": "5"}});
    pool.admin("AdminUpdateUserAttributes", update).await.ok();
    let calls = lambda.take();
    let told: Vec<_> = calls
        .iter()
        .map(|call| (call.source(), call.event["request"]["clientMetadata"]["n"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("CustomMessage_UpdateUserAttribute", "2"),
            ("CustomMessage_VerifyUserAttribute", "3"),
            ("CustomMessage_UpdateUserAttribute", "5"),
        ]
    );
    let event = &calls[0].event;
    assert_eq!(event["request"]["userAttributes"]["email"], "b@example.com");
    assert_eq!(event["callerContext"]["clientId"], json!(pool.client));
    assert_eq!(calls[2].event["callerContext"]["clientId"], "CLIENT_ID_NOT_APPLICABLE");
}

#[tokio::test]
async fn an_administrators_reset() {
    let (pool, lambda) = pool(TRIGGER, json!({}), json!({})).await;
    pool.user("ann").await;
    lambda.take();
    pool.admin("AdminResetUserPassword", json!({"Username": "ann", "ClientMetadata": {"n": "4"}})).await.ok();
    let calls = lambda.take();
    assert_eq!((calls.len(), calls[0].source()), (1, "CustomMessage_ForgotPassword"));
    assert_eq!(calls[0].event["request"]["clientMetadata"], json!({"n": "4"}));
}

/// Where the client hides users, the function is asked for nobody's message as well and its refusal is told in both
/// cases: neither time nor errors tell who is there.
#[tokio::test]
async fn nobody_looks_like_somebody() {
    let (pool, lambda) = pool(TRIGGER, json!({}), masking()).await;
    pool.user("ann").await;
    lambda.take();
    for operation in ["ForgotPassword", "ResendConfirmationCode"] {
        let mut answers: Vec<Value> = Vec::new();
        for name in ["ann", "nobody"] {
            answers.push(pool.app(operation, json!({"Username": name})).await.ok().clone());
            assert_eq!(lambda.take().len(), 1, "{operation} {name}");
        }
        assert_eq!(
            answers[0]["CodeDeliveryDetails"]["DeliveryMedium"],
            answers[1]["CodeDeliveryDetails"]["DeliveryMedium"]
        );
    }
    lambda.throws("CustomMessage", "unknown locale");
    for name in ["ann", "nobody"] {
        let refused = pool.app("ForgotPassword", json!({"Username": name})).await;
        assert_eq!(refused.error(), Some("UserLambdaValidationException"), "{name}");
        let event = lambda.take()[0].event.clone();
        assert_eq!(event["userName"], name);
        assert!(event["request"]["userAttributes"]["email"].is_string());
        assert_eq!(event["request"].get("userNotFound"), (name == "nobody").then_some(&json!(true)));
    }
}
