//! `GetSessionToken` and `GetAccessKeyInfo`.

use super::*;

#[tokio::test]
async fn a_users_session_has_the_users_permissions() {
    let server = serving().await;
    let ann = server.test.iam_user("ann", &allow("*", "*")).await;
    let answer = sts(&server, &ann, "GetSessionToken", &json!({})).await;
    assert_eq!(answer.element("Expiration"), Some("2027-01-15T20:00:00Z"));
    let session = given(&answer);
    assert_eq!(who(&server, &session).await, format!("arn:aws:iam::{ACCOUNT}:user/ann"));
    let pools = server.signed(&session, Service::Idp, "ListUserPools", &json!({ "MaxResults": 1 })).await;
    assert_eq!(pools.status, 200, "{}", pools.text);
    // But for IAM, and of STS all but two operations.
    let iam = server.signed(&session, Service::Iam, "ListUsers", &json!({})).await;
    assert_eq!((iam.status.as_u16(), iam.query_refusal().0), (403, "InvalidClientTokenId"));
    let again = sts(&server, &session, "GetSessionToken", &json!({})).await;
    assert_eq!(again.query_refusal(), ("AccessDenied", "Cannot call GetSessionToken with session credentials"));
    let info = sts(&server, &session, "GetAccessKeyInfo", &json!({ "AccessKeyId": ann.access_key_id })).await;
    assert_eq!(info.query_refusal().0, "AccessDenied");
    role(&server.test, "r", &trust(&account(), &["sts:AssumeRole"], &Value::Null), &Value::Null, 3_600).await;
    given(&assume(&server, &session, "r", &json!({})).await);
}

#[tokio::test]
async fn a_users_session_is_the_users_by_whatever_name_and_path() {
    let server = serving().await;
    let root = server.test.iam_user("root-of-tests", &allow("*", "*")).await;
    let ann = server.test.iam_user("ann", &allow("cognito-idp:ListUserPools", "*")).await;
    let session = given(&sts(&server, &ann, "GetSessionToken", &json!({})).await);
    let pools = async || server.signed(&session, Service::Idp, "ListUserPools", &json!({ "MaxResults": 1 })).await;
    for (change, arn) in [
        (json!({ "UserName": "ann", "NewPath": "/staff/" }), "user/staff/ann"),
        (json!({ "UserName": "ann", "NewUserName": "anna" }), "user/staff/anna"),
        (json!({ "UserName": "anna", "NewUserName": "ANNA", "NewPath": "/" }), "user/ANNA"),
    ] {
        assert_eq!(server.signed(&root, Service::Iam, "UpdateUser", &change).await.status, 200);
        for credentials in [&ann, &session] {
            assert_eq!(who(&server, credentials).await, format!("arn:aws:iam::{ACCOUNT}:{arn}"));
        }
        assert_eq!(pools().await.status, 200);
    }
    // Somebody else under the old name is somebody else.
    let other = server.signed(&root, Service::Iam, "CreateUser", &json!({ "UserName": "ann" })).await;
    assert_eq!(other.status, 200);
    assert_eq!(pools().await.status, 200);
    assert_eq!(who(&server, &session).await, format!("arn:aws:iam::{ACCOUNT}:user/ANNA"));
}

#[tokio::test]
async fn a_role_has_no_session_tokens_of_its_own() {
    let server = serving().await;
    let identity = server.test.iam_role("r", &allow("*", "*")).await;
    let session = server.test.session(&identity, stepwell_core::iam::TemporarySession::default());
    let answer = sts(&server, &session, "GetSessionToken", &json!({})).await;
    assert_eq!(answer.query_refusal(), ("AccessDenied", "Cannot call GetSessionToken with session credentials"));
}

#[tokio::test]
async fn durations_and_second_factors() {
    let server = serving().await;
    let ann = server.test.iam_user("ann", &Value::Null).await;
    let asked = async |input: Value| sts(&server, &ann, "GetSessionToken", &input).await;
    let answer = asked(json!({ "DurationSeconds": "129600" })).await;
    assert_eq!(answer.element("Expiration"), Some("2027-01-16T20:00:00Z"));
    assert_eq!(asked(json!({ "DurationSeconds": "129601" })).await.query_refusal().0, "ValidationError");
    let mfa = asked(json!({ "SerialNumber": "arn:aws:iam::000000000000:mfa/ann", "TokenCode": "123456" })).await;
    assert!(mfa.query_refusal().1.contains("not supported by this build"), "{}", mfa.text);
}

#[tokio::test]
async fn in_dev_the_account_itself_gets_an_hour_which_serve_does_not_take() {
    let server = TestServer::start().await.unwrap();
    let anyone = Credentials { access_key_id: "test".to_owned(), secret: "test".to_owned(), session_token: None };
    let answer = sts(&server, &anyone, "GetSessionToken", &json!({ "DurationSeconds": "43200" })).await;
    assert_eq!(answer.element("Expiration"), Some("2027-01-15T09:00:00Z"));
    let session = given(&answer);
    assert_eq!(who(&server, &session).await, format!("arn:aws:iam::{ACCOUNT}:root"));
    let serving = DomainBuilder::default().settings(|settings| settings.dev = false).beside(&server.test).await;
    let serving = TestServer::with(serving.unwrap(), Mode::Serve);
    let answer = sts(&serving, &session, "GetCallerIdentity", &json!({})).await;
    assert_eq!(answer.query_refusal().0, "InvalidClientTokenId");
}

#[tokio::test]
async fn access_keys_tell_their_account() {
    let server = serving().await;
    let ann = server.test.iam_user("ann", &allow("sts:GetAccessKeyInfo", "*")).await;
    let info = async |id: &str| sts(&server, &ann, "GetAccessKeyInfo", &json!({ "AccessKeyId": id })).await;
    assert_eq!(info(&ann.access_key_id).await.element("Account"), Some(ACCOUNT));
    assert_eq!(info("ASIAAAAAAAAAAAAAAAAA").await.element("Account"), Some(ACCOUNT));
    assert_eq!(info("AKIAAAAAAAAAAAAAAAAA").await.query_refusal().0, "ValidationError");
    let bob = server.test.iam_user("bob", &Value::Null).await;
    let answer = sts(&server, &bob, "GetAccessKeyInfo", &json!({ "AccessKeyId": ann.access_key_id })).await;
    assert_eq!(answer.query_refusal().0, "AccessDenied");
}
