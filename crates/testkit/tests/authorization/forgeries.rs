//! Tricks against signatures by temporary credentials: none gets through, and none of the refusals says how far it came.

use serde_json::json;
use stepwell_core::iam::TemporarySession;
use stepwell_core::ports::clock::Clock as _;
use stepwell_model::Service;
use stepwell_testkit::{Answer, Credentials, SignedCall};

use crate::{Enforcing, allow};

const MISMATCH: &str = "InvalidSignatureException";
const UNKNOWN: &str = "UnrecognizedClientException";

struct Attempt {
    test: Enforcing,
    credentials: Credentials,
}

impl Attempt {
    async fn new() -> Self {
        let test = Enforcing::start().await;
        let role = test.server.test.iam_role("app", &allow("*", "*")).await;
        let credentials = test.server.test.session(&role, TemporarySession::default());
        Self { test, credentials }
    }

    fn call(&self) -> SignedCall {
        self.call_with(&self.credentials)
    }

    fn call_with(&self, credentials: &Credentials) -> SignedCall {
        let now = self.test.server.test.clock.now();
        SignedCall::new(credentials, Service::Idp, "ListUserPools", &json!({ "MaxResults": 10 }), now)
    }

    async fn send(&self, call: &SignedCall) -> Answer {
        self.test.server.send_signed(call).await
    }

