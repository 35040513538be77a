//! What a decision costs: run by hand, in a release build.
//!
//! `cargo test --release -p stepwell-core --test policy_cases -- --ignored --nocapture cost`

use std::hint::black_box;
use std::time::Instant;

use serde_json::json;
use stepwell_core::iam::policy::{ContextKeys, DocumentKind, Evaluation, KeyValue, PolicyDocument, RequestContext};

use super::{ACCOUNT, user};

const ROUNDS: u32 = 100_000;

#[test]
#[ignore = "a measurement"]
fn cost() {
    let mut statements = Vec::new();
    for number in 0..19 {
        statements.push(json!({
            "Sid": format!("S{number}"),
            "Effect": if number % 4 == 3 { "Deny" } else { "Allow" },
            "Action": [format!("service{number}:Get*"), "cognito-idp:Admin*", format!("service{number}:*Object*")],
            "Resource": [
                format!("arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/us-east-1_pool{number}"),
                "arn:aws:cognito-idp:*:*:userpool/${aws:username}*",
            ],
            "Condition": {
                "StringLike": {"aws:PrincipalTag/team": ["red*", "blue*"]},
                "IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]},
                "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
            },
        }));
    }
    // Only the last one allows, so that all are looked at.
    statements.push(json!({"Effect": "Allow", "Action": "cognito-idp:Admin*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalTag/team": "red"}}}));
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let identity = [PolicyDocument::parse(&policy, DocumentKind::Identity).unwrap()];
    assert_eq!(identity[0].statement_count(), 20);

    let mut keys = ContextKeys::new();
    user(ACCOUNT, "jo").insert_keys(&mut keys);
    keys.set("aws:PrincipalTag/team", "red");
    keys.set("aws:SourceIp", KeyValue::Address("192.0.2.7".parse().unwrap()));
    keys.set("aws:CurrentTime", KeyValue::Time(1_780_000_000_000));
    keys.set("aws:SecureTransport", true);
    let resource = "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_abcdefghi";
    let request = RequestContext { action: "cognito-idp:AdminGetUser", resources: &[resource], keys: &keys };
    let evaluation = Evaluation { identity: &identity, ..Evaluation::default() };
    assert!(evaluation.decide(&request).is_allowed());
    // And with resources that the statements are about, so that their conditions are looked at, too.
    let other = ["arn:aws:cognito-idp:us-east-1:111122223333:userpool/jo_pool"];
    let conditions = RequestContext { resources: &other, ..request };
    assert!(!evaluation.decide(&conditions).is_allowed());
    let allows: Vec<_> = statements_without_deny(&policy);
    let unconditional = Evaluation { identity: &allows, ..Evaluation::default() };

    for (name, evaluation, request) in [
        ("20 statements, the last allows", evaluation, &request),
        ("20 statements, the first allows", unconditional, &conditions),
        ("20 statements, one denies after its conditions", evaluation, &conditions),
    ] {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(evaluation.decide(black_box(request)));
        }
        println!("{name}: {} ns", start.elapsed().as_nanos() / u128::from(ROUNDS));
    }
    let start = Instant::now();
    for _ in 0..ROUNDS / 100 {
        black_box(PolicyDocument::parse(black_box(&policy), DocumentKind::Identity)).unwrap();
    }
    println!(
        "parsing 20 statements ({} bytes): {} ns",
        policy.len(),
        start.elapsed().as_nanos() / u128::from(ROUNDS / 100)
    );
}

fn statements_without_deny(policy: &str) -> Vec<PolicyDocument> {
    let text = policy.replace("\"Deny\"", "\"Allow\"");
    vec![PolicyDocument::parse(&text, DocumentKind::Identity).unwrap()]
}
