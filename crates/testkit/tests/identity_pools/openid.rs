//! Tokens of other OpenID providers. Another Stepwell plays the provider: it has discovery, keys and genuine tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use stepwell_core::iam::{Entity, OidcProvider};
use stepwell_core::ports::egress::{Answer as Fetched, Egress, EgressError, Outgoing};
use stepwell_core::ports::outside::Outside;
use stepwell_testkit::{DomainBuilder, TestPool, TestServer};

use super::world::given;
use super::*;

on_both_engines!(a_registered_providers_token_counts, what_is_refused_of_it, a_provider_that_cannot_be_asked);

/// The way to the other deployment, while it is there.
#[derive(Default)]
struct Way {
    to: Mutex<Option<Arc<TestPool>>>,
}

#[async_trait]
impl Egress for Way {
    async fn send(&self, request: Outgoing) -> Result<Fetched, EgressError> {
        let to = self.to.lock().clone();
        let path = request.url.strip_prefix("https://op.example").filter(|path| path.starts_with('/'));
        let (Some(to), Some(path)) = (to, path) else { return Err(EgressError::Failed("away".to_owned())) };
        let answer = to.server.get(path).await;
        Ok(Fetched { status: answer.status.as_u16(), body: answer.body.to_string().into_bytes() })
    }
}

struct Federation {
    world: World,
    way: Arc<Way>,
    op: Arc<TestPool>,
    /// The provider's address without the scheme.
    name: String,
}

impl Federation {
    async fn new(engine: EngineKind) -> Self {
        let way = Arc::new(Way::default());
        let outside = Outside { egress: Arc::clone(&way) as _, ..Outside::default() };
        let op = DomainBuilder::default().seed(77).settings(|settings| {
            "https://op.example".clone_into(&mut settings.public_url);
        });
        let op = TestServer::with(op.build().await.unwrap(), stepwell_api::Mode::Dev { allow_remote: true });
        let op = Arc::new(TestPool::at(op, json!({}), json!({})).await);
        op.user("zoe").await;
        *way.to.lock() = Some(Arc::clone(&op));
        let name = format!("op.example/{}", op.id);
        let arn = format!("arn:aws:iam::000000000000:oidc-provider/{name}");
        let world = World::outside(engine, json!({"OpenIdConnectProviderARNs": [arn]}), outside).await;
        let this = Self { world, way, op, name };
        this.register(&[this.op.client.as_str()]).await;
        this
    }

    async fn register(&self, clients: &[&str]) {
        let provider = OidcProvider {
            url: self.name.clone(),
            client_ids: clients.iter().map(|&client| client.to_owned()).collect::<BTreeSet<_>>(),
            thumbprints: Vec::new(),
            tags: BTreeMap::new(),
            created_at: 0,
            version: 0,
        };
        self.world.users.server.test.put_iam(Entity::OidcProvider(Box::new(provider))).await;
    }

    async fn unregister(&self) {
        let test = &self.world.users.server.test;
        let found = test.domain.stores.iam.oidc_provider(&OidcProvider::key_of(&self.name)).await.unwrap().unwrap();
        test.delete_iam(&Entity::OidcProvider(Box::new(found))).await;
    }

    fn logins(&self, token: &str) -> Value {
        json!({&self.name: token})
    }
}

async fn a_registered_providers_token_counts(engine: EngineKind) {
    let federation = Federation::new(engine).await;
    let world = &federation.world;
    let token = federation.op.tokens("zoe").await.id;
    let id = world.id_of(federation.logins(&token)).await;
    world.describe(&given(&world.credentials(&id, federation.logins(&token)).await)).await.ok();
    let described = world.admin("DescribeIdentity", json!({"IdentityId": id})).await;
    assert_eq!(described.ok()["Logins"], json!([federation.name]));
    // Rules see its claims, under the ARN as under the address.
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    world.role("zoes", &world.trust("authenticated"), &policy).await;
    let rule = json!({
        "Claim": "email", "MatchType": "Equals", "Value": "zoe@example.com", "RoleARN": super::world::arn("zoes"),
    });
    let mapping = json!({"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": [rule]}});
    let key = format!("arn:aws:iam::000000000000:oidc-provider/{}", federation.name);
    world.set_roles(json!({}), json!({key: mapping})).await.ok();
    world.credentials(&id, federation.logins(&token)).await.ok();
    // Links with a login of the user pool.
    let both = json!({&federation.name: token, world.provider(): world.tokens("ann").await.id});
    assert_eq!(world.credentials(&id, both).await.ok()["IdentityId"], id.as_str());
}

async fn what_is_refused_of_it(engine: EngineKind) {
    let federation = Federation::new(engine).await;
    let world = &federation.world;
    let tokens = federation.op.tokens("zoe").await;
    let refused = async |token: &str, why: &str| {
        let answer = world.get_id(federation.logins(token)).await;
        assert_eq!(answer.refusal(), (FORBIDDEN, format!("Invalid login token. {why}").as_str()));
    };
    refused("arbitrary", "Not a valid OpenId Connect identity token.").await;
    refused(&format!("{}x", tokens.id), "Couldn't verify signed token.").await;
    let (head, _) = tokens.id.rsplit_once('.').unwrap();
    refused(&format!("{head}."), "Couldn't verify signed token.").await;
    refused(&world.tokens("ann").await.id, "Issuer doesn't match providerName").await;
    let other = federation.op.another_client(json!({})).await;
    let parameters = json!({"USERNAME": "zoe", "PASSWORD": stepwell_testkit::PASSWORD});
    let input = json!({"ClientId": other, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    let theirs = stepwell_testkit::Tokens::of(&federation.op.server.app("InitiateAuth", &input).await);
    refused(&theirs.id, "Incorrect token audience.").await;
    world.get_id(federation.logins(&tokens.id)).await.ok();
    // What IAM says now counts, not what it said.
    federation.unregister().await;
    assert_eq!(world.get_id(federation.logins(&tokens.id)).await.refusal(), UNSUPPORTED);
    federation.register(&[&other]).await;
    refused(&tokens.id, "Incorrect token audience.").await;
    world.get_id(federation.logins(&theirs.id)).await.ok();
    world.users.advance(stepwell_core::HOUR).await;
    refused(&theirs.id, &format!("Token expired: {0} >= {0}", 1_800_003_600)).await;
    // Another provider of the same words.
    let world = World::with(engine, json!({"SupportedLoginProviders": {"accounts.google.com": "x"}})).await;
    let answer = world.get_id(json!({"accounts.google.com": tokens.id})).await;
    assert_eq!(answer.refusal(), (FORBIDDEN, "Invalid login token. Issuer doesn't match providerName"));
}

async fn a_provider_that_cannot_be_asked(engine: EngineKind) {
    let federation = Federation::new(engine).await;
    let token = federation.op.tokens("zoe").await.id;
    let arn = format!("arn:aws:iam::000000000000:oidc-provider/{}", federation.name);
    *federation.way.to.lock() = None;
    let world = &federation.world;
    let answer = world.get_id(federation.logins(&token)).await;
    let away = "The identity provider could not be reached.";
    assert_eq!(answer.refusal(), ("ExternalServiceException", away));
    // Which the one operation that a backend calls does not have.
    let id = world.create(json!({"DeveloperProviderName": "login.example", "OpenIdConnectProviderARNs": [arn]})).await;
    let logins = json!({"login.example": "u1", &federation.name: token});
    let input = json!({"IdentityPoolId": id, "Logins": logins});
    let answer = world.admin("GetOpenIdTokenForDeveloperIdentity", input).await;
    assert_eq!(answer.refusal(), ("InternalErrorException", away));
}
