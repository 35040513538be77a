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
use stepwell_api::{ApiSettings, Mode};
use stepwell_model::{AuthMode, ErrorCode, OperationMeta, OperationShape};
use tower_service::Service as _;

use crate::Finding;
use crate::fixture::{Fixture, PASSWORD, USERNAME, srp_a};

/// After so many inputs a fresh server takes over, because inputs change things.
const INPUTS_PER_SERVER: u32 = 3_000;

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
            address_limits: false,
        };
        let router = stepwell_api::router(Arc::clone(fixture.domain()), settings);
        Ok(Self { fixture, router, left: INPUTS_PER_SERVER })
    }

    fn send(&mut self, meta: &OperationMeta, body: &[u8]) -> Result<(), Finding> {
        let target = format!("{}.{}", meta.service.target_prefix(), meta.name);
        let mut request = Request::post("/").header("host", "127.0.0.1:9229").header("x-amz-target", target);
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
        let mut request = request.body(Body::from(body.to_vec())).map_err(|error| error.to_string())?;
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
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let name = answer.get("__type").and_then(Value::as_str).unwrap_or_default();
        if status.is_server_error() {
            return Err(format!("{}: {status} {name}", meta.name));
        }
        match ErrorCode::ALL.iter().copied().find(|code| code.name() == name) {
            Some(code) if is_declared(meta, code) => Ok(()),
            _ => Err(format!("{}: undeclared error {name:?}", meta.name)),
        }
    }
}

/// Bodies that get past the first checks. The ids are those of the server that answers: its randomness is seeded.
pub(crate) fn seeds() -> Result<Vec<Vec<u8>>, Finding> {
    let fixture = Fixture::make()?;
    let Fixture { pool_id, client_id, access_token, refresh_token, session, secret_block, .. } = &fixture;
    let initiate = |flow: &str, parameters: Value| {
        json!({ "ClientId": client_id, "UserPoolId": pool_id, "AuthFlow": flow, "AuthParameters": parameters })
    };
    let respond = |name: &str, responses: Value| {
        json!({ "ClientId": client_id, "UserPoolId": pool_id, "ChallengeName": name, "Session": session,
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
    add(&both, &initiate("REFRESH_TOKEN_AUTH", json!({ "REFRESH_TOKEN": refresh_token })));
    let both = ["RespondToAuthChallenge", "AdminRespondToAuthChallenge"];
    add(&both, &respond("NEW_PASSWORD_REQUIRED", json!({ "USERNAME": "ben", "NEW_PASSWORD": "Other-Passw0rd" })));
    let claim = json!({
        "USERNAME": USERNAME, "PASSWORD_CLAIM_SECRET_BLOCK": secret_block,
        "PASSWORD_CLAIM_SIGNATURE": "AAAA", "TIMESTAMP": "Mon Nov 23 06:00:00 UTC 2026",
    });
    add(&both, &respond("PASSWORD_VERIFIER", claim));
    // Everybody's: the pool and the client are real, the user is nobody.
    add(&[], &json!({
        "UserPoolId": pool_id, "ClientId": client_id, "Username": "nobody", "GroupName": "g", "Password": PASSWORD,
        "ConfirmationCode": "123456", "ProposedPassword": PASSWORD, "PreviousPassword": PASSWORD, "Permanent": true,
        "AccessToken": access_token, "Token": refresh_token, "RefreshToken": refresh_token, "Code": "123456",
        "UserAttributes": [{ "Name": "email", "Value": "nobody@example.com" }], "UserAttributeNames": ["name"],
        "AttributeName": "email", "Filter": "email ^= \"a\"", "Limit": 5, "MaxResults": 5,
        "CustomAttributes": [{ "Name": "x", "AttributeDataType": "String" }], "PoolName": "p", "ClientName": "c",
    }));
    Ok(seeds)
}