    #[track_caller]
    fn assert_refused(answer: &Answer, code: &str, what: &str) {
        assert_eq!(answer.error(), Some(code), "{what}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_genuine_request_passes() {
    let attempt = Attempt::new().await;
    attempt.send(&attempt.call()).await.ok();
}

#[tokio::test]
async fn session_tokens_are_bound_to_their_key() {
    let attempt = Attempt::new().await;
    let genuine = attempt.credentials.clone();
    let role = attempt.test.server.test.iam_role("other", &allow("*", "*")).await;
    let other = attempt.test.server.test.session(&role, TemporarySession::default());
    let token = genuine.session_token.clone().unwrap();
    let flip = |at: usize| {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let with = |session_token: Option<String>| Credentials { session_token, ..genuine.clone() };
    for (what, credentials) in [
        ("another key's token", with(other.session_token.clone())),
        ("no token", with(None)),
        ("a changed prefix", with(Some(flip(2)))),
        ("a changed first byte", with(Some(flip(20)))),
        ("a changed byte", with(Some(flip(token.len() / 2)))),
        ("a changed end", with(Some(flip(token.len() - 1)))),
        ("a cut token", with(Some(token[..token.len() - 4].to_owned()))),
        ("a longer token", with(Some(format!("{token}AAAA")))),
        ("an empty token", with(Some(String::new()))),
        ("a huge token", with(Some(format!("{token}{}", "A".repeat(15_000))))),
        ("another id with this token", Credentials { access_key_id: other.access_key_id.clone(), ..genuine.clone() }),
    ] {
        let answer = attempt.send(&attempt.call_with(&credentials)).await;
        assert!(matches!(answer.error(), Some(UNKNOWN | MISMATCH)), "{what}: {}", answer.body);
    }
    // The right token under the other's secret.
    let crossed = Credentials { secret: other.secret.clone(), ..genuine.clone() };
    Attempt::assert_refused(&attempt.send(&attempt.call_with(&crossed)).await, MISMATCH, "another secret");
    // A long-term key with a token of ours beside it.
    let long_term = attempt.test.admin.clone();
    let dressed = Credentials { session_token: genuine.session_token.clone(), ..long_term };
    Attempt::assert_refused(&attempt.send(&attempt.call_with(&dressed)).await, UNKNOWN, "a long-term key with a token");
}

#[tokio::test]
async fn an_unsigned_token_does_not_count() {
    let attempt = Attempt::new().await;
    // Signed without the token, which is added afterwards.
    let bare = Credentials { session_token: None, ..attempt.credentials.clone() };
    let mut call = attempt.call_with(&bare);
    call.headers.push(("x-amz-security-token".to_owned(), attempt.credentials.session_token.clone().unwrap()));
    Attempt::assert_refused(&attempt.send(&call).await, MISMATCH, "an unsigned token");
}

#[tokio::test]
async fn headers_that_come_twice_are_refused() {
    let attempt = Attempt::new().await;
    let genuine = attempt.call();
    let doubled: Vec<String> = genuine.headers.iter().map(|(name, _)| name.clone()).collect();
    for name in doubled {
        for first in [false, true] {
            for value in ["x", genuine.headers.iter().find(|(known, _)| *known == name).unwrap().1.as_str()] {
                let mut call = genuine.clone();
                let at = if first { 0 } else { call.headers.len() };
                call.headers.insert(at, (name.clone(), value.to_owned()));
                let answer = attempt.send(&call).await;
                assert!(answer.status.is_client_error(), "{name} twice: {}", answer.body);
            }
        }
    }
}

#[tokio::test]
async fn what_was_signed_cannot_be_changed() {
    let attempt = Attempt::new().await;
    let genuine = attempt.call();
    let mut changed: Vec<(&str, SignedCall)> = Vec::new();
    let mut edit = |what, change: &dyn Fn(&mut SignedCall)| {
        let mut call = genuine.clone();
        change(&mut call);
        changed.push((what, call));
    };
    edit("another operation", &|call| {
        *call.header("x-amz-target") = "AWSCognitoIdentityProviderService.CreateUserPool".to_owned();
        call.body = r#"{"PoolName":"p"}"#.to_owned();
    });
    edit("another target only", &|call| {
        *call.header("x-amz-target") = "AWSCognitoIdentityProviderService.ListUsers".to_owned();
        call.body = r#"{"UserPoolId":"us-east-1_aaaaaaaaa"}"#.to_owned();
    });
    edit("another body", &|call| call.body = r#"{"MaxResults":11}"#.to_owned());
    edit("another path", &|call| call.target = "/x".to_owned());
    edit("a query", &|call| call.target = "/?a=b".to_owned());
    edit("another host", &|call| *call.header("host") = "evil.example".to_owned());
    edit("an unsigned amz header", &|call| call.headers.push(("x-amz-extra".to_owned(), "1".to_owned())));
    edit("host not signed", &|call| {
        let authorization = call.header("authorization");
        *authorization = authorization.replace("host;", "");
    });
    edit("no signed headers", &|call| {
        let authorization = call.header("authorization");
        let start = authorization.find("SignedHeaders=").unwrap();
        let end = start + authorization[start..].find(',').unwrap();
        authorization.replace_range(start..end, "SignedHeaders=");
    });
    edit("another service", &|call| {
        let authorization = call.header("authorization");
        *authorization = authorization.replace("/cognito-idp/", "/cognito-identity/");
    });
    edit("another region", &|call| {
        let authorization = call.header("authorization");
        *authorization = authorization.replace("/us-east-1/", "/eu-west-1/");
    });
    edit("a zero signature", &|call| {
        let authorization = call.header("authorization");
        let start = authorization.find("Signature=").unwrap();
        authorization.replace_range(start.., &format!("Signature={}", "0".repeat(64)));
    });
    edit("an empty signature", &|call| {
        let authorization = call.header("authorization");
        let start = authorization.find("Signature=").unwrap();
        authorization.replace_range(start.., "Signature=");
    });
    for (what, call) in &changed {
        let answer = attempt.send(call).await;
        assert!(answer.status.is_client_error(), "{what}: {}", answer.body);
        let expected = ["InvalidSignatureException", "IncompleteSignatureException"];
        assert!(expected.contains(&answer.error().unwrap_or_default()), "{what}: {}", answer.body);
    }
}

#[tokio::test]
async fn encodings_of_a_path_are_not_confused() {
    let attempt = Attempt::new().await;
    let now = attempt.test.server.test.clock.now();
    let sign = |path: &str| {
        let headers = vec![
            ("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target".to_owned(), "AWSCognitoIdentityProviderService.ListUserPools".to_owned()),
        ];
        SignedCall::sign(&attempt.credentials, "cognito-idp", path, headers, r#"{"MaxResults":1}"#.to_owned(), now)
    };
    attempt.send(&sign("/a%20b")).await.ok();
    for (signed, sent) in [
        ("/a%20b", "/a%2520b"),
        ("/a%2520b", "/a%20b"),
        ("/a%2Fb", "/a/b"),
        ("/a/b", "/a%2Fb"),
        ("/a%2e%2e/b", "/b"),
        ("/a+b", "/a%20b"),
        ("/A", "/a"),
    ] {
        let mut call = sign(signed);
        call.target = sent.to_owned();
        Attempt::assert_refused(&attempt.send(&call).await, MISMATCH, &format!("{signed} sent as {sent}"));
    }
}

#[tokio::test]
async fn stale_signatures_are_refused_on_both_sides_of_the_window() {
    let attempt = Attempt::new().await;
    let call = attempt.call();
    // Within the window the same request may come again: calls are idempotent or guarded by what they do.
    attempt.send(&call).await.ok();
    attempt.test.server.test.advance(5 * 60_000).await.unwrap();
    attempt.send(&call).await.ok();
    attempt.test.server.test.advance(1_000).await.unwrap();
    Attempt::assert_refused(&attempt.send(&call).await, MISMATCH, "five minutes and a second later");

    let now = attempt.test.server.test.clock.now();
    let input = json!({ "MaxResults": 10 });
    let early = SignedCall::new(&attempt.credentials, Service::Idp, "ListUserPools", &input, now + 5 * 60_000 + 1_000);
    Attempt::assert_refused(&attempt.send(&early).await, MISMATCH, "from the future");
    // A fresh date on an old signature.
    let mut redated = call.clone();
    let fresh = attempt.call().header("x-amz-date").clone();
    *redated.header("x-amz-date") = fresh;
    Attempt::assert_refused(&attempt.send(&redated).await, MISMATCH, "a new date");
}
