//! Every operation that is built, with every member of its request set to every wrong kind of value: whatever comes back,
//! the operation's model lists it. Twice: in a world where nothing named exists, and in one where everything does, so
//! that the values reach the domain.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stepwell_api::wire::dispatch::built;
use stepwell_model::{OperationMeta, Service};
use stepwell_testkit::{Answer, PASSWORD, TestPool, Tokens};

use crate::HOUR;

/// Values of every kind, the hostile ones included, as JSON text: some are beyond what a `Value` can hold.
fn values() -> Vec<String> {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100), close.repeat(100));
    let mut values: Vec<String> = [
        "null",
        "true",
        "0",
        "1",
        "-1",
        "1.5",
        "2147483648",
        "-9223372036854775809",
        "18446744073709551616",
        "1e400",
        "\"\"",
        "\"x\"",
        "\" \"",
        "\"a\\u0000b\"",
        "\"\\ud800\"",
        "\"\\u202e\\ufeff\"",
        "\"1\"",
        "\"true\"",
        "\"../../x\"",
        "\"'; DROP TABLE users; --\"",
        "\"{####} {username}\"",
        "\"jane@example.com\"",
        "\"arn:aws:iam::000000000000:role/x\"",
        "[]",
        "[null]",
        "[1]",
        "[\"x\"]",
        "[\"x\",\"x\"]",
        "[[]]",
        "[{}]",
        "{}",
        "{\"a\":null}",
        "{\"a\":1}",
        "{\"a\":\"x\"}",
        "{\"Name\":\"x\",\"Value\":\"y\"}",
        "[{\"Name\":\"x\",\"Value\":\"y\"}]",
        "[{\"Name\":\"sub\",\"Value\":\"y\"}]",
        "{\"USERNAME\":\"jane\",\"PASSWORD\":\"\"}",
        "{\"USERNAME\":\"jane\",\"SRP_A\":\"0\"}",
    ]
    .map(str::to_owned)
    .into();
    values.extend([deep("[", "]"), deep("{\"a\":", "}").replace("{\"a\":}", "{}"), "9".repeat(5_000)]);
    values.push(format!("\"{}\"", "x".repeat(3_000)));
    values.push(format!("\"{}\"", "é".repeat(200_000)));
    values
}

/// The members of every request, read from the generated model: `CreateGroupRequest` to `GroupName`, ….
fn members() -> BTreeMap<String, Vec<String>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../model/src/idp");
    let mut members = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for shape in text.split("wire_struct! { ").skip(1) {
            let (name, rest) = shape.split_once(" {").unwrap();
            let body = rest.split_once('}').unwrap().0;
            let names = body.split('"').skip(1).step_by(2).map(str::to_owned).collect();
            members.insert(name.to_owned(), names);
        }
    }
    members
}

fn metas() -> Vec<&'static OperationMeta> {
    let built = built();
    let metas: Vec<_> =
        stepwell_model::idp::OPERATIONS.iter().filter(|meta| built.contains(&(Service::Idp, meta.name))).collect();
    assert!(metas.len() > 50, "{}", metas.len());
    metas
}

async fn send(pool: &TestPool, meta: &OperationMeta, body: &str) -> Answer {
    let target = format!("AWSCognitoIdentityProviderService.{}", meta.name);
    pool.server.raw(&target, body.as_bytes().to_vec()).await
}

/// Asserts that nothing broke. That the operation may give the error was looked at when it was received.
fn check(meta: &OperationMeta, body: &str, answer: &Answer) {
    let shown: String = body.chars().take(500).collect();
    assert!(answer.status.as_u16() < 500, "{} {shown}: {}", meta.name, answer.body);
    assert!(answer.status == 200 || answer.error().is_some(), "{} {shown}: no error name", meta.name);
}

/// JSON text of an object.
fn object(members: &BTreeMap<&str, String>) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// A good value for a member, by its name and operation.
fn good(operation: &str, name: &str, pool: &TestPool, tokens: &Tokens) -> Value {
    let password = json!({"USERNAME": "jane", "PASSWORD": PASSWORD});
    match name {
        "Username" if ["SignUp", "AdminCreateUser"].contains(&operation) => json!("joe"),
        "Username" if ["AdminConfirmSignUp", "ResendConfirmationCode"].contains(&operation) => json!("signing-up"),
        "GroupName" if operation == "CreateGroup" => json!("new"),
        "Identifier" if operation == "CreateResourceServer" => json!("new"),
        "AuthFlow" if operation == "AdminInitiateAuth" => json!("ADMIN_USER_PASSWORD_AUTH"),
        "AuthParameters" => password,
        "ChallengeResponses" => json!({"USERNAME": "jane", "NEW_PASSWORD": PASSWORD}),
        "UserPoolId" => json!(pool.id),
        "ClientId" => json!(pool.client),
        "AccessToken" => json!(tokens.access),
        "Username" => json!("jane"),
        "Password" | "PreviousPassword" | "ProposedPassword" => json!(PASSWORD),
        "ConfirmationCode" | "Code" => json!("000000"),
        "AttributeName" => json!("email"),
        "UserAttributes" => json!([{"Name": "name", "Value": "Jane"}]),
        "UserAttributeNames" => json!(["name"]),
        "CustomAttributes" => json!([{"Name": "x", "AttributeDataType": "String"}]),
        "MaxResults" => json!(10),
        "AuthFlow" => json!("USER_PASSWORD_AUTH"),
        "ChallengeName" => json!("NEW_PASSWORD_REQUIRED"),
        "ResourceArn" => json!(pool.server.test.domain.pool_arn(&pool.id)),
        "Tags" => json!({"a": "b"}),
        "TagKeys" => json!(["a"]),
        "Token" | "RefreshToken" => json!(tokens.refresh),
        "Identifier" => json!("photos"),
        "Name" => json!("Photos"),
        "Secret" | "Session" => json!("x".repeat(30)),
        "ClientSecretId" => json!(format!("{}--1", pool.client)),
        // Names of all sorts.
        _ => json!("test"),
    }
}

