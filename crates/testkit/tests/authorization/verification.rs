//! `VerifyRequest`: another service asks who signed what it received, and whether that is allowed.

use serde_json::{Value, json};
use stepwell_api::wire::sigv4::{self, SignableRequest, sign};
use stepwell_core::iam::{Federated, TemporarySession};
use stepwell_core::ports::clock::Clock as _;
use stepwell_model::Service;
use stepwell_testkit::{Answer, Credentials, SignedCall};

use crate::{ACCOUNT, Enforcing, allow};

/// SHA-256 of nothing.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const OBJECT: &str = "arn:aws:s3:::photos/us-east-1:me/a.jpg";

struct Gateway {
    test: Enforcing,
    /// May ask about requests for `s3` and `execute-api`.
    asker: Credentials,
    /// Whose request arrived.
    caller: Credentials,
}

impl Gateway {
    async fn new() -> Self {
        let test = Enforcing::start().await;
        let services = ["s3", "execute-api"].map(|name| format!("arn:aws:stepwell:us-east-1:{ACCOUNT}:service/{name}"));
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Action": "stepwell:VerifyRequest", "Resource": services },
        });
        let asker = test.server.test.iam_user("gateway", &policy).await;
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::photos/${cognito-identity.amazonaws.com:sub}/*",
            }, {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": "arn:aws:s3:::photos",
                "Condition": { "StringLike": { "s3:prefix": "${cognito-identity.amazonaws.com:sub}/*" } },
            }, {
                "Effect": "Allow",
                "Action": "execute-api:Invoke",
                "Resource": "*",
                "Condition": { "IpAddress": { "aws:SourceIp": "192.0.2.0/24" } },
            }],
        });
        let role = test.server.test.iam_role("app", &policy).await;
        let keys = [("sub", "us-east-1:me"), ("aud", "us-east-1:pool"), ("amr", "authenticated")];
        let federated = Federated {
            provider: "cognito-identity.amazonaws.com".to_owned(),
            principal: "cognito-identity.amazonaws.com".to_owned(),
            keys: keys.map(|(key, value)| (key.to_owned(), vec![value.to_owned()])).into(),
        };
        let session = TemporarySession {
            federated: Some(federated),
            identity_pool: true,
            tags: [("team".to_owned(), "blue".to_owned())].into(),
            ..TemporarySession::default()
        };
        let caller = test.server.test.session(&role, session);
        Self { test, asker, caller }
    }

    /// The request that the gateway received.
    fn received(&self, credentials: &Credentials, service: &str, path: &str, query: &str) -> Value {
        let hash = [("x-amz-content-sha256", EMPTY)];
        let request = SignableRequest {
            method: "GET",
            host: "photos.example.com",
            path,
            query,
            headers: if service == "s3" { &hash } else { &[] },
            payload: b"",
        };
        let signing = sigv4::Credentials {
            access_key_id: &credentials.access_key_id,
            secret_access_key: &credentials.secret,
            session_token: credentials.session_token.as_deref(),
        };
        let added = sign(&request, &signing, "us-east-1", service, self.test.server.test.clock.now());
        let mut headers = vec![json!({ "Name": "Host", "Value": "photos.example.com" })];
        headers.extend(request.headers.iter().map(|(name, value)| json!({ "Name": name, "Value": value })));
        headers.extend(added.iter().map(|(name, value)| json!({ "Name": name, "Value": value })));
        json!({ "Method": "GET", "Path": path, "Query": query, "Headers": headers, "PayloadHash": EMPTY })
    }

    async fn ask(&self, input: &Value) -> Answer {
        self.test.server.signed(&self.asker, Service::Stepwell, "VerifyRequest", input).await
    }

    /// A question that is answered with yes.
    fn question(&self) -> Value {
        json!({
            "Request": self.received(&self.caller, "s3", "/photos/a.jpg", ""),
            "Service": "s3",
            "Action": "s3:GetObject",
            "Resources": [OBJECT],
        })
    }
}

#[tokio::test]
async fn says_who_signed_and_whether_it_is_allowed() {
    let test = Gateway::new().await;
    let answer = test.ask(&test.question()).await;
    let verdict = answer.ok();
    assert_eq!(verdict["Decision"], "Allow", "{verdict}");
    let principal = &verdict["Principal"];
    assert_eq!(principal["Arn"], format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/s1"));
    assert_eq!(principal["RoleArn"], format!("arn:aws:iam::{ACCOUNT}:role/app"));
    assert_eq!(principal["Account"], ACCOUNT);
    assert_eq!(principal["AccessKeyId"], test.caller.access_key_id);
    assert_eq!(principal["ExpiresAt"], 1_800_003_600);
    assert_eq!(principal["Tags"]["team"], "blue");
    assert_eq!(principal["Federated"]["Keys"]["sub"], json!(["us-east-1:me"]));
    assert!(verdict["SignedHeaders"].as_array().unwrap().contains(&json!("x-amz-security-token")));
    let shown = verdict.to_string();
    assert!(!shown.contains(&test.caller.secret) && !shown.contains("StepwellSession"), "{shown}");

    let mut other = test.question();
    other["Resources"] = json!([OBJECT.replace("me", "you")]);
    let verdict = test.ask(&other).await.ok().clone();
    assert_eq!(verdict["Decision"], "Deny");
    assert_eq!(verdict["Reason"]["Code"], "AccessDeniedException");
    let message = verdict["Reason"]["Message"].as_str().unwrap();
    assert!(message.ends_with("because no identity-based policy allows the s3:GetObject action"), "{message}");
    assert_eq!(verdict["Principal"]["Arn"], *principal["Arn"].as_str().unwrap());
    // Of several resources all must be allowed.
    other["Resources"] = json!([OBJECT, OBJECT.replace("me", "you")]);
    assert_eq!(test.ask(&other).await.ok()["Decision"], "Deny");
    other["Resources"] = json!([]);
    assert_eq!(test.ask(&other).await.ok()["Decision"], "Deny");
}

#[tokio::test]
async fn the_service_tells_its_own_keys_and_no_others() {
    let test = Gateway::new().await;
    let list = |context: Value| {
        json!({
            "Request": test.received(&test.caller, "s3", "/photos", "list-type=2"),
            "Service": "s3", "Action": "s3:ListBucket", "Resources": ["arn:aws:s3:::photos"], "Context": context,
        })
    };
    let decision = async |input: Value| test.ask(&input).await.ok()["Decision"].clone();
    assert_eq!(decision(list(json!([{ "Key": "s3:prefix", "Value": "us-east-1:me/x" }]))).await, "Allow");
    assert_eq!(decision(list(json!([{ "Key": "s3:prefix", "Value": "us-east-1:you/x" }]))).await, "Deny");
    assert_eq!(decision(list(json!([]))).await, "Deny");
    for key in [
        "cognito-identity.amazonaws.com:sub",
        "aws:PrincipalTag/team",
        "aws:userid",
        "aws:CurrentTime",
        "sts:ExternalId",
    ] {
        let answer = test.ask(&list(json!([{ "Key": key, "Value": "us-east-1:you" }]))).await;
        assert_eq!(answer.error(), Some("InvalidParameterException"), "{key}");
    }
    // The address is the one that the gateway saw, never the gateway's.
    test.test.server.call_from("192.0.2.9".parse().unwrap());
    let invoke = |context: Value| {
        json!({
            "Request": test.received(&test.caller, "execute-api", "/v1/x", ""), "Service": "execute-api",
            "Action": "execute-api:Invoke", "Context": context,
        })
    };
    assert_eq!(decision(invoke(json!([]))).await, "Deny");
    assert_eq!(decision(invoke(json!([{ "Key": "aws:SourceIp", "Value": "198.51.100.1" }]))).await, "Deny");
    assert_eq!(decision(invoke(json!([{ "Key": "aws:SourceIp", "Value": "192.0.2.7" }]))).await, "Allow");
}

#[tokio::test]
async fn only_whoever_may_asks_and_only_about_its_services() {
    let test = Gateway::new().await;
    let question = test.question();
    let stranger = test.test.server.test.iam_user("stranger", &allow("s3:*", "*")).await;
    let ask = async |credentials: &Credentials, question: &Value| {
        test.test.server.signed(credentials, Service::Stepwell, "VerifyRequest", question).await
    };
    for credentials in [&stranger, &test.caller] {
        let answer = ask(credentials, &question).await;
        let (code, message) = answer.refusal();
        assert_eq!(code, "AccessDeniedException");
        assert!(message.contains("stepwell:VerifyRequest on resource: arn:aws:stepwell:us-east-1"), "{message}");
        assert!(answer.body.get("Principal").is_none());
    }
    let mut sqs = question.clone();
    sqs["Service"] = json!("sqs");
    assert_eq!(ask(&test.asker, &sqs).await.error(), Some("AccessDeniedException"));
    let unsigned = test
        .test
        .server
        .send(
            http::Request::post("/")
                .header("host", "127.0.0.1:9229")
                .header("content-type", "application/x-amz-json-1.1")
                .header("x-amz-target", "Stepwell.VerifyRequest"),
            question.to_string(),
        )
        .await;
    assert_eq!(unsigned.error(), Some("MissingAuthenticationTokenException"));
    // A signature for user pools is none for this.
    let wrong = test.test.server.signed(&test.asker, Service::Idp, "ListUserPools", &json!({})).await;
    assert!(wrong.error().is_some());
}

#[tokio::test]
async fn forged_requests_have_no_principal() {
    let test = Gateway::new().await;
    let genuine = test.question();
    let header = |question: &mut Value, name: &str, change: &dyn Fn(&str) -> String| {
        for header in question["Request"]["Headers"].as_array_mut().unwrap() {
            if header["Name"].as_str().unwrap().eq_ignore_ascii_case(name) {
                header["Value"] = json!(change(header["Value"].as_str().unwrap()));
            }
        }
    };
    let mut forged: Vec<(&str, &str, Value)> = Vec::new();
    let mut edit = |what, code, change: &dyn Fn(&mut Value)| {
        let mut question = genuine.clone();
        change(&mut question);
        forged.push((what, code, question));
    };
    let mismatch = "InvalidSignatureException";
    edit("another path", mismatch, &|q| q["Request"]["Path"] = json!("/photos/b.jpg"));
    edit("a doubly encoded path", mismatch, &|q| q["Request"]["Path"] = json!("/photos/a%2ejpg%20"));
    edit("an encoded slash", mismatch, &|q| q["Request"]["Path"] = json!("/photos%2Fa.jpg"));
    edit("another method", mismatch, &|q| q["Request"]["Method"] = json!("DELETE"));
    edit("a query", mismatch, &|q| q["Request"]["Query"] = json!("acl"));
    edit("another body", mismatch, &|q| q["Request"]["PayloadHash"] = json!("a".repeat(64)));
    edit("another service", mismatch, &|q| q["Service"] = json!("execute-api"));
    edit("another region", mismatch, &|q| q["Region"] = json!("eu-west-1"));
    edit("a header twice", "IncompleteSignatureException", &|q| {
        let headers = q["Request"]["Headers"].as_array_mut().unwrap();
        headers.push(json!({ "Name": "x-amz-date", "Value": "20270115T080000Z" }));
    });
    edit("host twice", mismatch, &|q| {
        let headers = q["Request"]["Headers"].as_array_mut().unwrap();
        headers.push(json!({ "Name": "host", "Value": "evil.example" }));
    });
    edit("an unsigned amz header", mismatch, &|q| {
        let headers = q["Request"]["Headers"].as_array_mut().unwrap();
        headers.push(json!({ "Name": "x-amz-acl", "Value": "public-read" }));
    });
    edit("another host", mismatch, &|q| header(q, "host", &|_| "evil.example".to_owned()));
    edit("host not signed", mismatch, &|q| header(q, "authorization", &|text| text.replace("host;", "")));
    edit("a changed token", "UnrecognizedClientException", &|q| {
        header(q, "x-amz-security-token", &|text| format!("{text}A"));
    });
    edit("no signature", "MissingAuthenticationTokenException", &|q| {
        let headers = q["Request"]["Headers"].as_array_mut().unwrap();
        headers.retain(|header| header["Name"] != "authorization");
    });
    for (what, code, question) in &forged {
        let verdict = test.ask(question).await.ok().clone();
        assert_eq!(verdict["Decision"], "Deny", "{what}");
        assert_eq!(verdict["Reason"]["Code"], *code, "{what}: {verdict}");
        assert!(verdict.get("Principal").is_none() && verdict.get("SignedHeaders").is_none(), "{what}");
    }
    // Stale, and then over.
    test.test.server.test.advance(5 * 60_000 + 1_000).await.unwrap();
    assert_eq!(test.ask(&genuine).await.ok()["Reason"]["Code"], mismatch);
    test.test.server.test.advance(stepwell_core::HOUR).await.unwrap();
    let late = json!({
        "Request": test.received(&test.caller, "s3", "/photos/a.jpg", ""),
        "Service": "s3", "Action": "s3:GetObject", "Resources": [OBJECT],
    });
    assert_eq!(test.ask(&late).await.ok()["Reason"]["Code"], "ExpiredTokenException");
}

#[tokio::test]
async fn presigned_requests_are_taken_for_as_long_as_they_say() {
    let test = Gateway::new().await;
    let clock = &test.test.server.test.clock;
    let presign = |seconds| SignedCall::presign(&test.caller, "s3", "list-type=2", &[], seconds, clock.now());
    let question = |call: &SignedCall| {
        let headers: Vec<Value> =
            call.headers.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
        let query = call.target.strip_prefix("/?").unwrap();
        json!({
            "Request": { "Method": "GET", "Path": "/", "Query": query, "Headers": headers, "PayloadHash": EMPTY },
            "Service": "s3", "Action": "s3:GetObject", "Resources": [OBJECT],
        })
    };
    let reason = async |call: &SignedCall| {
        let verdict = test.ask(&question(call)).await.ok().clone();
        let code = verdict["Reason"]["Code"].as_str().unwrap_or_default().to_owned();
        assert_eq!(verdict["Decision"] == "Allow", code.is_empty(), "{verdict}");
        assert_eq!(verdict.get("Principal").is_some(), code.is_empty(), "{verdict}");
        code
    };
    let (short, long) = (presign(60), presign(3_000));
    assert_eq!(reason(&short).await, "");
    let edited = |from: &str, to: &str| SignedCall { target: short.target.replace(from, to), ..short.clone() };
    assert_eq!(reason(&edited("Expires=60", "Expires=600")).await, "InvalidSignatureException");
    assert_eq!(reason(&edited("list-type=2", "list-type=1")).await, "InvalidSignatureException");
    assert_eq!(reason(&edited("SignedHeaders=host", "SignedHeaders=")).await, "IncompleteSignatureException");
    assert_eq!(reason(&edited("SignedHeaders=host", "SignedHeaders=accept")).await, "InvalidSignatureException");
    assert_eq!(reason(&edited("X-Amz-Date", "X-Amz-Expires=60&X-Amz-Date")).await, "IncompleteSignatureException");
    assert_eq!(reason(&presign(604_801)).await, "IncompleteSignatureException");
    let mut both = short.clone();
    both.headers.push(("authorization".to_owned(), "AWS4-HMAC-SHA256 Credential=a".to_owned()));
    assert_eq!(reason(&both).await, "InvalidSignatureException");
    test.test.server.test.advance(61_000).await.unwrap();
    assert_eq!(reason(&short).await, "InvalidSignatureException");
    test.test.server.test.advance(2_900_000).await.unwrap();
    assert_eq!(reason(&long).await, "");
    // A URL outlives its credentials no more than anything else signed with them.
    let week = presign(604_800);
    assert_eq!(reason(&week).await, "");
    test.test.server.test.advance(stepwell_core::HOUR).await.unwrap();
    assert_eq!(reason(&week).await, "ExpiredTokenException");
}

#[tokio::test]
async fn malformed_questions_are_refused() {
    let test = Gateway::new().await;
    let genuine = test.question();
    let mut malformed: Vec<Value> = Vec::new();
    let mut edit = |change: &dyn Fn(&mut Value)| {
        let mut question = genuine.clone();
        change(&mut question);
        malformed.push(question);
    };
    edit(&|q| q["Action"] = json!("s3:*"));
    edit(&|q| q["Action"] = json!("GetObject"));
    edit(&|q| q["Action"] = json!(""));
    edit(&|q| q["Resources"] = json!(vec!["*"; 101]));
    edit(&|q| q["Resources"] = json!(["x".repeat(2_049)]));
    edit(&|q| q["Request"]["Path"] = json!("photos"));
    edit(&|q| q["Request"]["Path"] = json!("/photos?x"));
    edit(&|q| q["Request"]["Path"] = json!("/photos a"));
    edit(&|q| q["Request"]["PayloadHash"] = json!("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"));
    edit(&|q| q["Request"]["PayloadHash"] = json!("E".repeat(64)));
    edit(&|q| q["Request"]["Headers"] = json!([{ "Name": "a b", "Value": "x" }]));
    edit(&|q| q["Request"]["Headers"] = json!(vec![json!({ "Name": "a", "Value": "x" }); 201]));
    edit(&|q| q["Request"]["Headers"] = json!([{ "Name": "a", "Value": "x\r\ny: z" }]));
    edit(&|q| {
        q.as_object_mut().unwrap().remove("Request");
    });
    for question in &malformed {
        let answer = test.ask(question).await;
        assert_eq!(answer.error(), Some("InvalidParameterException"), "{}", answer.body);
    }
}
