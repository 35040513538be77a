//! The query protocol on the wire.

use http::Request;
use stepwell_core::HOUR;
use stepwell_testkit::SignedCall;

use super::*;

fn form() -> http::request::Builder {
    Request::post("/").header("host", "127.0.0.1:9229").header("content-type", "application/x-www-form-urlencoded")
}

async fn unsigned(server: &TestServer, body: &str) -> Answer {
    server.send(form(), body.to_owned()).await
}

#[tokio::test]
async fn answers_are_what_strict_readers_want() {
    let server = serving().await;
    let ann = server.test.iam_user("ann", &Value::Null).await;
    let answer = sts(&server, &ann, "GetCallerIdentity", &json!({})).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "text/xml");
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    let request_id = answer.headers["x-amzn-requestid"].to_str().unwrap();
    let user_id = format!("AIDA{:0>16}", "ANN");
    assert_eq!(
        answer.text,
        format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n\
             <GetCallerIdentityResult><Account>{ACCOUNT}</Account><Arn>arn:aws:iam::{ACCOUNT}:user/ann</Arn>\
             <UserId>{user_id}</UserId></GetCallerIdentityResult>\n\
             <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>\n\
             </GetCallerIdentityResponse>\n"
        )
    );
}

#[tokio::test]
async fn get_caller_identity_works_against_an_explicit_deny() {
    let server = serving().await;
    let deny = json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" },
    });
    let ann = server.test.iam_user("ann", &deny).await;
    assert_eq!(who(&server, &ann).await, format!("arn:aws:iam::{ACCOUNT}:user/ann"));
}

#[tokio::test]
async fn what_is_no_operation_is_told_in_xml() {
    let server = serving().await;
    let answer = unsigned(&server, "Action=Nonsense&Version=2011-06-15").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.query_refusal(), ("InvalidAction", "Could not find operation Nonsense for version 2011-06-15"));
    for body in ["", "Action=GetCallerIdentity", "Action=GetCallerIdentity&Version=2010-05-08", "Version=2011-06-15"] {
        assert_eq!(unsigned(&server, body).await.query_refusal().0, "InvalidAction", "{body}");
    }
    for body in ["Action=%zz", "Action=a&Action=b", "a.b=1&a=2", "Action=%ff"] {
        let answer = unsigned(&server, body).await;
        assert_eq!((answer.status.as_u16(), answer.query_refusal().0), (400, "MalformedInput"), "{body}");
    }
    // Another protocol's door does not lead here.
    let target =
        Request::post("/").header("host", "127.0.0.1:9229").header("x-amz-target", "2011-06-15.GetCallerIdentity");
    let answer = server.send(target, "{}").await;
    assert_eq!(answer.error(), Some("UnknownOperationException"));
    // A GET is one with an action in the query string.
    for (target, code) in [
        ("/?Action=GetCallerIdentity&Version=2011-06-15", "MissingAuthenticationToken"),
        ("/?Action=Nonsense&Version=2011-06-15", "InvalidAction"),
        ("/", "InvalidAction"),
    ] {
        let get = Request::get(target)
            .header("host", "127.0.0.1:9229")
            .header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(server.send(get, "").await.query_refusal().0, code, "{target}");
    }
}

#[tokio::test]
async fn what_browsers_ask_first_is_answered() {
    let server = serving().await;
    let preflight = Request::options("/")
        .header("host", "127.0.0.1:9229")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,x-amz-user-agent");
    let answer = server.send(preflight, "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["access-control-allow-headers"], "content-type,x-amz-user-agent");
}

#[tokio::test]
async fn validation_speaks_awss_words() {
    let server = serving().await;
    let body = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fx\
                &RoleSessionName=a%20b&WebIdentityToken=abcd";
    let answer = unsigned(&server, body).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.query_refusal(),
        (
            "ValidationError",
            "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: [\\w+=,.@-]*"
        )
    );
}

