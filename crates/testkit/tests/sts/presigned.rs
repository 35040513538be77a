//! Requests whose parameters and signature stand in the URL, as authenticators hand them on.

use http::{Method, Request};
use stepwell_core::iam::TemporarySession;
use stepwell_core::ports::clock::Clock as _;
use stepwell_core::{MINUTE, SECOND};
use stepwell_testkit::SignedCall;

use super::*;

const WHO: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const HOST: &str = "127.0.0.1:9229";

fn presign(server: &TestServer, credentials: &Credentials, query: &str, seconds: u32) -> SignedCall {
    SignedCall::presign(credentials, "sts", query, &[], seconds, server.test.clock.now())
}

/// The code of a refusal; empty if there was none.
async fn refused(server: &TestServer, call: &SignedCall) -> String {
    let answer = server.send_signed(call).await;
    assert_eq!(answer.status == 200, answer.query_refusal().0.is_empty(), "{}", answer.text);
    answer.query_refusal().0.to_owned()
}

fn put(call: &mut SignedCall, from: &str, to: &str) {
    call.target = call.target.replace(from, to);
}

fn append(call: &mut SignedCall, more: &str) {
    call.target.push_str(more);
}

fn ann_arn() -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/ann")
}

#[tokio::test]
async fn a_url_says_who_signed_it() {
    let server = serving().await;
    let ann = server.test.iam_user("ann", &Value::Null).await;
    let call = presign(&server, &ann, WHO, 60);
    let answer = server.send_signed(&call).await;
    assert_eq!((answer.status.as_u16(), answer.element("Arn")), (200, Some(ann_arn().as_str())), "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "text/xml");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");

    // EKS: the cluster stands in a header that is signed along.
    let now = server.test.clock.now();
    let cluster = |name: &'static str| SignedCall::presign(&ann, "sts", WHO, &[("x-k8s-aws-id", name)], 60, now);
    assert_eq!(server.send_signed(&cluster("blue")).await.element("Arn"), Some(ann_arn().as_str()));
    let mut other = cluster("blue");
    *other.header("x-k8s-aws-id") = "green".to_owned();
    assert_eq!(refused(&server, &other).await, "SignatureDoesNotMatch");
    other.headers.retain(|(name, _)| name != "x-k8s-aws-id");
    assert_eq!(refused(&server, &other).await, "SignatureDoesNotMatch");

    // A role's session, whose token stands in the URL.
    let role = server.test.iam_role("app", &Value::Null).await;
    let session = server.test.session(&role, TemporarySession::default());
    let answer = server.send_signed(&presign(&server, &session, WHO, 60)).await;
    assert_eq!(answer.element("Arn"), Some(format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/s1").as_str()));
    let bare = Credentials { session_token: None, ..session.clone() };
    assert_eq!(refused(&server, &presign(&server, &bare, WHO, 60)).await, "InvalidClientTokenId");
    let mut added = presign(&server, &bare, WHO, 60);
    append(&mut added, &format!("&X-Amz-Security-Token={}", session.session_token.as_deref().unwrap()));
    assert_eq!(refused(&server, &added).await, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn the_method_is_signed_and_a_signature_in_the_header_will_do() {
    let server = serving().await;
    let ann = server.test.iam_user("ann", &Value::Null).await;
    let mut call = presign(&server, &ann, WHO, 60);
    call.method = Method::POST;
    assert_eq!(refused(&server, &call).await, "SignatureDoesNotMatch");
    // A signature in the header does for a GET as well.
    let now = server.test.clock.now();
    let call = SignedCall::get(&ann, "sts", WHO, now);
    assert_eq!(server.send_signed(&call).await.element("Arn"), Some(ann_arn().as_str()));
    let mut post = call.clone();
    post.method = Method::POST;
    assert_eq!(refused(&server, &post).await, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn sts_takes_it_for_fifteen_minutes_and_iam_for_as_long_as_it_says() {
    let server = serving().await;
    let root = server.test.iam_user("root-of-tests", &allow("*", "*")).await;
    let now = server.test.clock.now();
    let list = "Action=ListUsers&Version=2010-05-08";
    let [short, long, week] = [60, 900, 604_800].map(|seconds| presign(&server, &root, WHO, seconds));
    let [iam_short, iam_long] = [60, 86_400].map(|seconds| SignedCall::presign(&root, "iam", list, &[], seconds, now));
    for call in [&short, &long, &week, &iam_short, &iam_long] {
        assert_eq!(refused(&server, call).await, "");
    }
    server.test.advance(61 * SECOND).await.unwrap();
    assert_eq!(refused(&server, &iam_short).await, "SignatureDoesNotMatch");
    server.test.advance(14 * MINUTE - SECOND).await.unwrap();
    for call in [&short, &long, &week, &iam_long] {
        assert_eq!(refused(&server, call).await, "");
    }
    server.test.advance(SECOND).await.unwrap();
    for call in [&short, &long, &week, &iam_long] {
        let answer = server.send_signed(call).await;
        let (code, message) = answer.query_refusal();
        assert_eq!((answer.status.as_u16(), code), (403, "SignatureDoesNotMatch"));
        assert!(message.starts_with("Signature expired: ") && message.ends_with("- 15 min.)"), "{message}");
    }
    // More than a week is refused as it stands, and so is what is not yet.
    assert_eq!(refused(&server, &presign(&server, &root, WHO, 604_801)).await, "IncompleteSignature");
    assert_eq!(refused(&server, &presign(&server, &root, WHO, 0)).await, "IncompleteSignature");
    let early = SignedCall::presign(&root, "sts", WHO, &[], 60, server.test.clock.now() + 6 * MINUTE);
    assert_eq!(refused(&server, &early).await, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn what_was_signed_cannot_be_changed_or_doubled() {
    let server = serving().await;
    let ann = server.test.iam_user("ann", &allow("*", "*")).await;
    let bob = server.test.iam_user("bob", &allow("*", "*")).await;
    let genuine = presign(&server, &ann, WHO, 60);
    let mut forged: Vec<(&str, &str, SignedCall)> = Vec::new();
    let mut edit = |what, code, change: &dyn Fn(&mut SignedCall)| {
        let mut call = genuine.clone();
        change(&mut call);
        assert_ne!((&call.target, &call.headers, &call.body), (&genuine.target, &genuine.headers, &genuine.body));
        forged.push((what, code, call));
    };
    let mismatch = "SignatureDoesNotMatch";
    edit("another action", mismatch, &|call| {
        put(call, "GetCallerIdentity", "GetAccessKeyInfo&AccessKeyId=AKIAAAAAAAAAAAAAAAAA");
    });
    edit("another service", mismatch, &|call| {
        put(call, "GetCallerIdentity&", "ListUsers&");
        put(call, "2011-06-15", "2010-05-08");
    });
    edit("one parameter more", mismatch, &|call| call.target.push_str("&x=y"));
    edit("another path", mismatch, &|call| put(call, "/?", "/x?"));
    edit("another host", mismatch, &|call| *call.header("host") = "evil.example".to_owned());
    edit("a longer time", mismatch, &|call| put(call, "Expires=60", "Expires=900"));
    edit("a later date", mismatch, &|call| put(call, "T0800", "T0801"));
    edit("another's key", mismatch, &|call| put(call, &ann.access_key_id, &bob.access_key_id));
    edit("no signed headers", "IncompleteSignature", &|call| {
        put(call, "SignedHeaders=host", "SignedHeaders=");
    });
    edit("host not signed", mismatch, &|call| {
        put(call, "SignedHeaders=host", "SignedHeaders=accept");
    });
    edit("an amz header that is not signed", mismatch, &|call| {
        call.headers.push(("x-amz-more".to_owned(), "1".to_owned()));
    });
    edit("an amz parameter that is none", "IncompleteSignature", &|call| call.target.push_str("&X-Amz-More=1"));
    edit("the signature cut", mismatch, &|call| call.target.truncate(call.target.len() - 1));
    edit("no signature", "IncompleteSignature", &|call| {
        let at = call.target.find("&X-Amz-Signature").unwrap();
        call.target.truncate(at);
    });
    edit("no algorithm", "MissingAuthenticationToken", &|call| {
        put(call, "X-Amz-Algorithm", "X-Algorithm");
    });
    edit("another algorithm", "MissingAuthenticationToken", &|call| {
        put(call, "HMAC-SHA256", "ECDSA-P256-SHA256");
    });
    edit("both kinds of signature", mismatch, &|call| {
        let header = SignedCall::get(&ann, "sts", WHO, 1_800_000_000_000).header("authorization").clone();
        call.headers.push(("authorization".to_owned(), header));
    });
    edit("a body", "MalformedInput", &|call| call.body = WHO.to_owned());
    for name in [
        "Action",
        "Version",
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ] {
        edit(name, "MalformedInput", &|call| {
            let (_, rest) = call.target.split_once(&format!("{name}=")).unwrap();
            let value = rest.split('&').next().unwrap().to_owned();
            append(call, &format!("&{name}={value}"));
        });
        edit(name, "MalformedInput", &|call| {
            append(call, &format!("&%{:02X}{}=x", name.as_bytes()[0], &name[1..]));
        });
    }
    for (what, code, call) in &forged {
        assert_eq!(refused(&server, call).await, *code, "{what}: {}", call.target);
    }
    assert_eq!(refused(&server, &genuine).await, "");
}

#[tokio::test]
async fn a_plus_is_not_a_space() {
    let server = serving().await;
    let root = server.test.iam_user("root-of-tests", &allow("*", "*")).await;
    let now = server.test.clock.now();
    let query = "Action=ListUsers&PathPrefix=%2Fa%2Bb%2F&Version=2010-05-08";
    let call = SignedCall::presign(&root, "iam", query, &[], 60, now);
    assert_eq!(refused(&server, &call).await, "");
    let swapped = SignedCall { target: call.target.replace("%2Bb", "+b"), ..call };
    assert_eq!(refused(&server, &swapped).await, "MalformedInput");
}

#[tokio::test]
async fn nothing_is_changed_or_given_away_by_a_url() {
    let server = serving().await;
    let root = server.test.iam_user("root-of-tests", &allow("*", "*")).await;
    let now = server.test.clock.now();
    for (service, query) in [
        ("iam", "Action=CreateUser&UserName=eve&Version=2010-05-08"),
        ("iam", "Action=CreateAccessKey&Version=2010-05-08"),
        ("iam", "Action=DeleteUser&UserName=root-of-tests&Version=2010-05-08"),
        ("sts", "Action=GetSessionToken&Version=2011-06-15"),
        (
            "sts",
            "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fapp&RoleSessionName=s1&Version=2011-06-15",
        ),
        (
            "sts",
            "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fapp&RoleSessionName=s1&Version=2011-06-15&WebIdentityToken=abcd",
        ),
    ] {
        for call in
            [SignedCall::presign(&root, service, query, &[], 60, now), SignedCall::get(&root, service, query, now)]
        {
            let answer = server.send_signed(&call).await;
            let (code, message) = answer.query_refusal();
            assert_eq!((answer.status.as_u16(), code), (400, "InvalidAction"), "{query}");
            assert!(message.ends_with("is taken as a POST with its parameters in the body only"), "{message}");
        }
    }
    assert!(server.test.domain.stores.iam.user("eve").await.unwrap().is_none());
    // Unsigned, not even what reads.
    for query in [WHO, "Action=ListUsers&Version=2010-05-08"] {
        let answer = server.send(Request::get(format!("/?{query}")).header("host", HOST), "").await;
        assert_eq!((answer.status.as_u16(), answer.query_refusal().0), (403, "MissingAuthenticationToken"));
    }
    // And what policies do not allow is not allowed by a URL.
    let ann = server.test.iam_user("ann", &Value::Null).await;
    let list = SignedCall::presign(&ann, "iam", "Action=ListUsers&Version=2010-05-08", &[], 60, now);
    assert_eq!(refused(&server, &list).await, "AccessDenied");
}

/// Pages can make a browser fetch any URL. In `dev`, where unknown credentials are the administrator's, that is worth nothing.
#[tokio::test]
async fn pages_get_nothing_out_of_dev_by_a_url() {
    let server = TestServer::start().await.unwrap();
    let stranger =
        Credentials { access_key_id: "AKIATESTTESTTESTTEST".into(), secret: "x".into(), session_token: None };
    let now = server.test.clock.now();
    let list = "Action=ListUsers&Version=2010-05-08";
    for (service, query) in [("sts", WHO), ("iam", list)] {
        let call = SignedCall::presign(&stranger, service, query, &[], 60, now);
        assert_eq!(refused(&server, &call).await, "", "a tool of this machine's");
        for header in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let mut page = call.clone();
            page.headers.push((header.0.to_owned(), header.1.to_owned()));
            assert_eq!(refused(&server, &page).await, "AccessDenied", "{header:?}");
        }
        let mut rebound = call.clone();
        *rebound.header("host") = "evil.example".to_owned();
        assert_eq!(refused(&server, &rebound).await, "AccessDenied");
    }
    // `<img>` in a browser that says nothing of where it comes from.
    for query in ["Action=CreateUser&UserName=eve&Version=2010-05-08", "Action=GetSessionToken&Version=2011-06-15"] {
        let call = SignedCall::presign(&stranger, "iam", query, &[], 60, now);
        assert_eq!(refused(&server, &call).await, "InvalidAction");
    }
    assert!(server.test.domain.stores.iam.user("eve").await.unwrap().is_none());
    // Without a signature there is no stranger either.
    let answer = server.send(Request::get(format!("/?{list}")).header("host", HOST), "").await;
    assert_eq!(answer.query_refusal().0, "MissingAuthenticationToken");
    // Known credentials are verified here, too.
    let ann = server.test.iam_user("ann", &Value::Null).await;
    let forged = Credentials { secret: "x".into(), ..ann };
    let call = SignedCall::presign(&forged, "sts", WHO, &[], 60, now);
    assert_eq!(refused(&server, &call).await, "SignatureDoesNotMatch");
}
