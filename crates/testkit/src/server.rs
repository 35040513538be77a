//! A domain on a fresh database, and the doors before it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use parking_lot::Mutex;
use serde_json::Value;
use stepwell_api::wire::dispatch::is_declared;
use stepwell_api::wire::limits::LimitSettings;
use stepwell_api::{ApiSettings, Mode};
use stepwell_core::keyring::MasterKey;
use stepwell_core::messaging::outbox;
use stepwell_core::ports::outside::Outside;
use stepwell_core::ports::rng::Rng;
use stepwell_core::ports::store::Stores;
use stepwell_core::settings::IssuerMode;
use stepwell_core::{Domain, ErrorCode, Millis, Settings};
use tower_service::Service as _;
use zeroize::Zeroizing;

use crate::rng::SystemRng;
use crate::{Database, EngineKind, KeptMessages, ManualClock, Observer, RecordingLambda, SeededRng, Tables};

/// Whatever can go wrong in setting a test up.
type SetupError = Box<dyn std::error::Error + Send + Sync>;

/// 2027-01-15T08:00:00Z, where test clocks start.
const START: Millis = 1_800_000_000_000;
/// The key every test database is sealed under.
const MASTER: [u8; 32] = [7; 32];
/// The origin test issuers begin with.
const PUBLIC_URL: &str = "http://127.0.0.1:9229";
/// The Host header of test requests.
pub(crate) const HOST: &str = "127.0.0.1:9229";
/// What stands before the operation in a target.
const PREFIX: &str = "AWSCognitoIdentityProviderService";
/// Larger than any body a test means to be accepted.
const BODY_LIMIT: usize = 1 << 20;

/// How a test wants its domain.
#[derive(Debug, Clone)]
pub struct DomainBuilder {
    engine: EngineKind,
    observer: Option<Observer>,
    seed: u64,
    system_rng: bool,
    now: Millis,
    issuer: IssuerMode,
    outside: Outside,
    change: fn(&mut Settings),
}

impl Default for DomainBuilder {
    fn default() -> Self {
        Self {
            engine: EngineKind::Sqlite,
            observer: None,
            seed: 1,
            system_rng: false,
            now: START,
            issuer: IssuerMode::PublicUrl,
            outside: Outside::default(),
            change: |_| {},
        }
    }
}

impl DomainBuilder {
    /// The engine of the database.
    #[must_use]
    pub fn engine(mut self, engine: EngineKind) -> Self {
        self.engine = engine;
        self
    }

    /// Who sees the calls to the store.
    #[must_use]
    pub fn observer(mut self, observer: &Observer) -> Self {
        self.observer = Some(observer.clone());
        self
    }

    /// The seed of all randomness but the RSA keys'.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Randomness as the server has it instead of a seed's, for measurements.
    #[must_use]
    pub fn system_rng(mut self) -> Self {
        self.system_rng = true;
        self
    }

    /// Where the clock starts.
    #[must_use]
    pub fn now(mut self, now: Millis) -> Self {
        self.now = now;
        self
    }

    /// The form of issuers.
    #[must_use]
    pub fn issuer(mut self, issuer: IssuerMode) -> Self {
        self.issuer = issuer;
        self
    }

    /// The services outside; none without this.
    #[must_use]
    pub fn outside(mut self, outside: Outside) -> Self {
        self.outside = outside;
        self
    }

    /// Where the pools' functions run. Without it every call of one is refused.
    #[must_use]
    pub fn lambda(mut self, lambda: &Arc<RecordingLambda>) -> Self {
        self.outside.lambda = Arc::clone(lambda) as _;
        self
    }

    /// Changes the deployment's settings.
    #[must_use]
    pub fn settings(mut self, change: fn(&mut Settings)) -> Self {
        self.change = change;
        self
    }

    /// Opens the domain on a fresh database.
    pub async fn build(self) -> Result<TestDomain, SetupError> {
        let database = Arc::new(Database::new(self.engine));
        let stores = stepwell_store::open(database.url()).await?;
        let clock = Arc::new(ManualClock::new(self.now));
        self.open(stores, clock, database).await
    }

    /// Opens another domain on the same database and by the same clock, as another node does.
    pub async fn beside(self, first: &TestDomain) -> Result<TestDomain, SetupError> {
        let stores = stepwell_store::open_tool(first.database.url()).await?;
        self.open(stores, Arc::clone(&first.clock), Arc::clone(&first.database)).await
    }

