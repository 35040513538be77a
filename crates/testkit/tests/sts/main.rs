//! Temporary credentials: who gets them, what they carry, and what of them is refused.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a missing member or a failed call fails the test")]

mod assume_role;
mod external_issuer;
mod presigned;
mod query;
mod session_token;
mod tampering;
mod trusted_names;
mod web_identity;

use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_core::iam::Entity;
use stepwell_model::Service;
use stepwell_testkit::{Answer, Credentials, DomainBuilder, TestDomain, TestServer};

/// The account of test deployments.
const ACCOUNT: &str = "000000000000";

/// A server that enforces policies.
async fn serving() -> TestServer {
    let test = DomainBuilder::default().settings(|settings| settings.dev = false).build().await.unwrap();
    TestServer::with(test, Mode::Serve)
}

fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// A policy of one Allow.
fn allow(action: &str, resource: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": action, "Resource": resource },
    })
}

/// A trust policy of one statement.
fn trust(principal: &Value, actions: &[&str], condition: &Value) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Principal": principal, "Action": actions });
    if !condition.is_null() {
        statement["Condition"] = condition.clone();
    }
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

/// The principal of everybody in the account whose own policies allow it.
fn account() -> Value {
    json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") })
}

/// Makes or replaces a role.
async fn role(test: &TestDomain, name: &str, trust: &Value, policy: &Value, max_session_duration: i32) {
    let mut role = test.role_record(name, policy);
    role.trust_policy = trust.to_string();
    role.max_session_duration = max_session_duration;
    test.put_iam(Entity::Role(Box::new(role))).await;
}

/// Calls STS with a genuine signature.
async fn sts(server: &TestServer, credentials: &Credentials, operation: &str, input: &Value) -> Answer {
    server.signed(credentials, Service::Sts, operation, input).await
}

/// Assumes a role as `s1`.
async fn assume(server: &TestServer, credentials: &Credentials, role: &str, more: &Value) -> Answer {
    let mut input = json!({ "RoleArn": role_arn(role), "RoleSessionName": "s1" });
    input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    sts(server, credentials, "AssumeRole", &input).await
}

/// The credentials of an answer.
#[track_caller]
fn given(answer: &Answer) -> Credentials {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let element = |name| answer.element(name).unwrap().to_owned();
    Credentials {
        access_key_id: element("AccessKeyId"),
        secret: element("SecretAccessKey"),
        session_token: Some(element("SessionToken")),
    }
}

/// The ARN that credentials are told to have.
async fn who(server: &TestServer, credentials: &Credentials) -> String {
    let answer = sts(server, credentials, "GetCallerIdentity", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.element("Arn").unwrap().to_owned()
}
