//! From when on a change holds: from the next request, on every node.

use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_core::HOUR;
use stepwell_core::iam::{Entity, TemporarySession};
use stepwell_model::Service;
use stepwell_testkit::{DomainBuilder, EngineKind, TestServer};

use crate::decisions::managed;
use crate::{ACCOUNT, Enforcing, allow};

fn list() -> Value {
    json!({ "MaxResults": 10 })
}

#[tokio::test]
async fn policies_take_effect_with_the_next_request_on_every_node() {
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        let test = Enforcing::on(engine).await;
        let beside = DomainBuilder::default().settings(|settings| settings.dev = false);
        let beside = TestServer::with(beside.beside(&test.server.test).await.unwrap(), Mode::Serve);
        let nodes = [&test.server, &beside];

        let policy = managed("listing", &allow("cognito-idp:ListUserPools", "*"));
        test.server.test.put_iam(Entity::Policy(Box::new(policy))).await;
        let arn = format!("arn:aws:iam::{ACCOUNT}:policy/listing");
        let role = test.server.test.iam_role("reader", &Value::Null).await;
        let session = test.server.test.session(&role, TemporarySession::default());
        let ask = async || {
            let mut allowed = Vec::new();
            for node in nodes {
                let answer = node.signed(&session, Service::Idp, "ListUserPools", &list()).await;
                assert!(matches!(answer.error(), None | Some("AccessDeniedException")), "{}", answer.body);
                allowed.push(answer.error().is_none());
            }
            assert_eq!(allowed[0], allowed[1]);
            allowed[0]
        };
        assert!(!ask().await);

        let mut record = test.server.test.stored_role("reader").await;
        record.attached.insert(arn.clone());
        test.server.test.put_iam(Entity::Role(Box::new(record.clone()))).await;
        assert!(ask().await);
        // Another version of the policy.
        let mut other = managed("listing", &allow("cognito-idp:AdminGetUser", "*"));
        other.updated_at = 1;
        test.server.test.put_iam(Entity::Policy(Box::new(other))).await;
        assert!(!ask().await);
        test.server.test.put_iam(Entity::Policy(Box::new(managed("listing", &allow("*", "*"))))).await;
        assert!(ask().await);
        // Detached.
        record.attached.clear();
        test.server.test.put_iam(Entity::Role(Box::new(record.clone()))).await;
        assert!(!ask().await);
        record.attached.insert(arn);
        test.server.test.put_iam(Entity::Role(Box::new(record))).await;
        assert!(ask().await);
        // The role is deleted, and one of the same name made anew: another role.
        let record = test.server.test.stored_role("reader").await;
        test.server.test.delete_iam(&Entity::Role(Box::new(record))).await;
        assert!(!ask().await);
        let mut again = test.server.test.role_record("reader", &allow("*", "*"));
        again.role_id = "AROAANOTHERONE000000".to_owned();
        test.server.test.put_iam(Entity::Role(Box::new(again))).await;
        assert!(!ask().await);
    }
}

#[tokio::test]
async fn sessions_are_revoked_as_the_console_does_it() {
    let test = Enforcing::start().await;
    let role = test.server.test.iam_role("app", &allow("cognito-idp:*", "*")).await;
    let before = test.server.test.session(&role, TemporarySession::default());
    test.idp(&before, "ListUserPools", &list()).await.ok();

    test.server.test.advance(60_000).await.unwrap();
    // The inline policy `AWSRevokeOlderSessions` of IAM's console.
    let revoke = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny",
            "Action": ["*"],
            "Resource": ["*"],
            "Condition": { "DateLessThan": { "aws:TokenIssueTime": "2027-01-15T08:01:00.000Z" } },
        }],
    });
    let mut record = test.server.test.stored_role("app").await;
    record.inline_policies.insert("AWSRevokeOlderSessions".to_owned(), revoke.to_string());
    test.server.test.put_iam(Entity::Role(Box::new(record))).await;

    let answer = test.idp(&before, "ListUserPools", &list()).await;
    assert!(answer.refusal().1.ends_with("with an explicit deny in an identity-based policy"), "{}", answer.body);
    let after = test.server.test.session(&role, TemporarySession::default());
    test.idp(&after, "ListUserPools", &list()).await.ok();
}

#[tokio::test]
async fn credentials_end_with_the_clock() {
    let test = Enforcing::start().await;
    let role = test.server.test.iam_role("app", &allow("*", "*")).await;
    let session = test.server.test.session(&role, TemporarySession::default());
    test.server.test.advance(HOUR - 1).await.unwrap();
    test.idp(&session, "ListUserPools", &list()).await.ok();
    test.server.test.advance(1).await.unwrap();
    let answer = test.idp(&session, "ListUserPools", &list()).await;
    let expired = ("ExpiredTokenException", "The security token included in the request is expired");
    assert_eq!(answer.refusal(), expired);
}

#[tokio::test]
async fn a_user_who_is_gone_signs_nothing() {
    let test = Enforcing::start().await;
    let user = test.server.test.iam_user("ann", &allow("*", "*")).await;
    let identity = stepwell_core::iam::Identity::User {
        name: "ann".to_owned(),
        path: "/".to_owned(),
        user_id: test.server.test.user_record("ann", &Value::Null).user_id,
    };
    let session = test.server.test.session(&identity, TemporarySession::default());
    test.idp(&user, "ListUserPools", &list()).await.ok();
    test.idp(&session, "ListUserPools", &list()).await.ok();
    let record = test.server.test.domain.stores.iam.user("ann").await.unwrap().unwrap();
    test.server.test.delete_iam(&Entity::User(Box::new(record))).await;
    assert_eq!(test.idp(&user, "ListUserPools", &list()).await.error(), Some("UnrecognizedClientException"));
    assert_eq!(test.idp(&session, "ListUserPools", &list()).await.error(), Some("AccessDeniedException"));
}
