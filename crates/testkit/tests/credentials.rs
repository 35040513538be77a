//! How the credentials of an identity pool's two flows end: to the second, at every service, in `serve` as in `dev`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed call fails the test")]

use http::Request;
use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_core::iam::Entity;
use stepwell_core::ports::clock::Clock as _;
use stepwell_core::{HOUR, MINUTE, SECOND};
use stepwell_model::Service;
use stepwell_testkit::{Answer, Credentials, DomainBuilder, EngineKind, SignedCall, TestServer};

const EXPIRED: &str = "The security token included in the request is expired";
const ISSUER: &str = "cognito-identity.amazonaws.com";
const ROLE: &str = "arn:aws:iam::000000000000:role/app";

/// An identity pool with guests and both flows, whose role `app` may do everything.
struct World {
    server: TestServer,
    identity: String,
}

impl World {
    async fn new(engine: EngineKind, mode: Mode) -> Self {
        let builder = DomainBuilder::default().engine(engine);
        let builder = match mode {
            Mode::Serve => builder.settings(|settings| settings.dev = false),
            Mode::Dev { .. } => builder,
        };
        let server = TestServer::with(builder.build().await.unwrap(), mode);
        let all =
            json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
        let admin = server.test.iam_user("admin", &all).await;
        let call = async |operation: &str, input: Value| {
            server.signed(&admin, Service::Identity, operation, &input).await.ok().clone()
        };
        let settings =
            json!({ "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true, "AllowClassicFlow": true });
        let pool = call("CreateIdentityPool", settings).await["IdentityPoolId"].as_str().unwrap().to_owned();
        call("SetIdentityPoolRoles", json!({ "IdentityPoolId": pool, "Roles": { "unauthenticated": ROLE } })).await;
        let mut role = server.test.role_record("app", &all);
        role.trust_policy = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": { "Federated": ISSUER }, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": { format!("{ISSUER}:aud"): pool } },
        } })
        .to_string();
        server.test.put_iam(Entity::Role(Box::new(role))).await;
        let id = unsigned(&server, "GetId", json!({ "IdentityPoolId": pool })).await;
        let identity = id.ok()["IdentityId"].as_str().unwrap().to_owned();
        Self { server, identity }
    }

    /// The enhanced flow.
    async fn enhanced(&self) -> Credentials {
        let answer = unsigned(&self.server, "GetCredentialsForIdentity", json!({ "IdentityId": self.identity })).await;
        let credentials = &answer.ok()["Credentials"];
        let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
        Credentials {
            access_key_id: text("AccessKeyId"),
            secret: text("SecretKey"),
            session_token: Some(text("SessionToken")),
        }
    }

    /// The basic flow, for the shortest time there is.
    async fn classic(&self) -> Credentials {
        let token = unsigned(&self.server, "GetOpenIdToken", json!({ "IdentityId": self.identity })).await;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", "AssumeRoleWithWebIdentity").append_pair("Version", "2011-06-15");
        form.append_pair("RoleArn", ROLE).append_pair("RoleSessionName", "app").append_pair("DurationSeconds", "900");
        form.append_pair("WebIdentityToken", token.ok()["Token"].as_str().unwrap());
        let request = Request::post("/")
            .header("host", "127.0.0.1:9229")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = self.server.send(request, form.finish()).await;
        let element = |name| answer.element(name).unwrap().to_owned();
        Credentials {
            access_key_id: element("AccessKeyId"),
            secret: element("SecretAccessKey"),
            session_token: Some(element("SessionToken")),
        }
    }

    fn list_pools(&self, credentials: &Credentials) -> SignedCall {
        let now = self.server.test.clock.now();
        SignedCall::new(credentials, Service::Idp, "ListUserPools", &json!({ "MaxResults": 1 }), now)
    }

    async fn assert_over(&self, credentials: &Credentials) {
        let list = json!({ "MaxResults": 1 });
        for (service, operation) in [(Service::Idp, "ListUserPools"), (Service::Identity, "ListIdentityPools")] {
            let answer = self.server.signed(credentials, service, operation, &list).await;
            assert_eq!(answer.refusal(), ("ExpiredTokenException", EXPIRED), "{operation}");
            assert_eq!(answer.status, 400, "{operation}");
        }
        for (service, operation) in [(Service::Sts, "GetCallerIdentity"), (Service::Iam, "ListRoles")] {
            let answer = self.server.signed(credentials, service, operation, &json!({})).await;
            assert_eq!(answer.query_refusal(), ("ExpiredToken", EXPIRED), "{operation}");
            assert_eq!(answer.status, 403, "{operation}");
        }
    }
}

/// An unsigned call of identity pools.
async fn unsigned(server: &TestServer, operation: &str, input: Value) -> Answer {
    let request = Request::post("/")
        .header("host", "127.0.0.1:9229")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("AWSCognitoIdentityService.{operation}"));
    server.send(request, input.to_string()).await
}

#[tokio::test]
async fn credentials_end_to_the_second() {
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        for mode in [Mode::Serve, Mode::Dev { allow_remote: false }] {
            let world = World::new(engine, mode).await;
            let (enhanced, classic) = (world.enhanced().await, world.classic().await);
            let pass = async |credentials: &Credentials| {
                world.server.send_signed(&world.list_pools(credentials)).await.ok();
            };
            world.server.test.advance(15 * MINUTE - 1).await.unwrap();
            pass(&classic).await;
            world.server.test.advance(1).await.unwrap();
            world.assert_over(&classic).await;
            pass(&enhanced).await;
            world.server.test.advance(HOUR - 15 * MINUTE - 1).await.unwrap();
            pass(&enhanced).await;
            world.server.test.advance(1).await.unwrap();
            world.assert_over(&enhanced).await;
            // The identity gets others.
            pass(&world.enhanced().await).await;
        }
    }
}

#[tokio::test]
async fn a_signature_from_before_the_end_does_not_outlive_it() {
    let world = World::new(EngineKind::Sqlite, Mode::Serve).await;
    let credentials = world.classic().await;
    world.server.test.advance(15 * MINUTE - SECOND).await.unwrap();
    let call = world.list_pools(&credentials);
    world.server.send_signed(&call).await.ok();
    world.server.test.advance(SECOND).await.unwrap();
    // Well within the window of the clock, and over all the same.
    assert_eq!(world.server.send_signed(&call).await.refusal(), ("ExpiredTokenException", EXPIRED));
    // A date in the past does not bring them back either.
    let dated = world.server.test.clock.now() - MINUTE;
    let back = SignedCall::new(&credentials, Service::Idp, "ListUserPools", &json!({ "MaxResults": 1 }), dated);
    assert_eq!(world.server.send_signed(&back).await.refusal(), ("ExpiredTokenException", EXPIRED));
}
