//! What credentials never do, whatever policies say; and what everybody may.

use serde_json::json;
use stepwell_core::iam::{Identity, TemporarySession};
use stepwell_model::Service;

use crate::{ACCOUNT, Enforcing, allow, assert_denied};

#[tokio::test]
async fn identity_pool_credentials_never_call_identity_pools() {
    let test = Enforcing::start().await;
    let role = test.server.test.iam_role("guest", &allow("*", "*")).await;
    let of_pool = TemporarySession { identity_pool: true, ..TemporarySession::default() };
    let (guest, assumed) =
        (test.server.test.session(&role, of_pool), test.server.test.session(&role, TemporarySession::default()));
    let list = json!({ "MaxResults": 10 });
    test.idp(&guest, "ListUserPools", &list).await.ok();
    test.server.signed(&assumed, Service::Identity, "ListIdentityPools", &list).await.ok();
    let answer = test.server.signed(&guest, Service::Identity, "ListIdentityPools", &list).await;
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/guest/s1");
    let why = "because no session policy allows the cognito-identity:ListIdentityPools action";
    assert_denied(&answer, &arn, "cognito-identity:ListIdentityPools", "*", why);
}

#[tokio::test]
async fn session_tokens_of_users_call_neither_iam_nor_most_of_sts() {
    let test = Enforcing::start().await;
    test.server.test.iam_user("ann", &allow("*", "*")).await;
    let ann = Identity::User {
        name: "ann".to_owned(),
        path: "/".to_owned(),
        user_id: test.server.test.user_record("ann", &json!({})).user_id,
    };
    let plain = test.server.test.session(&ann, TemporarySession::default());
    let mfa = test.server.test.session(&ann, TemporarySession { mfa: true, ..TemporarySession::default() });
    let status = async |credentials, service, operation| {
        test.server.signed(credentials, service, operation, &json!({})).await.status.as_u16()
    };
    assert_eq!(status(&plain, Service::Iam, "ListUsers").await, 403);
    assert_eq!(status(&mfa, Service::Iam, "ListUsers").await, 200);
    for credentials in [&plain, &mfa] {
        assert_eq!(status(credentials, Service::Sts, "GetSessionToken").await, 403);
        assert_eq!(status(credentials, Service::Sts, "GetCallerIdentity").await, 200);
    }
}

#[tokio::test]
async fn a_session_token_does_not_keep_a_path_that_its_user_has_left() {
    let test = Enforcing::start().await;
    let mut policy = allow("cognito-idp:ListUserPools", "*");
    policy["Statement"]["Condition"] = json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:user/staff/*" } });
    test.server.test.iam_user("ann", &policy).await;
    let user_id = test.server.test.user_record("ann", &policy).user_id;
    let sealed = Identity::User { name: "ann".to_owned(), path: "/staff/".to_owned(), user_id };
    let session = test.server.test.session(&sealed, TemporarySession::default());
    let answer = test.idp(&session, "ListUserPools", &json!({ "MaxResults": 1 })).await;
    assert_eq!(answer.error(), Some("AccessDeniedException"));
    let mut record = test.server.test.user_record("ann", &policy);
    record.path = "/staff/".to_owned();
    test.server.test.put_iam(stepwell_core::iam::Entity::User(Box::new(record))).await;
    test.idp(&session, "ListUserPools", &json!({ "MaxResults": 1 })).await.ok();
}

#[tokio::test]
async fn everybody_may_ask_who_they_are() {
    let test = Enforcing::start().await;
    let deny = json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" },
    });
    let denied = test.server.test.iam_user("denied", &deny).await;
    let answer = test.server.signed(&denied, Service::Sts, "GetCallerIdentity", &json!({})).await;
    assert_eq!(answer.status, 200);
    // In the query protocol a denial is XML and 403.
    let answer = test.server.signed(&denied, Service::Iam, "ListUsers", &json!({})).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.headers["content-type"], "text/xml");
}
