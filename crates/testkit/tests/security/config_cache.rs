//! The bounds of cached configuration (architecture decision 9): another node's change is seen within three seconds of
//! the last look at the version; while nobody can look, everything is read through; secrets end at once.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_testkit::{Answer, DomainBuilder, EngineKind, Observer, PASSWORD, TestPool, TestServer, Tokens};

use crate::SECOND;

on_both_engines!(
    a_change_elsewhere_is_seen_by_the_next_poll,
    nothing_older_than_three_seconds_is_used,
    the_node_that_changes_sees_it_at_once,
    a_secret_deleted_elsewhere_ends_at_once,
    a_client_deleted_elsewhere_ends_within_three_seconds,
);

/// Two nodes on one database. The first one's reads are observed; nothing polls unless the test says so.
struct Nodes {
    first: TestPool,
    second: TestServer,
    reads: Observer,
}

impl Nodes {
    async fn new(engine: EngineKind, client: Value) -> Self {
        let reads = Observer::default();
        let first = DomainBuilder::default().engine(engine).observer(&reads).build().await.unwrap();
        let second = DomainBuilder::default().seed(2).beside(&first).await.unwrap();
        let second = TestServer::with(second, Mode::Dev { allow_remote: false });
        let first = TestServer::with(first, Mode::Dev { allow_remote: false });
        let first = TestPool::at(first, json!({}), client).await;
        first.user("jane").await;
        Self { first, second, reads }
    }

    /// Forbids the password flow, on the second node.
    async fn forbid_elsewhere(&self) {
        let input = json!({
            "UserPoolId": self.first.id, "ClientId": self.first.client, "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
        });
        self.second.admin("UpdateUserPoolClient", &input).await.ok();
    }

    async fn may_sign_in(&self) -> bool {
        let answer = self.first.sign_in("jane", PASSWORD).await;
        assert!(answer.status == 200 || answer.error() == Some("InvalidParameterException"), "{}", answer.body);
        answer.status == 200
    }

    /// Moves the clock without looking at the version.
    fn pass(&self, time: i64) {
        self.first.server.test.clock.advance(time);
    }

    fn configuration_reads(&self) -> usize {
        let reads = ["pool", "client", "wrapped_keys", "signing_keys"];
        self.reads.take().iter().filter(|call| reads.contains(&call.as_str())).count()
    }
}

async fn a_change_elsewhere_is_seen_by_the_next_poll(engine: EngineKind) {
    let nodes = Nodes::new(engine, json!({})).await;
    assert!(nodes.may_sign_in().await);
    nodes.configuration_reads();
    assert!(nodes.may_sign_in().await);
    assert_eq!(nodes.configuration_reads(), 0, "configuration was not cached");
    nodes.forbid_elsewhere().await;
    nodes.first.server.test.domain.poll_config().await.unwrap();
    assert!(!nodes.may_sign_in().await);
}

async fn nothing_older_than_three_seconds_is_used(engine: EngineKind) {
    let nodes = Nodes::new(engine, json!({})).await;
    nodes.first.server.test.domain.poll_config().await.unwrap();
    assert!(nodes.may_sign_in().await);
    nodes.reads.fail("config_version");
    nodes.forbid_elsewhere().await;
    // The database's version cannot be read: what is cached may still be used for three seconds.
    assert!(nodes.first.server.test.domain.poll_config().await.is_err());
    nodes.pass(3 * SECOND);
    assert!(nodes.may_sign_in().await);
    nodes.pass(1);
    assert!(!nodes.may_sign_in().await);
    // From here on every request reads through.
    for _ in 0..2 {
        nodes.configuration_reads();
        assert!(!nodes.may_sign_in().await);
        assert!(nodes.configuration_reads() >= 4);
    }
    // And fails closed where that fails, too.
    nodes.reads.fail("client");
    let answer = nodes.first.sign_in("jane", PASSWORD).await;
    assert_eq!((answer.status.as_u16(), answer.error()), (500, Some("InternalErrorException")));
    assert_eq!(answer.body["message"], "Something went wrong");
    nodes.reads.recover();
    nodes.first.server.test.domain.poll_config().await.unwrap();
    assert!(!nodes.may_sign_in().await);
    nodes.configuration_reads();
    assert!(!nodes.may_sign_in().await);
    assert_eq!(nodes.configuration_reads(), 0, "caching did not come back");
}

