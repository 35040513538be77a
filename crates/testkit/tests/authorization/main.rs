//! Authorization by policies in `serve`: what users, roles and their sessions may do, and from when on they may not.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a missing member or a failed call fails the test")]

mod bounds;
mod decisions;
mod dev;
mod effect;
mod forgeries;
mod iam;
mod limits;
mod verification;

use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_model::Service;
use stepwell_testkit::{Answer, Credentials, DomainBuilder, EngineKind, TestServer};

/// The account of test deployments.
const ACCOUNT: &str = "000000000000";

/// A server that enforces, and an administrator of it.
struct Enforcing {
    server: TestServer,
    admin: Credentials,
}

impl Enforcing {
    async fn start() -> Self {
        Self::on(EngineKind::Sqlite).await
    }

    async fn on(engine: EngineKind) -> Self {
        let test = DomainBuilder::default().engine(engine).settings(|settings| settings.dev = false).build().await;
        let server = TestServer::with(test.unwrap(), Mode::Serve);
        let admin = server.test.iam_user("root-of-tests", &allow("*", "*")).await;
        Self { server, admin }
    }

    /// Calls user pools.
    async fn idp(&self, credentials: &Credentials, operation: &str, input: &Value) -> Answer {
        self.server.signed(credentials, Service::Idp, operation, input).await
    }

    /// Makes a user pool and returns its id.
    async fn pool(&self, tags: Value) -> String {
        let input = json!({ "PoolName": "test", "UserPoolTags": tags });
        let answer = self.idp(&self.admin, "CreateUserPool", &input).await;
        answer.ok()["UserPool"]["Id"].as_str().unwrap().to_owned()
    }

    /// Makes a user in a pool.
    async fn user(&self, pool: &str, name: &str) {
        let input = json!({ "UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS" });
        self.idp(&self.admin, "AdminCreateUser", &input).await.ok();
    }
}

/// A policy of one Allow.
fn allow(action: &str, resource: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": action, "Resource": resource },
    })
}

fn pool_arn(pool: &str) -> String {
    format!("arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/{pool}")
}

/// The refusal of `action` in AWS's words.
#[track_caller]
fn assert_denied(answer: &Answer, who: &str, action: &str, resource: &str, why: &str) {
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(answer.headers["x-amzn-errortype"], "AccessDeniedException:");
    let message = format!("User: {who} is not authorized to perform: {action} on resource: {resource} {why}");
    assert_eq!(answer.refusal(), ("AccessDeniedException", message.as_str()));
}