/// Members that the model lets out and the domain asks for.
const NEEDED: [&str; 6] =
    ["AuthParameters", "ChallengeResponses", "Password", "PreviousPassword", "Session", "Username"];

/// As little as the operation takes: every member it says is missing, with a good value.
async fn minimal<'a>(
    pool: &TestPool,
    meta: &OperationMeta,
    members: &'a [String],
    good: impl Fn(&str) -> Value,
) -> BTreeMap<&'a str, String> {
    let missing = send(pool, meta, "{}").await;
    let missing = missing.body["message"].as_str().unwrap_or_default().to_owned();
    let mut body = BTreeMap::new();
    for member in members {
        let (first, rest) = member.split_at(1);
        let required = missing.contains(&format!("null at '{}{rest}'", first.to_lowercase()));
        if required || NEEDED.contains(&member.as_str()) {
            body.insert(member.as_str(), good(member).to_string());
        }
    }
    body
}

#[tokio::test]
async fn no_object_at_all() {
    let pool = TestPool::new(json!({}), json!({})).await;
    for meta in metas() {
        for body in [
            "",
            "{}",
            "[]",
            "null",
            "1",
            "\"x\"",
            "true",
            "{",
            "{]",
            "\u{feff}{}",
            "{}{}",
            "[{}]",
            "{\"a\"}",
            "\0",
            "{\"\\u0000\":1}",
        ] {
            let answer = send(&pool, meta, body).await;
            check(meta, body, &answer);
            let empty = ["", "{}", "{\"\\u0000\":1}"].contains(&body);
            assert!(
                empty || answer.error() == Some("SerializationException"),
                "{} {body:?}: {}",
                meta.name,
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn nothing_named_exists() {
    let pool = TestPool::new(json!({}), json!({})).await;
    let members = members();
    let nothing = Tokens { access: "no.access.token".to_owned(), id: String::new(), refresh: "none".to_owned() };
    for meta in metas() {
        let unknown = |name: &str| match name {
            "UserPoolId" => json!("us-east-1_unknown00"),
            "ClientId" => json!("unknown"),
            "ResourceArn" => json!(pool.server.test.domain.pool_arn("us-east-1_unknown00")),
            _ => good(meta.name, name, &pool, &nothing),
        };
        let members = &members[&format!("{}Request", meta.name)];
        let minimal = minimal(&pool, meta, members, unknown).await;
        let body = object(&minimal);
        let answer = send(&pool, meta, &body).await;
        check(meta, &body, &answer);
        let creates = ["CreateUserPool", "ListUserPools"].contains(&meta.name);
        assert_eq!(answer.status == 200, creates, "{} {body}: {}", meta.name, answer.body);
    }
}

#[tokio::test]
async fn everything_named_exists() {
    let members = members();
    let values = values();
    let (mut sent, mut succeeded) = (0, 0);
    for meta in metas() {
        // Each operation in a pool of its own: some of them change or remove it.
        let pool =
            TestPool::new(json!({"AutoVerifiedAttributes": ["email"]}), json!({"AccessTokenValidity": 24})).await;
        pool.user("jane").await;
        pool.admin("CreateGroup", json!({"GroupName": "test"})).await.ok();
        pool.admin("CreateResourceServer", json!({"Identifier": "photos", "Name": "Photos"})).await.ok();
        pool.signed_up("signing-up").await;
        let tokens = pool.tokens("jane").await;
        let members = &members[&format!("{}Request", meta.name)];
        let minimal = minimal(&pool, meta, members, |name| good(meta.name, name, &pool, &tokens)).await;
        // Making keys takes a tenth of a second: what CreateUserPool shares with it goes through UpdateUserPool.
        let values = if meta.name == "CreateUserPool" { &values[..4] } else { &values[..] };
        for (number, member) in members.iter().enumerate() {
            for value in values {
                let mut body = minimal.clone();
                body.insert(member, value.clone());
                let body = object(&body);
                let answer = send(&pool, meta, &body).await;
                check(meta, &body, &answer);
                sent += 1;
                succeeded += usize::from(answer.status == 200);
            }
            // Quotas of an hour would hide what is behind them.
            if number % 4 == 0 {
                pool.server.test.clock.advance(HOUR / 4);
                pool.server.test.domain.poll_config().await.unwrap();
            }
        }
        check(meta, "", &send(&pool, meta, &object(&minimal)).await);
    }
    // Most values are wrong; those that are not reached the domain.
    assert!(sent > 10_000 && succeeded > 300, "{succeeded} of {sent} succeeded");
}
