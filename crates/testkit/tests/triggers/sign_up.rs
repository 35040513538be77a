//! `PreSignUp` and `PostConfirmation`: order, metadata, what they decide, and what callers are told.

use serde_json::{Value, json};
use stepwell_core::ports::lambda::{LambdaAnswer, LambdaError};
use stepwell_testkit::PASSWORD;
use zeroize::Zeroizing;

use super::{own_email, pool, sign_up, with};

/// A function's answer.
type Failing = fn() -> Result<LambdaAnswer, LambdaError>;

const ALL: &[&str] = &["PreSignUp", "CustomMessage", "PostConfirmation"];

#[tokio::test]
async fn a_sign_up_and_its_confirmation() {
    let (pool, lambda) = pool(ALL, json!({}), json!({})).await;
    let told = json!({"ClientMetadata": {"locale": "de"}, "ValidationData": [{"Name": "captcha", "Value": "ok"}]});
    pool.app("SignUp", with(sign_up("ann"), told)).await.ok();
    let calls = lambda.take();
    let sources: Vec<_> = calls.iter().map(stepwell_testkit::Invocation::source).collect();
    assert_eq!(sources, ["PreSignUp_SignUp", "CustomMessage_SignUp"]);
    assert_eq!(
        calls[0].event,
        json!({
            "version": "1", "region": "us-east-1", "userPoolId": pool.id, "userName": "ann",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client},
            "triggerSource": "PreSignUp_SignUp",
            "request": {
                "userAttributes": {"email": "ann@example.com"}, "validationData": {"captcha": "ok"},
                "clientMetadata": {"locale": "de"},
            },
            "response": {"autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false},
        })
    );
    let sub = calls[1].event["request"]["userAttributes"]["sub"].clone();
    assert_eq!(
        calls[1].event["request"],
        json!({
            "userAttributes": {
                "sub": sub, "cognito:user_status": "UNCONFIRMED", "email": "ann@example.com", "email_verified": "false",
            },
            "codeParameter": "{####}", "linkParameter": "{##Click Here##}", "usernameParameter": null,
            "clientMetadata": {"locale": "de"},
        })
    );
    assert_eq!(calls[1].event["response"], json!({"smsMessage": null, "emailMessage": null, "emailSubject": null}));

    let code = pool.code("ann").await;
    let confirm = json!({"Username": "ann", "ConfirmationCode": code, "ClientMetadata": {"step": "2"}});
    pool.app("ConfirmSignUp", confirm).await.ok();
    let calls = lambda.take();
    assert_eq!((calls.len(), calls[0].source()), (1, "PostConfirmation_ConfirmSignUp"));
    assert_eq!(
        calls[0].event["request"],
        json!({
            "userAttributes": {
                "sub": sub, "cognito:user_status": "CONFIRMED", "email": "ann@example.com", "email_verified": "true",
            },
            "clientMetadata": {"step": "2"},
        })
    );
    assert_eq!(calls[0].event["response"], json!({}));
}

#[tokio::test]
async fn without_metadata_there_is_none() {
    let (pool, lambda) = pool(ALL, json!({}), json!({})).await;
    pool.app("SignUp", sign_up("ann")).await.ok();
    let request = &lambda.take()[0].event["request"];
    assert_eq!(request["validationData"], Value::Null);
    assert!(request.get("clientMetadata").is_none() && request.get("userNotFound").is_none());
}

#[tokio::test]
async fn a_refusal_is_told_and_leaves_nothing() {
    let (pool, lambda) = pool(ALL, json!({}), json!({})).await;
    lambda.throws("PreSignUp", "Only from our own domain");
    let refused = pool.app("SignUp", sign_up("ann")).await;
    let expected = ("UserLambdaValidationException", "PreSignUp failed with error Only from our own domain.");
    assert_eq!((refused.refusal(), refused.status.as_u16()), (expected, 400));
    assert_eq!(lambda.sources(), ["PreSignUp_SignUp"]);
    assert_eq!(pool.admin("AdminGetUser", json!({"Username": "ann"})).await.error(), Some("UserNotFoundException"));

    lambda.responds("PreSignUp", json!({}));
    lambda.throws("CustomMessage", "no template");
    let refused = pool.app("SignUp", sign_up("ann")).await;
    assert_eq!(refused.refusal(), ("UserLambdaValidationException", "CustomMessage failed with error no template."));
    assert_eq!(pool.admin("AdminGetUser", json!({"Username": "ann"})).await.error(), Some("UserNotFoundException"));
}

