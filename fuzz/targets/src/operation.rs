//! Whole operations: any body, sent to any operation, gets an answer that the operation's model declares, and never a 5xx.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use stepwell_api::wire::dispatch::is_declared;
use stepwell_api::wire::limits::LimitSettings;
use stepwell_api::{ApiSettings, Mode};
use stepwell_model::{AuthMode, ErrorCode, OperationMeta, OperationShape, Protocol};
use tower_service::Service as _;

use crate::Finding;
use crate::fixture::{Fixture, PASSWORD, USERNAME, srp_a};

/// After so many inputs a fresh server takes over, because inputs change things.
const INPUTS_PER_SERVER: u32 = 3_000;

/// Placeholders, for what the fixture was given.
const POOL_ID: &str = "@pool@";
const CLIENT_ID: &str = "@client@";
const ACCESS_TOKEN: &str = "@access@";
const REFRESH_TOKEN: &str = "@refresh@";
const SESSION: &str = "@session@";
const SECRET_BLOCK: &str = "@block@";

macro_rules! operations {
    ($(($service:ident, $resource:ident, $file:ident, $operation:ident)),* $(,)?) => {
        const OPERATIONS: &[OperationMeta] = &[$(<stepwell_model::$service::$operation as OperationShape>::META),*];
    };
}
stepwell_model::for_each_operation!(operations);

struct Doors {
    fixture: Fixture,
    router: Router,
    left: u32,
}

thread_local! {
    static DOORS: RefCell<Option<Doors>> = const { RefCell::new(None) };
}

/// The first byte chooses the operation, the rest is the body.
pub fn operation(data: &[u8]) -> Result<(), Finding> {
    let Some((choice, body)) = data.split_first() else { return Ok(()) };
    let Some(meta) = OPERATIONS.get(usize::from(*choice) % OPERATIONS.len()) else { return Ok(()) };
    DOORS.with_borrow_mut(|slot| {
        if slot.as_ref().is_none_or(|doors| doors.left == 0) {
            *slot = Some(Doors::open()?);
        }
        let doors = slot.as_mut().ok_or("no doors")?;
        doors.left -= 1;
        doors.send(meta, body)
    })
}

impl Doors {
    fn open() -> Result<Self, Finding> {
        let fixture = Fixture::make()?;
        let settings = ApiSettings {
            mode: Mode::Dev { allow_remote: false },
            trusted_proxies: Vec::new(),
            body_limit: 1 << 20,
            limits: LimitSettings::default(),
        };
        let router = stepwell_api::router(Arc::clone(fixture.domain()), settings);
        Ok(Self { fixture, router, left: INPUTS_PER_SERVER })
    }

    /// Puts in what the placeholders stand for.
    fn fill_in(&self, body: &[u8]) -> Vec<u8> {
        // Bytes that are not text are sent as they are.
        let Ok(text) = std::str::from_utf8(body) else { return body.to_vec() };
        let given = [
            (POOL_ID, &self.fixture.pool_id),
            (CLIENT_ID, &self.fixture.client_id),
            (ACCESS_TOKEN, &self.fixture.access_token),
            (REFRESH_TOKEN, &self.fixture.refresh_token),
            (SESSION, &self.fixture.session),
            (SECRET_BLOCK, &self.fixture.secret_block),
        ];
        given.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value)).into_bytes()
    }

    fn send(&mut self, meta: &OperationMeta, body: &[u8]) -> Result<(), Finding> {
        let mut request = Request::post("/").header("host", "127.0.0.1:9229");
        let mut body = self.fill_in(body);
        if let Protocol::Query { version, .. } = meta.service.protocol() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
            body = [format!("Action={}&Version={version}&", meta.name).as_bytes(), &body].concat();
        } else {
            request = request.header("x-amz-target", meta.service.target(meta.name));
        }
        if meta.auth == AuthMode::SigV4 {
            // What `dev` takes for granted.
            let authorization = format!(
                "AWS4-HMAC-SHA256 Credential=AKIAFUZZFUZZFUZZFUZZ/20270115/us-east-1/{}/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature={}",
                meta.service.signing_name(),
                "0".repeat(64)
            );
            request = request.header("x-amz-date", "20270115T080000Z").header("authorization", authorization);
        }
        let mut request = request.body(Body::from(body)).map_err(|error| error.to_string())?;
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000))));
        let router = &mut self.router;
        let (status, answer) = self.fixture.runtime.block_on(async {
            let response = match router.call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let (head, body) = response.into_parts();
            (head.status, body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default())
        });
        if status.is_success() {
            return Ok(());
        }
        let is_query = matches!(meta.service.protocol(), Protocol::Query { .. });
        let name = if is_query { query_code(&answer) } else { json_code(&answer) };
        if status.is_server_error() {
            return Err(format!("{}: {status} {name}", meta.name));
        }
        let named = |code: &ErrorCode| name == if is_query { code.query_name() } else { code.name() };
        if ErrorCode::ALL.iter().copied().any(|code| named(&code) && is_declared(meta, code)) {
            Ok(())
        } else {
            Err(format!("{}: undeclared error {name:?}", meta.name))
        }
    }
}

