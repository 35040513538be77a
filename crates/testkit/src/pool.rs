//! A user pool with an app client, and what tests do with it.

use serde_json::{Value, json};
use stepwell_api::Mode;

use crate::srp;
use crate::{Answer, DomainBuilder, EngineKind, TestServer};

/// The password of test users.
pub const PASSWORD: &str = "Correct-Horse-1";

/// The tokens of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The ID token.
    pub id: String,
    /// The refresh token; empty if the answer held none.
    pub refresh: String,
}

impl Tokens {
    /// From an answer with an `AuthenticationResult`.
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let result = &answer.body["AuthenticationResult"];
        let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
        let tokens = Self { access: text("AccessToken"), id: text("IdToken"), refresh: text("RefreshToken") };
        assert!(!tokens.access.is_empty() && !tokens.id.is_empty(), "{}", answer.body);
        tokens
    }
}

/// A user pool with an app client that allows all flows.
#[derive(Debug)]
pub struct TestPool {
    /// The server it is on.
    pub server: TestServer,
    /// `UserPoolId`.
    pub id: String,
    /// `ClientId`.
    pub client: String,
}

impl TestPool {
    /// A pool on a fresh SQLite database; settings are members of `CreateUserPool` and `CreateUserPoolClient`.
    pub async fn new(pool: Value, client: Value) -> Self {
        Self::on(EngineKind::Sqlite, pool, client).await
    }

    /// A pool on a fresh database.
    pub async fn on(engine: EngineKind, pool: Value, client: Value) -> Self {
        let domain = DomainBuilder::default().engine(engine).build().await.unwrap();
        Self::at(TestServer::with(domain, Mode::Dev { allow_remote: false }), pool, client).await
    }

    /// A pool at this server.
    pub async fn at(server: TestServer, pool: Value, client: Value) -> Self {
        let created = server.admin("CreateUserPool", &merged(json!({"PoolName": "test"}), pool)).await;
        let id = created.ok()["UserPool"]["Id"].as_str().unwrap().to_owned();
        let mut this = Self { server, id, client: String::new() };
        this.client = this.another_client(client).await;
        this
    }

    /// The id of another app client of the pool.
    pub async fn another_client(&self, settings: Value) -> String {
        let flows = ["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"];
        let flows = flows.map(|flow| format!("ALLOW_{flow}"));
        let input = merged(json!({"ClientName": "test", "ExplicitAuthFlows": flows}), settings);
        let created = self.admin("CreateUserPoolClient", input).await;
        created.ok()["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned()
    }

    /// An administrator's call on the pool.
    pub async fn admin(&self, operation: &str, input: Value) -> Answer {
        self.server.admin(operation, &merged(json!({"UserPoolId": self.id}), input)).await
    }

    /// A call of the app client.
    pub async fn app(&self, operation: &str, input: Value) -> Answer {
        self.server.app(operation, &merged(json!({"ClientId": self.client}), input)).await
    }

    /// A call of a signed-in user.
    pub async fn own(&self, operation: &str, access_token: &str, input: Value) -> Answer {
        self.server.app(operation, &merged(json!({"AccessToken": access_token}), input)).await
    }

    /// Makes a confirmed user with [`PASSWORD`] and a verified e-mail address: the name, or `<name>@example.com`.
    pub async fn user(&self, name: &str) {
        self.invited(name, "Temporary-1").await;
        let input = json!({"Username": name, "Password": PASSWORD, "Permanent": true});
        self.admin("AdminSetUserPassword", input).await.ok();
    }

    /// Makes a user with a temporary password.
    pub async fn invited(&self, name: &str, password: &str) {
        let email = email_of(name);
        let attributes = json!([{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]);
        let input = json!({
            "Username": name, "UserAttributes": attributes, "TemporaryPassword": password, "MessageAction": "SUPPRESS",
        });
        self.admin("AdminCreateUser", input).await.ok();
    }

    /// Signs `<name>@example.com` up with [`PASSWORD`]; unconfirmed.
    pub async fn signed_up(&self, name: &str) {
        let attributes = json!([{"Name": "email", "Value": email_of(name)}]);
        let input = json!({"Username": name, "Password": PASSWORD, "UserAttributes": attributes});
        self.app("SignUp", input).await.ok();
    }

    /// `USER_PASSWORD_AUTH`.
    pub async fn sign_in(&self, name: &str, password: &str) -> Answer {
        let parameters = json!({"USERNAME": name, "PASSWORD": password});
        self.app("InitiateAuth", json!({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters})).await
    }

    /// The tokens of a sign-in with [`PASSWORD`].
    pub async fn tokens(&self, name: &str) -> Tokens {
        Tokens::of(&self.sign_in(name, PASSWORD).await)
    }

    /// Starts `USER_SRP_AUTH`.
    pub async fn srp(&self, client: &srp::Client, name: &str) -> Answer {
        let parameters = json!({"USERNAME": name, "SRP_A": client.srp_a()});
        self.app("InitiateAuth", json!({"AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters})).await
    }

    /// Answers a challenge.
    pub async fn respond(&self, challenge: &str, session: Option<&str>, responses: &Value) -> Answer {
        let mut input = json!({"ChallengeName": challenge, "ChallengeResponses": responses});
        if let Some(session) = session {
            input["Session"] = json!(session);
        }
        self.app("RespondToAuthChallenge", input).await
    }

    /// `REFRESH_TOKEN_AUTH`.
    pub async fn refresh(&self, token: &str) -> Answer {
        let parameters = json!({"REFRESH_TOKEN": token});
        self.app("InitiateAuth", json!({"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters})).await
    }

    /// Sends what is due and gives the code in the newest message to `<name>@example.com`.
    pub async fn code(&self, name: &str) -> String {
        self.server.test.send_messages().await.unwrap();
        self.server.test.messages.code(&email_of(name)).expect("no message")
    }

    /// Moves the clock.
    pub async fn advance(&self, by: i64) {
        self.server.test.advance(by).await.unwrap();
    }
}

fn email_of(name: &str) -> String {
    if name.contains('@') { name.to_owned() } else { format!("{name}@example.com") }
}

/// `base` with the members of `more`.
fn merged(mut base: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("not an object: {more}") };
    base.as_object_mut().unwrap().extend(more);
    base
}
