//! Tests: published and recorded requests, round trips, refusals.

mod recorded;
mod refusals;
mod relayed;
mod round_trip;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use serde::Deserialize;

use super::canonical::{self, Scope};
use super::{
    Credentials, PathRule, Policy, PresignedLifetime, Protocol, RegionPolicy, RelayedRequest, SigV4Error,
    SignableRequest, SignatureClaim, SignedRequest, sign, timestamp,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z, the time of AWS's suite.
const NOW_MS: i64 = 1_440_938_160_000;

/// A request that can be taken apart and sent.
#[derive(Debug, Clone, Deserialize)]
struct Request {
    #[serde(default)]
    name: String,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    fn header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        map
    }

    fn uri(&self) -> Uri {
        // The path plays no part in parsing, and the suite has some that no URI type takes.
        Uri::try_from(format!("/?{}", self.query)).unwrap()
    }

    fn parse(&self) -> Result<SignatureClaim, SigV4Error> {
        SignatureClaim::parse(&self.header_map(), &self.uri())
    }

    fn verify_as(&self, policy: &Policy<'_>, secret: &str, now_ms: i64) -> Result<(), SigV4Error> {
        let request = SignedRequest {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.header_map(),
            body: self.body.as_bytes(),
        };
        self.parse()?.verify(&request, secret, policy, now_ms)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self
    }
}

const POLICY: Policy<'_> = Policy {
    service: "cognito-idp",
    region: RegionPolicy::OneOf(&["us-east-1"]),
    presigned: PresignedLifetime::AS_SAID,
};

/// Signs a request as an outgoing one, leaving its headers as they are.
fn signed(mut request: Request, token: Option<&str>, now_ms: i64) -> Request {
    let host = request.header("host").unwrap_or("localhost:5190").to_owned();
    let request_headers = request.headers.clone();
    let headers: Vec<(&str, &str)> = request_headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let signable = SignableRequest {
        method: &request.method,
        host: &host,
        path: &request.path,
        query: &request.query,
        headers: &headers,
        payload: request.body.as_bytes(),
    };
    let credentials = Credentials { access_key_id: "AKIDEXAMPLE", secret_access_key: SECRET, session_token: token };
    for (name, value) in sign(&signable, &credentials, "us-east-1", "cognito-idp", now_ms) {
        request = request.set(name, &value);
    }
    request.set("host", &host)
}

/// Presigns a request with `host` signed.
fn presigned(mut request: Request, expires: Option<u32>, now_ms: i64) -> Request {
    let timestamp = timestamp::format_basic(now_ms / 1000);
    let scope = Scope { timestamp: &timestamp, region: "us-east-1", service: "cognito-idp" };
    let credential = format!("AKIDEXAMPLE/{}", scope.credential_scope()).replace('/', "%2F");
    let expires = expires.map(|seconds| format!("&X-Amz-Expires={seconds}")).unwrap_or_default();
    let mut parts = vec![request.query.clone()];
    parts.push(format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={timestamp}&X-Amz-SignedHeaders=host{expires}"
    ));
    parts.retain(|part| !part.is_empty());
    request.query = parts.join("&");
    let canonical = canonical::Canonical {
        method: &request.method,
        path: &canonical::path(&request.path),
        query: &canonical::query(&request.query, true),
        headers: &[("host".to_owned(), request.header("host").unwrap().as_bytes().to_vec())],
        payload_hash: &canonical::sha256_hex(request.body.as_bytes()),
    };
    let signature = scope.signature(SECRET, &scope.string_to_sign(&canonical.to_bytes()));
    Request { query: format!("{}&X-Amz-Signature={signature}", request.query), ..request }
}

/// What a client sends to list user pools, unsigned.
fn list_user_pools() -> Request {
    Request {
        name: "list_user_pools".to_owned(),
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: String::new(),
        headers: [
            ("Host", "localhost:5190"),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUserPools"),
        ]
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .to_vec(),
        body: r#"{"MaxResults":60}"#.to_owned(),
    }
}

fn message(result: Result<(), SigV4Error>) -> String {
    let error = result.unwrap_err();
    format!("{} {}", error.name(Protocol::Json), error.message(Protocol::Json))
}

const MISMATCH: &str = "InvalidSignatureException The request signature we calculated does not match the signature you \
     provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// A small deterministic generator (Knuth's MMIX constants): tests must fail the same way twice.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap()
    }

    fn below(&mut self, bound: usize) -> usize {
        self.next() % bound
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}