async fn the_node_that_changes_sees_it_at_once(engine: EngineKind) {
    let nodes = Nodes::new(engine, json!({})).await;
    assert!(nodes.may_sign_in().await);
    let input = json!({"ClientId": nodes.first.client, "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]});
    nodes.first.admin("UpdateUserPoolClient", input).await.ok();
    assert!(!nodes.may_sign_in().await);
}

async fn sign_in_with_secret(nodes: &Nodes, secret: &str) -> Answer {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let hash = STANDARD.encode(hmac::sign(&key, format!("jane{}", nodes.first.client).as_bytes()));
    let parameters = json!({"USERNAME": "jane", "PASSWORD": PASSWORD, "SECRET_HASH": hash});
    let input = json!({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    nodes.first.app("InitiateAuth", input).await
}

async fn a_secret_deleted_elsewhere_ends_at_once(engine: EngineKind) {
    let nodes = Nodes::new(engine, json!({"GenerateSecret": true})).await;
    let client = json!({"UserPoolId": nodes.first.id, "ClientId": nodes.first.client});
    let described = nodes.second.admin("DescribeUserPoolClient", &client).await;
    let old = described.ok()["UserPoolClient"]["ClientSecret"].as_str().unwrap().to_owned();
    let added = nodes.second.admin("AddUserPoolClientSecret", &client).await;
    let new = added.ok()["ClientSecretDescriptor"]["ClientSecretValue"].as_str().unwrap().to_owned();
    for secret in [&old, &new] {
        let tokens = Tokens::of(&sign_in_with_secret(&nodes, secret).await);
        let refresh = json!({"RefreshToken": tokens.refresh, "ClientSecret": secret});
        Tokens::of(&nodes.first.app("GetTokensFromRefreshToken", refresh).await);
    }
    let listed = nodes.second.admin("ListUserPoolClientSecrets", &client).await;
    let first_id = listed.ok()["ClientSecrets"][0]["ClientSecretId"].clone();
    let tokens = Tokens::of(&sign_in_with_secret(&nodes, &new).await);
    let mut delete = client.clone();
    delete["ClientSecretId"] = first_id;
    nodes.second.admin("DeleteUserPoolClientSecret", &delete).await.ok();
    // The first node's cache is as fresh as it was: the secret ends all the same.
    let refused = format!("SecretHash does not match for the client: {}", nodes.first.client);
    assert_eq!(sign_in_with_secret(&nodes, &old).await.refusal(), ("NotAuthorizedException", refused.as_str()));
    for operation in ["GetTokensFromRefreshToken", "RevokeToken"] {
        let input = json!({"RefreshToken": tokens.refresh, "Token": tokens.refresh, "ClientSecret": old});
        let answer = nodes.first.app(operation, input).await;
        assert_eq!(answer.refusal().1, "Invalid client secret", "{operation}");
    }
    Tokens::of(&sign_in_with_secret(&nodes, &new).await);
}

async fn a_client_deleted_elsewhere_ends_within_three_seconds(engine: EngineKind) {
    let nodes = Nodes::new(engine, json!({})).await;
    nodes.first.server.test.domain.poll_config().await.unwrap();
    let token = nodes.first.tokens("jane").await.access;
    let client = json!({"UserPoolId": nodes.first.id, "ClientId": nodes.first.client});
    nodes.second.admin("DeleteUserPoolClient", &client).await.ok();
    nodes.pass(3 * SECOND + 1);
    let answer = nodes.first.sign_in("jane", PASSWORD).await;
    assert_eq!(answer.error(), Some("ResourceNotFoundException"));
    let answer = nodes.first.own("GetUser", &token, json!({})).await;
    assert_eq!(answer.refusal(), ("NotAuthorizedException", "Invalid Access Token"));
}
