//! `dev` takes any credentials, and enforces those that it knows.

use serde_json::json;
use stepwell_core::iam::TemporarySession;
use stepwell_model::Service;
use stepwell_testkit::{Credentials, TestServer};

use crate::allow;

#[tokio::test]
async fn unknown_credentials_are_the_administrators_and_known_ones_are_enforced() {
    let server = TestServer::start().await.unwrap();
    let list = json!({ "MaxResults": 10 });
    server.admin("ListUserPools", &list).await.ok();

    let user = server.test.iam_user("ann", &allow("cognito-idp:ListUserPools", "*")).await;
    server.signed(&user, Service::Idp, "ListUserPools", &list).await.ok();
    let create = json!({ "PoolName": "p" });
    let answer = server.signed(&user, Service::Idp, "CreateUserPool", &create).await;
    assert_eq!(answer.error(), Some("AccessDeniedException"));
    let forged = Credentials { secret: "x".repeat(40), ..user };
    let answer = server.signed(&forged, Service::Idp, "ListUserPools", &list).await;
    assert_eq!(answer.error(), Some("InvalidSignatureException"));

    let role = server.test.iam_role("r", &allow("cognito-idp:ListUserPools", "*")).await;
    let mut session = server.test.session(&role, TemporarySession::default());
    server.signed(&session, Service::Idp, "ListUserPools", &list).await.ok();
    let answer = server.signed(&session, Service::Idp, "CreateUserPool", &create).await;
    assert_eq!(answer.error(), Some("AccessDeniedException"));
    // A changed token of ours does not make its bearer the administrator.
    session.session_token.as_mut().unwrap().push('A');
    let answer = server.signed(&session, Service::Idp, "CreateUserPool", &create).await;
    assert_eq!(answer.error(), Some("UnrecognizedClientException"));
}