    async fn open(
        self,
        stores: Stores,
        clock: Arc<ManualClock>,
        database: Arc<Database>,
    ) -> Result<TestDomain, SetupError> {
        let stores = match &self.observer {
            Some(observer) => observer.around(stores),
            None => stores,
        };
        let mut settings = Settings {
            region: "us-east-1".to_owned(),
            account_id: "000000000000".to_owned(),
            public_url: PUBLIC_URL.to_owned(),
            issuer: self.issuer,
            dev: true,
            cached_pools: 16,
            default_email_from: "no-reply@stepwell.localhost".to_owned(),
            email_available: true,
            sms_available: true,
            all_features: false,
            android_apps: Vec::new(),
        };
        (self.change)(&mut settings);
        let master = MasterKey::new(Zeroizing::new(MASTER))?;
        let rng: Arc<dyn Rng> =
            if self.system_rng { Arc::new(SystemRng::default()) } else { Arc::new(SeededRng::new(self.seed)) };
        let domain = Domain::open(stores, Arc::clone(&clock) as _, rng, settings, master).await?;
        let domain = domain.with_outside(self.outside);
        Ok(TestDomain { domain: Arc::new(domain), clock, messages: Arc::default(), database })
    }
}

/// A domain on a database that goes with it.
#[derive(Debug)]
pub struct TestDomain {
    /// The domain.
    pub domain: Arc<Domain>,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// What it sent, once [`Self::send_messages`] was called.
    pub messages: Arc<KeptMessages>,
    database: Arc<Database>,
}

impl TestDomain {
    /// Sends what is due in the outbox.
    pub async fn send_messages(&self) -> stepwell_core::Result<()> {
        while outbox::send_due(&self.domain, &*self.messages).await? > 0 {}
        Ok(())
    }

    /// Moves the clock, and looks at the configuration's version as the background work would.
    pub async fn advance(&self, by: Millis) -> stepwell_core::Result<()> {
        self.clock.advance(by);
        self.domain.poll_config().await
    }

    /// The folder with the database.
    pub fn folder(&self) -> &std::path::Path {
        self.database.folder()
    }

    /// What stands in the database now.
    pub async fn tables(&self) -> Tables {
        self.database.tables().await
    }
}

/// The doors, called without a socket.
#[derive(Debug)]
pub struct TestServer {
    /// The domain behind them.
    pub test: TestDomain,
    router: Router,
    caller: Mutex<IpAddr>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null if it is empty or not JSON.
    pub body: Value,
    /// The body as text.
    pub text: String,
    /// The body's length in bytes.
    pub length: usize,
}

impl Answer {
    /// The error's name; none in a success.
    pub fn error(&self) -> Option<&str> {
        self.body.get("__type").and_then(Value::as_str)
    }

    /// The error's name and text; both empty in a success.
    pub fn refusal(&self) -> (&str, &str) {
        (self.error().unwrap_or_default(), self.body.get("message").and_then(Value::as_str).unwrap_or_default())
    }

    /// What stands in the first element of this name, in an answer of the query protocol.
    pub fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(inside, _)| inside)
    }

    /// The error's code and text in an answer of the query protocol; both empty in a success.
    pub fn query_refusal(&self) -> (&str, &str) {
        (self.element("Code").unwrap_or_default(), self.element("Message").unwrap_or_default())
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(&self) -> &Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        &self.body
    }
}

impl TestServer {
    /// The doors of `dev` before a fresh domain.
    pub async fn start() -> Result<Self, SetupError> {
        Ok(Self::with(DomainBuilder::default().build().await?, Mode::Dev { allow_remote: false }))
    }

    /// The doors before this domain.
    pub fn with(test: TestDomain, mode: Mode) -> Self {
        Self::with_limits(test, mode, LimitSettings::default())
    }

    /// The doors before this domain, with limits on requests a second.
    pub fn with_limits(test: TestDomain, mode: Mode, limits: LimitSettings) -> Self {
        let settings = ApiSettings { mode, trusted_proxies: Vec::new(), body_limit: BODY_LIMIT, limits };
        let router = stepwell_web::router(Arc::clone(&test.domain))
            .fallback_service(stepwell_api::router(Arc::clone(&test.domain), settings));
        Self { test, router, caller: Mutex::new(Ipv4Addr::LOCALHOST.into()) }
    }

