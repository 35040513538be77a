//! `bench credentials`: what temporary credentials cost. In this process and on one thread, without sockets: both figures
//! are a few tens of microseconds, where HTTP would be half of what is measured.
//!
//! - `GetCredentialsForIdentity`, from the request's bytes to the answer's, over what no implementation can leave out: one
//!   RSA-2048 verification of the ID token, and sealing the session token, both as aws-lc does them. The server's own
//!   verification takes less where the processor has AVX-512 IFMA.
//! - Verifying a signature and deciding by a policy of twenty statements, beside the chain of HMACs in it.

#![expect(clippy::indexing_slicing, reason = "what is not there reads as null, and fails the benchmark")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use aws_lc_rs::{digest, hmac};
use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use stepwell_api::authorize;
use stepwell_api::wire::authenticate::{self, Received};
use stepwell_api::wire::limits::LimitSettings;
use stepwell_api::{ApiSettings, Mode};
use stepwell_core::iam::{Entity, TemporarySession};
use stepwell_core::ports::clock::Clock as _;
use stepwell_core::seal::Purpose;
use stepwell_core::{Caller, Context, Principal};
use stepwell_model::idp::{AdminGetUser, AdminGetUserRequest};
use stepwell_model::{OperationShape as _, Service};
use stepwell_testkit::{Credentials, DomainBuilder, EngineKind, PASSWORD, SignedCall, TestPool, TestServer, Tokens};
use tokio::runtime::Runtime;
use tower_service::Service as _;

use crate::Failure;
use crate::arguments::{Arguments, Engine};
use crate::report::{Report, median, micros};

/// What `GetCredentialsForIdentity` may cost over its floor.
const EXCHANGE: f64 = 1.6;
/// What a signature and a decision may cost, in microseconds.
const DECISION: f64 = 60.0;
/// Statements of the policy that decides.
const STATEMENTS: usize = 20;
/// Runs between two looks at the clock.
const BATCH: u32 = 200;
/// `AdminGetUser` on this pool is what is asked for; it need not be there.
const POOL: &str = "us-east-1_BENCH0000";

/// Runs it; true if all targets are met.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let mut report = Report::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for engine in &arguments.engines {
        let rounds = u32::try_from(arguments.duration.as_secs()).unwrap_or(u32::MAX).clamp(3, 16);
        let length = arguments.duration / (rounds * 6);
        exchange(&runtime, *engine, rounds, length, &mut report)?;
        decision(&runtime, *engine, rounds, length, &mut report)?;
    }
    Ok(report.print())
}

/// The CPU time of one run of `work` on this thread, in seconds, over about `length` of runs.
fn measure(length: Duration, mut work: impl FnMut() -> Result<(), Failure>) -> Result<f64, Failure> {
    let end = Instant::now() + length;
    let before = cpu_seconds()?;
    let mut runs = 0_u32;
    while Instant::now() < end {
        for _ in 0..BATCH {
            work()?;
        }
        runs += BATCH;
    }
    Ok((cpu_seconds()? - before) / f64::from(runs.max(1)))
}

/// CPU time of this thread so far, in seconds.
fn cpu_seconds() -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text.split_whitespace().next().ok_or("unreadable schedstat")?.parse()?;
    Ok(nanoseconds / 1e9)
}

fn kind(engine: Engine) -> EngineKind {
    match engine {
        Engine::Sqlite => EngineKind::Sqlite,
        Engine::Postgres => EngineKind::Postgres,
    }
}

/// An identity pool with a signed-in user's identity in it.
struct Exchange {
    pool: TestPool,
    /// The door, as the server has it, without the one of pages before it.
    door: Router,
    /// The body of `GetCredentialsForIdentity`.
    body: Bytes,
    /// The user's ID token.
    token: String,
    public: ParsedPublicKey,
}

