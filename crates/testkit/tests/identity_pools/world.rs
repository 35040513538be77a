//! A user pool, an identity pool that accepts its tokens, and roles that trust the identity pool.

use http::Request;
use stepwell_core::iam::Entity;
use stepwell_core::ports::outside::Outside;
use stepwell_model::Service;
use stepwell_testkit::{Answer, Credentials, DomainBuilder, EngineKind, TestPool, Tokens};

use super::{Value, json};

const TARGET: &str = "AWSCognitoIdentityService";
/// What the test role may do: look at one user pool.
pub(crate) const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cognito-idp:DescribeUserPool","Resource":"*"}]}"#;

pub(crate) struct World {
    /// The user pool, with the users `ann` and `bob`.
    pub(crate) users: TestPool,
    /// The identity pool.
    pub(crate) id: String,
}

impl World {
    /// Guests, the user pool's tokens, and the roles `authenticated` and `guest`.
    pub(crate) async fn new(engine: EngineKind) -> Self {
        Self::with(engine, json!({})).await
    }

    /// The same with other settings (`CreateIdentityPool`).
    pub(crate) async fn with(engine: EngineKind, settings: Value) -> Self {
        Self::outside(engine, settings, Outside::default()).await
    }

    pub(crate) async fn outside(engine: EngineKind, settings: Value, outside: Outside) -> Self {
        let domain = DomainBuilder::default().engine(engine).outside(outside).build().await.unwrap();
        let server = stepwell_testkit::TestServer::with(domain, stepwell_api::Mode::Dev { allow_remote: false });
        let users = TestPool::at(server, json!({}), json!({})).await;
        for name in ["ann", "bob"] {
            users.user(name).await;
        }
        let mut this = Self { users, id: String::new() };
        this.id = this.create(settings).await;
        for (name, amr) in [("authenticated", "authenticated"), ("guest", "unauthenticated")] {
            this.role(name, &this.trust(amr), &serde_json::from_str(POLICY).unwrap()).await;
        }
        let roles = json!({"authenticated": arn("authenticated"), "unauthenticated": arn("guest")});
        this.admin("SetIdentityPoolRoles", json!({"IdentityPoolId": this.id, "Roles": roles})).await.ok();
        this
    }

    /// The id of a new identity pool for the tokens of the user pool's client.
    pub(crate) async fn create(&self, settings: Value) -> String {
        let mut input = json!({
            "IdentityPoolName": "test",
            "AllowUnauthenticatedIdentities": true,
            "CognitoIdentityProviders": [{"ProviderName": self.provider(), "ClientId": self.users.client}],
        });
        let Value::Object(settings) = settings else { panic!("no object") };
        input.as_object_mut().unwrap().extend(settings);
        let created = self.admin("CreateIdentityPool", input).await;
        created.ok()["IdentityPoolId"].as_str().unwrap().to_owned()
    }

    /// The user pool's name in `Logins`.
    pub(crate) fn provider(&self) -> String {
        format!("cognito-idp.us-east-1.amazonaws.com/{}", self.users.id)
    }

    /// Its other name, which is what Amplify makes of the issuer.
    pub(crate) fn own_provider(&self) -> String {
        format!("127.0.0.1:9229/{}", self.users.id)
    }

    /// A trust policy for the identities of the pool with this `amr`.
    pub(crate) fn trust(&self, amr: &str) -> Value {
        json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": self.id},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
            },
        }]})
    }

    /// Makes or replaces a role.
    pub(crate) async fn role(&self, name: &str, trust: &Value, policy: &Value) {
        let mut role = self.users.server.test.role_record(name, policy);
        role.trust_policy = trust.to_string();
        self.users.server.test.put_iam(Entity::Role(Box::new(role))).await;
    }

    /// An administrator's call.
    pub(crate) async fn admin(&self, operation: &str, input: Value) -> Answer {
        let answer = self.users.server.raw(&format!("{TARGET}.{operation}"), input.to_string().into_bytes()).await;
        check_declared(operation, &answer);
        answer
    }

    /// An unsigned call.
    pub(crate) async fn app(&self, operation: &str, input: Value) -> Answer {
        let request = Request::post("/")
            .header("host", "127.0.0.1:9229")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("{TARGET}.{operation}"));
        let answer = self.users.server.send(request, input.to_string()).await;
        check_declared(operation, &answer);
        answer
    }

    pub(crate) async fn tokens(&self, user: &str) -> Tokens {
        self.users.tokens(user).await
    }

    /// `Logins` with the user pool's ID token.
    pub(crate) fn logins(&self, id_token: &str) -> Value {
        json!({self.provider(): id_token})
    }

    pub(crate) async fn get_id(&self, logins: Value) -> Answer {
        self.app("GetId", json!({"IdentityPoolId": self.id, "Logins": logins})).await
    }

    /// The id of the identity of these logins.
    pub(crate) async fn id_of(&self, logins: Value) -> String {
        self.get_id(logins).await.ok()["IdentityId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn credentials(&self, identity_id: &str, logins: Value) -> Answer {
        self.app("GetCredentialsForIdentity", json!({"IdentityId": identity_id, "Logins": logins})).await
    }

    /// The credentials of a signed-in user, by way of a new sign-in.
    pub(crate) async fn credentials_of(&self, user: &str) -> Credentials {
        let logins = self.logins(&self.tokens(user).await.id);
        let identity = self.id_of(logins.clone()).await;
        given(&self.credentials(&identity, logins).await)
    }

    /// A call of user pools with credentials.
    pub(crate) async fn signed(&self, credentials: &Credentials, operation: &str, input: Value) -> Answer {
        self.users.server.signed(credentials, Service::Idp, operation, &input).await
    }

    /// Looks at the user pool, which [`POLICY`] allows.
    pub(crate) async fn describe(&self, credentials: &Credentials) -> Answer {
        self.signed(credentials, "DescribeUserPool", json!({"UserPoolId": self.users.id})).await
    }

    /// Replaces roles and role mappings.
    pub(crate) async fn set_roles(&self, roles: Value, mappings: Value) -> Answer {
        self.admin("SetIdentityPoolRoles", json!({"IdentityPoolId": self.id, "Roles": roles, "RoleMappings": mappings}))
            .await
    }
}

pub(crate) fn arn(role: &str) -> String {
    format!("arn:aws:iam::000000000000:role/{role}")
}

/// The credentials of an answer.
#[track_caller]
pub(crate) fn given(answer: &Answer) -> Credentials {
    let credentials = &answer.ok()["Credentials"];
    let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
    assert!(credentials["Expiration"].is_number());
    Credentials {
        access_key_id: text("AccessKeyId"),
        secret: text("SecretKey"),
        session_token: Some(text("SessionToken")),
    }
}

/// Fails the test if an operation answers an error that its model does not list.
fn check_declared(operation: &str, answer: &Answer) {
    let Some(name) = answer.error() else { return };
    let meta = stepwell_model::identity::OPERATIONS.iter().find(|meta| meta.name == operation).unwrap();
    let code = stepwell_core::ErrorCode::ALL.iter().find(|code| code.name() == name).unwrap();
    assert!(stepwell_api::wire::dispatch::is_declared(meta, *code), "{operation} may not answer {}", answer.body);
}