    /// Calls an operation of user pools without a signature, as apps do.
    pub async fn app(&self, operation: &str, input: &Value) -> Answer {
        let answer = self.send(operation_request(operation), input.to_string()).await;
        check_declared(&format!("{PREFIX}.{operation}"), &answer);
        answer
    }

    /// Calls an operation of user pools with a signature that `dev` takes for granted.
    pub async fn admin(&self, operation: &str, input: &Value) -> Answer {
        self.raw(&format!("{PREFIX}.{operation}"), input.to_string().into_bytes()).await
    }

    /// Sends any body to any target, with such a signature.
    pub async fn raw(&self, target: &str, body: Vec<u8>) -> Answer {
        let answer = self.send(target_request(target).header("authorization", signature()), body).await;
        check_declared(target, &answer);
        answer
    }

    /// Gets a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).header("host", HOST), String::new()).await
    }

    /// From now on requests come from this address; before, from this machine.
    pub fn call_from(&self, address: IpAddr) {
        *self.caller.lock() = address;
    }

    /// Sends any request.
    pub async fn send(&self, request: http::request::Builder, body: impl Into<Body>) -> Answer {
        let mut request = request.body(body.into()).unwrap_or_default();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(*self.caller.lock(), 40_000)));
        let response = match self.router.clone().call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: head.status, headers: head.headers, body, text, length: bytes.len() }
    }
}

/// Fails the test if an operation answers an error that its model does not list and that is not common to all: with
/// this, every test looks for it.
fn check_declared(target: &str, answer: &Answer) {
    let Some(name) = answer.error() else { return };
    let operation = target.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('.'));
    let Some(meta) = stepwell_model::idp::OPERATIONS.iter().find(|meta| Some(meta.name) == operation) else { return };
    let code = ErrorCode::ALL.iter().find(|code| code.name() == name).expect("a name of the model");
    assert!(is_declared(meta, *code), "{target} may not answer {}", answer.body);
}

/// A signature of nobody's.
fn signature() -> String {
    let scope = "AKIATESTTESTTESTTEST/20270115/us-east-1/cognito-idp/aws4_request";
    let zeros = "0".repeat(64);
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={zeros}")
}

fn operation_request(operation: &str) -> http::request::Builder {
    target_request(&format!("{PREFIX}.{operation}"))
}

fn target_request(target: &str) -> http::request::Builder {
    Request::post("/")
        .header("host", HOST)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-date", "20270115T080000Z")
        .header("x-amz-target", target)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_journey_without_a_socket() {
        let server = TestServer::start().await.unwrap();
        let pool = json!({ "PoolName": "p", "AutoVerifiedAttributes": ["email"] });
        let pool = server.admin("CreateUserPool", &pool).await.body["UserPool"]["Id"].clone();
        let client =
            json!({ "UserPoolId": pool, "ClientName": "c", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] });
        let client = server.admin("CreateUserPoolClient", &client).await.body["UserPoolClient"]["ClientId"].clone();
        let sign_up = json!({
            "ClientId": client, "Username": "ann", "Password": "Correct-Horse-1",
            "UserAttributes": [{ "Name": "email", "Value": "ann@example.com" }],
        });
        assert_eq!(server.app("SignUp", &sign_up).await.status, 200);
        let sign_in = json!({
            "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "ann", "PASSWORD": "Correct-Horse-1" },
        });
        assert_eq!(server.app("InitiateAuth", &sign_in).await.error(), Some("UserNotConfirmedException"));

        server.test.send_messages().await.unwrap();
        let code = server.test.messages.code("ann@example.com").unwrap();
        let confirm = json!({ "ClientId": client, "Username": "ann", "ConfirmationCode": code });
        assert_eq!(server.app("ConfirmSignUp", &confirm).await.status, 200);
        let tokens = server.app("InitiateAuth", &sign_in).await.body["AuthenticationResult"].clone();
        let access = json!({ "AccessToken": tokens["AccessToken"] });
        assert_eq!(server.app("GetUser", &access).await.body["Username"], "ann");

        // Tokens end with the clock, and the same seed makes the same pool again.
        server.test.advance(stepwell_core::HOUR + 1).await.unwrap();
        assert_eq!(server.app("GetUser", &access).await.error(), Some("NotAuthorizedException"));
        let again = TestServer::start().await.unwrap();
        let same = again.admin("CreateUserPool", &json!({ "PoolName": "p" })).await;
        assert_eq!(same.body["UserPool"]["Id"], pool);
        assert_eq!(again.get("/nowhere/.well-known/jwks.json").await.status, 404);
    }
}