impl Exchange {
    async fn new(engine: Engine) -> Result<Self, Failure> {
        let test = DomainBuilder::default().engine(kind(engine)).system_rng().build().await?;
        let server = TestServer::with(test, Mode::Dev { allow_remote: false });
        let pool = TestPool::at(server, json!({}), json!({})).await;
        pool.user("ann").await;
        let token = Tokens::of(&pool.sign_in("ann", PASSWORD).await).id;
        let provider = format!("cognito-idp.us-east-1.amazonaws.com/{}", pool.id);
        let call = async |operation: &str, input: Value| -> Result<Value, Failure> {
            let answer = pool
                .server
                .raw(&format!("AWSCognitoIdentityService.{operation}"), input.to_string().into_bytes())
                .await;
            if answer.status == 200 { Ok(answer.body) } else { Err(format!("{operation}: {}", answer.body).into()) }
        };
        let created = call(
            "CreateIdentityPool",
            json!({
                "IdentityPoolName": "bench",
                "AllowUnauthenticatedIdentities": false,
                "CognitoIdentityProviders": [{ "ProviderName": provider, "ClientId": pool.client }],
            }),
        )
        .await?;
        let identity_pool = created["IdentityPoolId"].clone();
        let allowed = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos/*" });
        let allowed = json!({ "Version": "2012-10-17", "Statement": [allowed] });
        let mut role = pool.server.test.role_record("bench", &allowed);
        role.trust_policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Federated": "cognito-identity.amazonaws.com" },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": { "cognito-identity.amazonaws.com:aud": identity_pool },
                    "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" },
                },
            }],
        })
        .to_string();
        pool.server.test.put_iam(Entity::Role(Box::new(role))).await;
        let roles = json!({ "authenticated": "arn:aws:iam::000000000000:role/bench" });
        call("SetIdentityPoolRoles", json!({ "IdentityPoolId": identity_pool, "Roles": roles })).await?;
        let logins = json!({ provider: token });
        let identity = call("GetId", json!({ "IdentityPoolId": identity_pool, "Logins": logins })).await?;
        let body = json!({ "IdentityId": identity["IdentityId"], "Logins": logins }).to_string().into();
        let public = public_key(&pool, &token).await?;
        let door = stepwell_api::router(Arc::clone(&pool.server.test.domain), settings(Mode::Serve));
        Ok(Self { pool, door, body, token, public })
    }

    /// Calls `GetCredentialsForIdentity`; returns the body of the answer.
    async fn call(&self) -> Result<Bytes, Failure> {
        let request = Request::post("/")
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", "AWSCognitoIdentityService.GetCredentialsForIdentity")
            .body(Body::from(self.body.clone()))?;
        let response = match self.door.clone().call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let is_success = response.status() == StatusCode::OK;
        let body = response.into_body().collect().await?.to_bytes();
        if is_success { Ok(body) } else { Err(String::from_utf8_lossy(&body).into()) }
    }
}

/// The key that verifies the token.
async fn public_key(pool: &TestPool, token: &str) -> Result<ParsedPublicKey, Failure> {
    let header = token.split('.').next().unwrap_or_default();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header)?)?;
    let jwks = pool.server.get(&format!("/{}/.well-known/jwks.json", pool.id)).await.body;
    let keys = jwks["keys"].as_array().cloned().unwrap_or_default();
    let key = keys.iter().find(|key| key["kid"] == header["kid"]).ok_or("no key of the token")?;
    let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap_or_default());
    let (n, e) = (part("n")?, part("e")?);
    let components = RsaPublicKeyComponents { n: n.as_slice(), e: e.as_slice() };
    Ok(components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).map_err(|_| "an unusable key")?)
}

fn exchange(
    runtime: &Runtime,
    engine: Engine,
    rounds: u32,
    length: Duration,
    report: &mut Report,
) -> Result<(), Failure> {
    let made = runtime.block_on(Exchange::new(engine))?;
    let (message, signature) = made.token.rsplit_once('.').ok_or("a token without a signature")?;
    let signature = URL_SAFE_NO_PAD.decode(signature)?;
    let answer: Value = serde_json::from_slice(&runtime.block_on(made.call())?)?;
    let sealed = answer["Credentials"]["SessionToken"].as_str().ok_or("no credentials")?.len();
    // Base64 undone, and without nonce and tag: about what is sealed.
    let plain = vec![b'a'; sealed * 3 / 4 - 48];
    let domain = &made.pool.server.test.domain;
    let (mut servers, mut verifications, mut sealings) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        servers.push(measure(length, || runtime.block_on(made.call()).map(drop))?);
        let verification = measure(length, || {
            let verified = made.public.verify_sig(black_box(message.as_bytes()), black_box(&signature));
            Ok(verified.map_err(|_| "the token does not verify")?)
        })?;
        let sealing = measure(length, || {
            let bound_to = ["ASIABENCHBENCHBENCHX"];
            black_box(domain.system_keys.seal(&*domain.rng, Purpose::SessionToken, &bound_to, black_box(&plain))?);
            Ok(())
        })?;
        verifications.push(verification);
        sealings.push(sealing);
    }
    let floors = verifications.iter().zip(&sealings).map(|(verification, sealing)| verification + sealing);
    let ratios: Vec<f64> = servers.iter().zip(floors).map(|(server, floor)| server / floor).collect();
    let detail = format!(
        "{} / one RSA verification {} and sealing {}",
        micros(median(&servers)),
        micros(median(&verifications)),
        micros(median(&sealings)),
    );
    let judged = (engine == Engine::Sqlite).then_some(EXCHANGE);
    report.ratio(format!("{}: GetCredentialsForIdentity", engine.name()), &ratios, detail, judged);
    Ok(())
}

/// Twenty statements, of which the last allows.
fn policy() -> Value {
    let statements: Vec<Value> = (1..STATEMENTS)
        .map(|number| {
            json!({
                "Effect": if number % 4 == 0 { "Deny" } else { "Allow" },
                "Action": [format!("s3:Get{number}*"), "cognito-idp:List*", "cognito-idp:AdminSet*"],
                "Resource": [format!("arn:aws:s3:::bucket-{number}/*"), "arn:aws:cognito-idp:*:*:userpool/us-east-1_Other*"],
                "Condition": { "StringEquals": { "aws:RequestedRegion": ["us-east-1", "eu-west-1"] } },
            })
        })
        .chain([json!({
            "Effect": "Allow",
            "Action": "cognito-idp:Admin*",
            "Resource": format!("arn:aws:cognito-idp:us-east-1:*:userpool/{POOL}"),
        })])
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn decision(
    runtime: &Runtime,
    engine: Engine,
    rounds: u32,
    length: Duration,
    report: &mut Report,
) -> Result<(), Failure> {
    let builder = DomainBuilder::default().engine(kind(engine)).system_rng().settings(|settings| settings.dev = false);
    let server = TestServer::with(runtime.block_on(builder.build())?, Mode::Serve);
    let long_term = runtime.block_on(server.test.iam_user("bench", &policy()));
    let role = runtime.block_on(server.test.iam_role("bench", &policy()));
    let temporary = server.test.session(&role, TemporarySession::default());
    let judged = (engine == Engine::Sqlite).then_some(DECISION);
    let chain = chain_of_hmacs(rounds, length)?;
    for (name, credentials) in [("an access key", &long_term), ("temporary credentials", &temporary)] {
        let call = Signed::new(&server, credentials)?;
        let mut costs = Vec::new();
        for _ in 0..rounds {
            costs.push(measure(length, || runtime.block_on(call.decide(&server)))?);
        }
        let detail = format!("beside a chain of HMACs of {:.1} µs", chain * 1e6);
        let name = format!("{}: signature and decision, {name}", engine.name());
        report.quantity(name, median(&costs) * 1e6, "µs", detail, judged);
    }
    Ok(())
}

fn settings(mode: Mode) -> ApiSettings {
    ApiSettings { mode, trusted_proxies: Vec::new(), body_limit: 1 << 20, limits: LimitSettings::default() }
}

/// A request as the dispatcher has it when it authenticates.
struct Signed {
    headers: HeaderMap,
    uri: Uri,
    body: String,
    input: AdminGetUserRequest,
    settings: ApiSettings,
}

impl Signed {
    fn new(server: &TestServer, credentials: &Credentials) -> Result<Self, Failure> {
        let input = json!({ "UserPoolId": POOL, "Username": "ann" });
        let call = SignedCall::new(credentials, Service::Idp, "AdminGetUser", &input, server.test.clock.now());
        let mut headers = HeaderMap::new();
        for (name, value) in &call.headers {
            headers.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
        }
        Ok(Self {
            headers,
            uri: call.target.parse()?,
            input: serde_json::from_str(&call.body)?,
            body: call.body,
            settings: settings(Mode::Serve),
        })
    }

    /// The phases between a parsed request and its operation.
    async fn decide(&self, server: &TestServer) -> Result<(), Failure> {
        let domain = Arc::as_ref(&server.test.domain);
        let received =
            Received { method: &Method::POST, uri: &self.uri, headers: &self.headers, body: self.body.as_bytes() };
        let principal =
            authenticate::principal(domain, &self.settings, &AdminGetUser::META, received, &self.input).await?;
        if !matches!(principal, Principal::Signed(_)) {
            return Err("nobody signed".into());
        }
        let caller = Caller { address: None, user_agent: None, referer: None, request_id: String::new(), principal };
        authorize::phase::<AdminGetUser>(&Context { domain, caller: &caller }, &self.input).await?;
        Ok(())
    }
}

/// What a signature consists of: five HMACs in a chain, over the hash of a canonical request, which holds the body's.
fn chain_of_hmacs(rounds: u32, length: Duration) -> Result<f64, Failure> {
    let canonical = vec![b'a'; 600];
    let mut costs = Vec::new();
    for _ in 0..rounds {
        costs.push(measure(length, || {
            let body = digest::digest(&digest::SHA256, black_box(b"{\"UserPoolId\":\"x\"}"));
            let mut request = digest::Context::new(&digest::SHA256);
            request.update(black_box(&canonical));
            request.update(body.as_ref());
            let request = request.finish();
            let mut key = b"AWS4aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_vec();
            let steps: [&[u8]; 5] = [b"20270115", b"us-east-1", b"cognito-idp", b"aws4_request", request.as_ref()];
            for step in steps {
                key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), step).as_ref().to_vec();
            }
            black_box(key);
            Ok(())
        })?);
    }
    Ok(median(&costs))
}
