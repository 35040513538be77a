//! Signing a request that the server sends (SES, SNS, Lambda), by the Authorization header.

use std::collections::BTreeMap;
use std::fmt;

use super::canonical::{self, Canonical, Scope};
use super::{ALGORITHM, header, timestamp};

/// The keys to sign with.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret_access_key: &'a str,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a str>,
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// A request as it will go over the wire.
#[derive(Debug, Clone, Copy)]
pub struct SignableRequest<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The Host header that the HTTP client will send: with the port unless it is the scheme's default.
    pub host: &'a str,
    /// The path, percent-encoded as on the wire.
    pub path: &'a str,
    /// The query string without `?`, percent-encoded as on the wire.
    pub query: &'a str,
    /// Further headers to send and to sign. Those that intermediaries rewrite (User-Agent, Connection, …) are left
    /// unsigned, those that this function makes itself are ignored.
    pub headers: &'a [(&'a str, &'a str)],
    /// The whole body.
    pub payload: &'a [u8],
}

/// Headers that must not be signed: hop-by-hop ones, and ones that proxies change. The same list as botocore's.
const NEVER_SIGNED: &[&str] = &[
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// Headers that come from elsewhere in the request or from the signature itself.
const MADE_HERE: &[&str] = &[header::AUTHORIZATION, header::HOST, header::X_AMZ_DATE, header::SECURITY_TOKEN];

/// Signs `request` and returns the headers to add: `x-amz-date`, `authorization`, and `x-amz-security-token` for temporary
/// credentials. `now_ms` is Unix milliseconds; `service` is the signing name (`ses`, `sns`, `lambda`).
pub fn sign(
    request: &SignableRequest<'_>,
    credentials: &Credentials<'_>,
    region: &str,
    service: &str,
    now_ms: i64,
) -> Vec<(&'static str, String)> {
    let timestamp = timestamp::format_basic(now_ms.div_euclid(1000));
    let mut added = vec![(header::X_AMZ_DATE, timestamp.clone())];
    if let Some(token) = credentials.session_token {
        added.push((header::SECURITY_TOKEN, token.to_owned()));
    }

    let mut headers: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let given = request.headers.iter().copied();
    let own = added.iter().map(|(name, value)| (*name, value.as_str())).chain([(header::HOST, request.host)]);
    for (name, value) in given.filter(|(name, _)| may_be_signed(name)).chain(own) {
        let joined = headers.entry(name.to_ascii_lowercase()).and_modify(|joined| joined.push(b',')).or_default();
        canonical::fold_into(joined, value.as_bytes());
    }
    let headers: Vec<(String, Vec<u8>)> = headers.into_iter().collect();

    let canonical = Canonical {
        method: request.method,
        path: &canonical::path(request.path),
        query: &canonical::query(request.query, false),
        headers: &headers,
        payload_hash: &canonical::sha256_hex(request.payload),
    };
    let scope = Scope { timestamp: &timestamp, region, service };
    let string_to_sign = scope.string_to_sign(&canonical.to_bytes());
    added.push((
        header::AUTHORIZATION,
        format!(
            "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={}",
            credentials.access_key_id,
            scope.credential_scope(),
            canonical.signed_headers(),
            scope.signature(credentials.secret_access_key, &string_to_sign),
        ),
    ));
    added
}

fn may_be_signed(name: &str) -> bool {
    !NEVER_SIGNED.iter().chain(MADE_HERE).any(|never| name.eq_ignore_ascii_case(never))
}
