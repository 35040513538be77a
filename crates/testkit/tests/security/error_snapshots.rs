//! Errors on the wire: status, headers and body.

use std::fmt::Write as _;

use serde_json::{Value, json};
use stepwell_testkit::{Answer, TestPool};

fn show(out: &mut String, case: &str, answer: &Answer) {
    let header =
        |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    writeln!(out, "# {case}\n{} {}", answer.status.as_u16(), header("content-type")).unwrap();
    for name in ["x-amzn-errortype", "x-amzn-errormessage", "access-control-allow-origin"] {
        writeln!(out, "{name}: {}", header(name)).unwrap();
    }
    assert_eq!(header("x-amzn-requestid").len(), 36);
    writeln!(out, "{}\n", answer.body).unwrap();
}

#[tokio::test]
async fn on_the_wire() {
    let pool = TestPool::new(json!({"AutoVerifiedAttributes": ["email"]}), json!({})).await;
    pool.user("jane").await;
    let mut out = String::new();
    let prefix = "AWSCognitoIdentityProviderService";
    for (case, target, body) in [
        ("no target", "", "{}"),
        ("an unknown target", "AWSCognitoIdentityProviderService.Nonsense", "{}"),
        ("another service's target", "DynamoDB_20120810.GetItem", "{}"),
        ("an operation that is not built", "AWSCognitoIdentityProviderService.StartUserImportJob", "{}"),
        ("no JSON", "AWSCognitoIdentityProviderService.GetUser", "{"),
        ("no object", "AWSCognitoIdentityProviderService.GetUser", "[]"),
        ("a wrong type", "AWSCognitoIdentityProviderService.GetUser", "{\"AccessToken\": 1}"),
        ("a NUL character", "AWSCognitoIdentityProviderService.GetUser", "{\"AccessToken\": \"a\\u0000b\"}"),
        ("a missing member", "AWSCognitoIdentityProviderService.GetUser", "{}"),
        ("several constraints", "AWSCognitoIdentityProviderService.CreateGroup", "{\"GroupName\": \"\"}"),
        (
            "a secret that breaks a constraint",
            "AWSCognitoIdentityProviderService.SignUp",
            "{\"ClientId\": \"a b\", \"Username\": \"\", \"Password\": \"\"}",
        ),
        (
            "an unknown enum value",
            "AWSCognitoIdentityProviderService.InitiateAuth",
            "{\"ClientId\": \"abc\", \"AuthFlow\": \"MAGIC\"}",
        ),
        (
            "an unknown pool",
            "AWSCognitoIdentityProviderService.DescribeUserPool",
            "{\"UserPoolId\": \"us-east-1_unknown00\"}",
        ),
        (
            "an unknown client",
            "AWSCognitoIdentityProviderService.InitiateAuth",
            "{\"ClientId\": \"abc\", \"AuthFlow\": \"USER_PASSWORD_AUTH\"}",
        ),
        ("not a token", "AWSCognitoIdentityProviderService.GetUser", "{\"AccessToken\": \"abc\"}"),
    ] {
        assert!(target.is_empty() || target.starts_with(prefix) || target.starts_with("DynamoDB"));
        show(&mut out, case, &pool.server.raw(target, body.as_bytes().to_vec()).await);
    }
    let long = json!({"AccessToken": "a".repeat(2 << 20)}).to_string().into_bytes();
    let long = pool.server.raw("AWSCognitoIdentityProviderService.GetUser", long).await;
    show(&mut out, "a body beyond the limit", &long);
    show(&mut out, "no signature", &pool.server.app("ListUserPools", &json!({"MaxResults": 1})).await);
    show(&mut out, "a wrong password", &pool.sign_in("jane", "Wrong-Horse-9").await);
    show(&mut out, "an unknown user", &pool.sign_in("nobody", "Wrong-Horse-9").await);
    let weak = json!({"Username": "joe", "Password": "weak"});
    show(&mut out, "a weak password", &pool.app("SignUp", weak).await);
    let taken = json!({"Username": "jane", "Password": "Correct-Horse-1"});
    show(&mut out, "a taken username", &pool.app("SignUp", taken).await);
    insta::assert_snapshot!("errors", out.replace(&pool.client, "[client]").replace(&pool.id, "[pool]"));
}

#[tokio::test]
async fn other_requests_than_calls() {
    let pool = TestPool::new(json!({}), json!({})).await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD"] {
        let request = http::Request::builder().method(method).uri("/").header("host", "127.0.0.1:9229");
        let answer = pool.server.send(request, String::new()).await;
        assert_eq!(answer.status, 400, "{method}");
        assert_eq!(answer.headers["x-amzn-errortype"], "UnknownOperationException:", "{method}");
    }
    let preflight = http::Request::builder()
        .method("OPTIONS")
        .uri("/")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,x-amz-target,x-amz-user-agent");
    let answer = pool.server.send(preflight, String::new()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["access-control-allow-headers"], "content-type,x-amz-target,x-amz-user-agent");
    assert_eq!(answer.body, Value::Null);
}