fn json_code(answer: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    answer.get("__type").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn query_code(answer: &[u8]) -> String {
    let answer = String::from_utf8_lossy(answer);
    let code = answer.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    code.map(|(code, _)| code.to_owned()).unwrap_or_default()
}

/// Bodies that get past the first checks. What only the answering server knows stands as a placeholder.
pub(crate) fn seeds() -> Result<Vec<Vec<u8>>, Finding> {
    let initiate = |flow: &str, parameters: Value| json!({ "ClientId": CLIENT_ID, "UserPoolId": POOL_ID, "AuthFlow": flow, "AuthParameters": parameters });
    let respond = |name: &str, responses: Value| {
        json!({ "ClientId": CLIENT_ID, "UserPoolId": POOL_ID, "ChallengeName": name, "Session": SESSION,
                "ChallengeResponses": responses })
    };
    let mut seeds = Vec::new();
    let mut add = |operations: &[&str], body: &Value| {
        for (number, meta) in (0_u8..).zip(OPERATIONS) {
            if operations.is_empty() || operations.contains(&meta.name) {
                seeds.push([&[number], body.to_string().as_bytes()].concat());
            }
        }
    };
    let both = ["InitiateAuth", "AdminInitiateAuth"];
    add(&both, &initiate("USER_PASSWORD_AUTH", json!({ "USERNAME": USERNAME, "PASSWORD": PASSWORD })));
    add(&both, &initiate("USER_SRP_AUTH", json!({ "USERNAME": USERNAME, "SRP_A": srp_a()? })));
    add(&both, &initiate("REFRESH_TOKEN_AUTH", json!({ "REFRESH_TOKEN": REFRESH_TOKEN })));
    let both = ["RespondToAuthChallenge", "AdminRespondToAuthChallenge"];
    add(&both, &respond("NEW_PASSWORD_REQUIRED", json!({ "USERNAME": "ben", "NEW_PASSWORD": "Other-Passw0rd" })));
    let claim = json!({
        "USERNAME": USERNAME, "PASSWORD_CLAIM_SECRET_BLOCK": SECRET_BLOCK,
        "PASSWORD_CLAIM_SIGNATURE": "AAAA", "TIMESTAMP": "Mon Nov 23 06:00:00 UTC 2026",
    });
    add(&both, &respond("PASSWORD_VERIFIER", claim));
    // Everybody's: the pool, the client and the tokens are real, the user named is nobody.
    add(
        &[],
        &json!({
            "UserPoolId": POOL_ID, "ClientId": CLIENT_ID, "Username": "nobody", "GroupName": "g", "Password": PASSWORD,
            "ConfirmationCode": "123456", "ProposedPassword": PASSWORD, "PreviousPassword": PASSWORD, "Permanent": true,
            "AccessToken": ACCESS_TOKEN, "Token": REFRESH_TOKEN, "RefreshToken": REFRESH_TOKEN, "Code": "123456",
            "UserAttributes": [{ "Name": "email", "Value": "nobody@example.com" }], "UserAttributeNames": ["name"],
            "AttributeName": "email", "Filter": "email ^= \"a\"", "Limit": 5, "MaxResults": 5,
            "CustomAttributes": [{ "Name": "x", "AttributeDataType": "String" }], "PoolName": "p", "ClientName": "c",
        }),
    );
    for (number, meta) in (0_u8..).zip(OPERATIONS) {
        if matches!(meta.service.protocol(), Protocol::Query { .. }) {
            seeds.push([&[number], crate::form::EVERYTHING.as_bytes()].concat());
        }
    }
    Ok(seeds)
}