#[tokio::test]
async fn signatures_are_refused_in_the_protocols_words() {
    let server = serving().await;
    let ann = server.test.iam_user("ann", &Value::Null).await;
    let answer = unsigned(&server, "Action=GetCallerIdentity&Version=2011-06-15").await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.query_refusal(), ("MissingAuthenticationToken", "Request is missing Authentication Token"));

    let mut stranger = ann.clone();
    stranger.access_key_id = "AKIAAAAAAAAAAAAAAAAA".to_owned();
    let answer = sts(&server, &stranger, "GetCallerIdentity", &json!({})).await;
    assert_eq!(answer.status, 403);
    let words = "The security token included in the request is invalid.";
    assert_eq!(answer.query_refusal(), ("InvalidClientTokenId", words));

    let mut wrong = ann.clone();
    wrong.secret.push('x');
    let answer = sts(&server, &wrong, "GetCallerIdentity", &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.query_refusal().0), (403, "SignatureDoesNotMatch"));

    let now = 1_800_000_000_000;
    let old = SignedCall::new(&ann, Service::Sts, "GetCallerIdentity", &json!({}), now - HOUR);
    assert_eq!(server.send_signed(&old).await.query_refusal().0, "SignatureDoesNotMatch");

    // A signature for another service or of another body.
    let mut call = SignedCall::new(&ann, Service::Sts, "GetCallerIdentity", &json!({}), now);
    call.body.push_str("&X=y");
    assert_eq!(server.send_signed(&call).await.query_refusal().0, "SignatureDoesNotMatch");
    let body = "Action=GetCallerIdentity&Version=2011-06-15".to_owned();
    let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let call = SignedCall::sign(&ann, "iam", "/", headers, body, now);
    let answer = server.send_signed(&call).await;
    assert!(answer.query_refusal().1.contains("correct service: 'sts'"), "{}", answer.text);
}

#[tokio::test]
async fn an_inactive_key_is_refused_and_so_is_a_key_whose_user_is_gone() {
    let server = serving().await;
    let ann = server.test.iam_user("ann", &Value::Null).await;
    let root = server.test.iam_user("root-of-tests", &allow("*", "*")).await;
    let iam = async |operation: &str, input: Value| server.signed(&root, Service::Iam, operation, &input).await;
    let status = |status: &str| json!({ "UserName": "ann", "AccessKeyId": ann.access_key_id, "Status": status });
    assert_eq!(iam("UpdateAccessKey", status("Inactive")).await.status, 200);
    let answer = sts(&server, &ann, "GetCallerIdentity", &json!({})).await;
    assert_eq!(answer.query_refusal().0, "InvalidClientTokenId");
    assert_eq!(iam("UpdateAccessKey", status("Active")).await.status, 200);
    assert_eq!(who(&server, &ann).await, format!("arn:aws:iam::{ACCOUNT}:user/ann"));
    let user = server.test.domain.stores.iam.user("ann").await.unwrap().unwrap();
    server.test.delete_iam(&Entity::User(Box::new(user))).await;
    let answer = sts(&server, &ann, "GetCallerIdentity", &json!({})).await;
    assert_eq!(answer.query_refusal().0, "InvalidClientTokenId");
}

#[tokio::test]
async fn regions_are_the_own_and_for_global_services_that_of_the_globe() {
    let test = DomainBuilder::default().settings(|settings| {
        settings.dev = false;
        settings.region = "eu-central-1".to_owned();
    });
    let server = TestServer::with(test.build().await.unwrap(), Mode::Serve);
    let root = server.test.iam_user("root-of-tests", &allow("*", "*")).await;
    // Test calls are signed for us-east-1.
    assert_eq!(sts(&server, &root, "GetCallerIdentity", &json!({})).await.status, 200);
    assert_eq!(server.signed(&root, Service::Iam, "ListUsers", &json!({})).await.status, 200);
    let answer = server.signed(&root, Service::Idp, "ListUserPools", &json!({ "MaxResults": 1 })).await;
    assert_eq!(answer.error(), Some("InvalidSignatureException"));
}