#[tokio::test]
async fn what_goes_wrong_with_a_function() {
    let (pool, lambda) = pool(&["PreSignUp"], json!({}), json!({})).await;
    let answers: [(Failing, &str, &str, usize); 5] = [
        (
            || Err(LambdaError::Timeout),
            "UnexpectedLambdaException",
            "PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.",
            3,
        ),
        (
            || Err(LambdaError::AccessDenied("internal".to_owned())),
            "UnexpectedLambdaException",
            "PreSignUp invocation failed due to error AccessDeniedException.",
            1,
        ),
        (
            || Ok(LambdaAnswer::Returned(Zeroizing::new(b"null".to_vec()))),
            "InvalidLambdaResponseException",
            "Unrecognizable lambda output",
            1,
        ),
        (
            || Ok(LambdaAnswer::Returned(Zeroizing::new(br#"{"response":{"autoConfirmUser":"yes"}}"#.to_vec()))),
            "InvalidLambdaResponseException",
            "Unrecognizable lambda output",
            1,
        ),
        (
            || Ok(LambdaAnswer::Failed(Zeroizing::new(b"<html>".to_vec()))),
            "UserLambdaValidationException",
            "PreSignUp failed with error Unhandled.",
            1,
        ),
    ];
    for (answer, error, message, calls) in answers {
        lambda.handles("PreSignUp", move |_| answer());
        let refused = pool.app("SignUp", sign_up("ann")).await;
        assert_eq!((refused.refusal(), lambda.take().len()), ((error, message), calls));
    }
}

#[tokio::test]
async fn a_pool_whose_functions_run_nowhere_says_so() {
    let config = json!({"LambdaConfig": super::config(&["PreSignUp"])});
    let pool = stepwell_testkit::TestPool::new(config, json!({})).await;
    let refused = pool.app("SignUp", sign_up("ann")).await;
    let expected = "PreSignUp invocation failed due to error ResourceNotFoundException.";
    assert_eq!(refused.refusal(), ("UnexpectedLambdaException", expected));
}

#[tokio::test]
async fn a_user_confirmed_and_verified_by_the_trigger() {
    let (pool, lambda) = pool(ALL, json!({"AliasAttributes": ["email"]}), json!({})).await;
    // Somebody else holds the address as an alias.
    let attributes =
        json!([{"Name": "email", "Value": "ann@example.com"}, {"Name": "email_verified", "Value": "true"}]);
    let other = json!({"Username": "other", "UserAttributes": attributes, "MessageAction": "SUPPRESS"});
    pool.admin("AdminCreateUser", other).await.ok();
    lambda.take();

    lambda.responds("PreSignUp", json!({"autoConfirmUser": true, "autoVerifyEmail": true}));
    let signed_up = pool.app("SignUp", with(sign_up("ann"), json!({"ClientMetadata": {"a": "b"}}))).await;
    assert_eq!(signed_up.ok()["UserConfirmed"], true);
    assert_eq!(signed_up.body.get("CodeDeliveryDetails"), None);
    let calls = lambda.take();
    let sources: Vec<_> = calls.iter().map(stepwell_testkit::Invocation::source).collect();
    assert_eq!(sources, ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]);
    assert_eq!(calls[1].event["request"]["clientMetadata"], json!({"a": "b"}));
    pool.server.test.send_messages().await.unwrap();
    assert!(pool.server.test.messages.take().is_empty());
    assert_eq!(pool.sign_in("ann@example.com", PASSWORD).await.status, 200);
    let other = pool.admin("AdminGetUser", json!({"Username": "other"})).await;
    let verified = other.ok()["UserAttributes"].as_array().unwrap().iter().find(|a| a["Name"] == "email_verified");
    assert_eq!(verified.unwrap()["Value"], "false");
}

#[tokio::test]
async fn what_is_not_there_cannot_be_verified() {
    let (pool, lambda) = pool(&["PreSignUp"], json!({}), json!({})).await;
    lambda.responds("PreSignUp", json!({"autoVerifyPhone": true}));
    let refused = pool.app("SignUp", sign_up("ann")).await;
    assert_eq!(refused.error(), Some("InvalidLambdaResponseException"));
    // Verified alone is not confirmed: a code goes out all the same.
    lambda.responds("PreSignUp", json!({"autoVerifyEmail": true}));
    assert_eq!(pool.app("SignUp", sign_up("ann")).await.ok()["UserConfirmed"], false);
    assert_eq!(pool.sign_in("ann", PASSWORD).await.error(), Some("UserNotConfirmedException"));
    pool.code("ann").await;
}

#[tokio::test]
async fn a_taken_name_asks_for_no_message() {
    let (pool, lambda) = pool(ALL, json!({}), json!({})).await;
    pool.app("SignUp", sign_up("ann")).await.ok();
    lambda.take();
    let taken = pool.app("SignUp", sign_up("ann")).await;
    assert_eq!(taken.refusal(), ("UsernameExistsException", "User already exists"));
    assert_eq!(lambda.sources(), ["PreSignUp_SignUp"]);
}

#[tokio::test]
async fn post_confirmation_comes_too_late_to_refuse() {
    let (pool, lambda) = pool(&["PostConfirmation"], json!({}), json!({})).await;
    lambda.throws("PostConfirmation", "database is down");
    pool.signed_up("ann").await;
    let code = pool.code("ann").await;
    let told = pool.app("ConfirmSignUp", json!({"Username": "ann", "ConfirmationCode": code})).await;
    let expected = ("UserLambdaValidationException", "PostConfirmation failed with error database is down.");
    assert_eq!(told.refusal(), expected);
    assert_eq!(pool.sign_in("ann", PASSWORD).await.status, 200);

    pool.signed_up("bob").await;
    let told = pool.admin("AdminConfirmSignUp", json!({"Username": "bob", "ClientMetadata": {"by": "admin"}})).await;
    assert_eq!(told.refusal(), expected);
    let calls = lambda.take();
    let event = &calls[1].event;
    assert_eq!(event["triggerSource"], "PostConfirmation_ConfirmSignUp");
    assert_eq!(event["callerContext"]["clientId"], "CLIENT_ID_NOT_APPLICABLE");
    assert_eq!(event["request"]["clientMetadata"], json!({"by": "admin"}));
}

#[tokio::test]
async fn a_recovered_password() {
    let (pool, lambda) = pool(ALL, json!({}), json!({})).await;
    pool.user("ann").await;
    lambda.take();
    pool.app("ForgotPassword", json!({"Username": "ann", "ClientMetadata": {"a": "1"}})).await.ok();
    let code = pool.code("ann").await;
    let confirm = json!({
        "Username": "ann", "ConfirmationCode": code, "Password": "Another-Horse-2", "ClientMetadata": {"a": "2"},
    });
    pool.app("ConfirmForgotPassword", confirm).await.ok();
    let calls = lambda.take();
    let told: Vec<_> = calls.iter().map(|call| (call.source(), &call.event["request"]["clientMetadata"])).collect();
    let (first, second) = (json!({"a": "1"}), json!({"a": "2"}));
    assert_eq!(told, [("CustomMessage_ForgotPassword", &first), ("PostConfirmation_ConfirmForgotPassword", &second)]);
}

#[tokio::test]
async fn users_made_by_administrators() {
    let (pool, lambda) = pool(ALL, own_email(), json!({})).await;
    lambda.responds("PreSignUp", json!({"autoConfirmUser": true, "autoVerifyEmail": true}));
    lambda.responds(
        "CustomMessage",
        json!({
            "emailSubject": "Welcome", "emailMessage": "Hello {username}, use {####}.",
        }),
    );
    let create = json!({
        "Username": "ann", "TemporaryPassword": "Temporary-1", "DesiredDeliveryMediums": ["EMAIL"],
        "UserAttributes": [{"Name": "email", "Value": "ann@example.com"}],
        "ValidationData": [{"Name": "v", "Value": "1"}], "ClientMetadata": {"c": "2"},
    });
    let made = pool.admin("AdminCreateUser", create.clone()).await;
    // What the answer says but a refusal means nothing here.
    assert_eq!(made.ok()["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
    let calls = lambda.take();
    let sources: Vec<_> = calls.iter().map(stepwell_testkit::Invocation::source).collect();
    assert_eq!(sources, ["PreSignUp_AdminCreateUser", "CustomMessage_AdminCreateUser"]);
    assert_eq!(
        calls[0].event["request"],
        json!({
            "userAttributes": {"email": "ann@example.com"}, "validationData": {"v": "1"}, "clientMetadata": {"c": "2"},
        })
    );
    assert_eq!(calls[0].event["callerContext"]["clientId"], "CLIENT_ID_NOT_APPLICABLE");
    let request = &calls[1].event["request"];
    assert_eq!((&request["usernameParameter"], &request["codeParameter"]), (&json!("{username}"), &json!("{####}")));
    assert_eq!(request["clientMetadata"], json!({"c": "2"}));
    let (subject, html) = sent(&pool).await;
    assert_eq!((subject.as_str(), html.as_str()), ("Welcome", "Hello ann, use Temporary-1."));

    lambda.throws("PreSignUp", "no");
    let refused = pool.admin("AdminCreateUser", with(create.clone(), json!({"Username": "bob"}))).await;
    assert_eq!(refused.refusal(), ("UserLambdaValidationException", "PreSignUp failed with error no."));
    lambda.take();
    let again = with(create, json!({"MessageAction": "RESEND", "TemporaryPassword": "Temporary-2"}));
    pool.admin("AdminCreateUser", again).await.ok();
    assert_eq!(lambda.sources(), ["CustomMessage_AdminCreateUser"]);
    assert_eq!(sent(&pool).await.1, "Hello ann, use Temporary-2.");
}

/// Subject and text of the one e-mail that is due.
async fn sent(pool: &stepwell_testkit::TestPool) -> (String, String) {
    pool.server.test.send_messages().await.unwrap();
    let messages = pool.server.test.messages.take();
    match messages.as_slice() {
        [stepwell_core::ports::delivery::Message::Email(email)] => (email.subject.clone(), email.html.to_string()),
        other => panic!("{other:?}"),
    }
}
