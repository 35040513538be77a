//! Checking a claim against the request it came with.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use http::HeaderMap;

use super::canonical::{self, Canonical, Scope};
use super::claim::{Form, LONGEST_EXPIRY, SignatureClaim, nonconforming};
use super::error::{SigV4Error, quotable};
use super::{TERMINATOR, header, parameter, timestamp};

/// How far the signer's clock may be from ours, in seconds (AWS IAM guide, "Troubleshoot Signature Version 4": 5 minutes).
const SKEW_SECONDS: i64 = 5 * 60;

/// `x-amz-` headers that may be present and unsigned: CloudFront adds the first on the way, and SDKs leave the second out of
/// presigned requests. Neither means anything to this server.
const UNSIGNED_ALLOWED: &[&str] = &["x-amz-cf-id", "x-amz-user-agent"];

/// Headers of which a second one would leave open which is meant. Every `x-amz-` header is one, too.
const SINGULAR: &[&str] = &[header::AUTHORIZATION, header::DATE, header::HOST, "content-type", "content-length"];

/// The request as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct SignedRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The path as on the wire, still percent-encoded, before any router touched it.
    pub path: &'a str,
    /// The query string as on the wire, without `?`.
    pub query: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The whole body, as received.
    pub body: &'a [u8],
}

/// A request that arrived elsewhere, as whoever received it tells it.
#[derive(Debug, Clone, Copy)]
pub struct RelayedRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The path as on the wire, still percent-encoded.
    pub path: &'a str,
    /// The query string as on the wire, without `?`.
    pub query: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The last line of the canonical request: the SHA-256 of the body in lower-case hex, computed by whoever received it,
    /// or a word such as `UNSIGNED-PAYLOAD`.
    pub payload_hash: &'a str,
    /// How the service signs paths.
    pub path_rule: PathRule,
}

/// How a service's signatures see the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathRule {
    /// Dot segments and repeated slashes removed, then encoded once more: every service but S3.
    Normalized,
    /// As it is: S3.
    Literal,
}

/// What the server demands of a credential scope.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// The signing name of the service called: `cognito-idp`, `cognito-identity`, `sts` or `iam`.
    pub service: &'a str,
    /// The regions taken.
    pub region: RegionPolicy<'a>,
    /// How long a presigned request is taken.
    pub presigned: PresignedLifetime,
}

/// How long a presigned request is taken, in seconds from its signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresignedLifetime {
    /// As long as it says; one that does not say it, as long as any other signature. A longer time is cut to this.
    AsSaid {
        /// The longest.
        at_most: u32,
    },
    /// This long, whatever it says: STS.
    Fixed(u32),
}

impl PresignedLifetime {
    /// As long as it says, up to what any request may say: seven days.
    pub const AS_SAID: Self = Self::AsSaid { at_most: LONGEST_EXPIRY };
}

/// Which regions a credential may be scoped to.
#[derive(Debug, Clone, Copy)]
pub enum RegionPolicy<'a> {
    /// Any: `stepwell dev`.
    Any,
    /// One of these. IAM is signed for `us-east-1` wherever the caller is, so more than one can be right.
    OneOf(&'a [&'a str]),
}

impl RegionPolicy<'_> {
    fn accepts(&self, region: &str) -> bool {
        match self {
            Self::Any => !region.is_empty(),
            Self::OneOf(regions) => regions.contains(&region),
        }
    }
}

impl SignatureClaim {
    /// Refuses what no secret could save: a signature too old or too new, headers that had to be signed and are not, headers
    /// that come twice, a wrong scope. In AWS's order. `now_ms` is Unix milliseconds.
    pub fn check(&self, headers: &HeaderMap, policy: &Policy<'_>, now_ms: i64) -> Result<(), SigV4Error> {
        self.check_clock(policy.presigned, now_ms.div_euclid(1000))?;
        self.check_headers(headers)?;
        self.check_scope(policy)
    }

    /// Verifies the signature with the secret of [`access_key_id`](Self::access_key_id), after [`check`](Self::check).
    /// `now_ms` is Unix milliseconds.
    pub fn verify(
        &self,
        request: &SignedRequest<'_>,
        secret: &str,
        policy: &Policy<'_>,
        now_ms: i64,
    ) -> Result<(), SigV4Error> {
        self.check(request.headers, policy, now_ms)?;

        // The hash is always our own: a body is never taken on the client's word, whatever it puts in the header.
        let payload_hash = canonical::sha256_hex(request.body);
        self.check_query(request.query, &payload_hash)?;
        if let Some(claimed) = request.headers.get(header::CONTENT_SHA256)
            && claimed.as_bytes().trim_ascii() != payload_hash.as_bytes()
        {
            return Err(SigV4Error::mismatch());
        }

        self.matches(
            &RelayedRequest {
                method: request.method,
                path: request.path,
                query: request.query,
                headers: request.headers,
                payload_hash: &payload_hash,
                path_rule: PathRule::Normalized,
            },
            secret,
        )
    }

    /// As [`verify`](Self::verify), of a request whose body somebody else has seen: the hash is taken on their word. A hash
    /// in the request's own header must be the same.
    pub fn verify_relayed(
        &self,
        request: &RelayedRequest<'_>,
        secret: &str,
        policy: &Policy<'_>,
        now_ms: i64,
    ) -> Result<(), SigV4Error> {
        self.check(request.headers, policy, now_ms)?;
        if let Some(claimed) = request.headers.get(header::CONTENT_SHA256)
            && claimed.as_bytes().trim_ascii() != request.payload_hash.as_bytes()
        {
            return Err(SigV4Error::mismatch());
        }
        self.matches(request, secret)
    }

    /// The names of the headers that the signature covers, in lower case and sorted.
    pub fn signed_headers(&self) -> &[String] {
        &self.signed_headers
    }

    fn matches(&self, request: &RelayedRequest<'_>, secret: &str) -> Result<(), SigV4Error> {
        let headers = self.canonical_headers(request.headers).ok_or_else(SigV4Error::mismatch)?;
        let path = match request.path_rule {
            PathRule::Normalized => canonical::path(request.path),
            PathRule::Literal => canonical::literal_path(request.path),
        };
        let canonical = Canonical {
            method: request.method,
            path: &path,
            query: &canonical::query(request.query, self.is_presigned()),
            headers: &headers,
            payload_hash: request.payload_hash,
        };
        let scope = Scope { timestamp: &self.timestamp, region: &self.scope_region, service: &self.scope_service };
        let expected = scope.signature(secret, &scope.string_to_sign(&canonical.to_bytes()));
        verify_slices_are_equal(expected.as_bytes(), self.signature.as_bytes()).map_err(|_| SigV4Error::mismatch())
    }

    /// Refuses parameters that sound like part of a signature and are not, in a query of our own operations (S3's have more of
    /// them, which mean something there): whoever signed them meant something by them that would not be done.
    fn check_query(&self, query: &str, payload_hash: &str) -> Result<(), SigV4Error> {
        for (key, value) in canonical::query_pairs(query) {
            let is_amz = key.get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"x-amz-"));
            let is_known = || self.is_presigned() && parameter::KNOWN.iter().any(|known| known.as_bytes() == key);
            if is_amz && !is_known() {
                return Err(nonconforming());
            }
            if key == parameter::CONTENT_SHA256.as_bytes() && value != payload_hash.as_bytes() {
                return Err(SigV4Error::mismatch());
            }
        }
        Ok(())
    }

    fn check_clock(&self, presigned: PresignedLifetime, now: i64) -> Result<(), SigV4Error> {
        let show = timestamp::format_basic;
        let signed = &self.timestamp;
        if self.signed_at > now.saturating_add(SKEW_SECONDS) {
            return Err(SigV4Error::Invalid(
                format!(
                    "Signature not yet current: {signed} is still later than {} ({} + 5 min.)",
                    show(now.saturating_add(SKEW_SECONDS)),
                    show(now)
                )
                .into(),
            ));
        }
        let lifetime = match (self.form, presigned) {
            (Form::Presigned { .. }, PresignedLifetime::Fixed(seconds)) => i64::from(seconds),
            (Form::Presigned { expires: Some(seconds) }, PresignedLifetime::AsSaid { at_most }) => {
                i64::from(seconds.min(at_most))
            }
            (Form::Presigned { expires: None } | Form::Header, _) => SKEW_SECONDS,
        };
        if self.signed_at < now.saturating_sub(lifetime) {
            let span = if lifetime % 60 == 0 { format!("{} min.", lifetime / 60) } else { format!("{lifetime} sec.") };
            return Err(SigV4Error::Invalid(
                format!(
                    "Signature expired: {signed} is now earlier than {} ({} - {span})",
                    show(now.saturating_sub(lifetime)),
                    show(now)
                )
                .into(),
            ));
        }
        Ok(())
    }

    fn check_headers(&self, headers: &HeaderMap) -> Result<(), SigV4Error> {
        if !self.signs(header::HOST) && !self.signs(":authority") {
            return Err(SigV4Error::Invalid(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into(),
            ));
        }
        for name in headers.keys() {
            let name = name.as_str();
            let amz = name.starts_with("x-amz-");
            // Content-Type may stay unsigned: the documentation demands it, AWS does not, and the JavaScript SDK 2 leaves it out.
            if amz && !self.signs(name) && !UNSIGNED_ALLOWED.contains(&name) {
                let name = quotable(name);
                return Err(SigV4Error::Invalid(
                    format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.").into(),
                ));
            }
            if (amz || SINGULAR.contains(&name)) && headers.get_all(name).iter().nth(1).is_some() {
                return Err(SigV4Error::mismatch());
            }
        }
        Ok(())
    }

    fn check_scope(&self, policy: &Policy<'_>) -> Result<(), SigV4Error> {
        let mut wrong = String::new();
        if !policy.region.accepts(&self.scope_region) {
            wrong.push_str("Credential should be scoped to a valid region. ");
        }
        if self.scope_service != policy.service {
            wrong.push_str("Credential should be scoped to correct service: '");
            wrong.push_str(policy.service);
            wrong.push_str("'. ");
        }
        if self.scope_terminator != TERMINATOR {
            wrong.push_str("Credential should be scoped with a valid terminator: '");
            wrong.push_str(TERMINATOR);
            wrong.push_str("', not '");
            wrong.push_str(&quotable(&self.scope_terminator));
            wrong.push_str("'. ");
        }
        let date = timestamp::date_of(&self.timestamp);
        if self.scope_date != date {
            wrong.push_str(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '",
            );
            wrong.push_str(&quotable(&self.scope_date));
            wrong.push_str("' != '");
            wrong.push_str(date);
            wrong.push_str("', from '");
            wrong.push_str(&self.timestamp);
            wrong.push_str("'.");
        }
        if wrong.is_empty() { Ok(()) } else { Err(SigV4Error::Invalid(wrong.into())) }
    }

    pub(super) fn signs(&self, name: &str) -> bool {
        self.signed_headers.binary_search_by(|signed| signed.as_str().cmp(name)).is_ok()
    }

    /// The signed headers with their values; `None` if one of them is not there.
    fn canonical_headers(&self, headers: &HeaderMap) -> Option<Vec<(String, Vec<u8>)>> {
        self.signed_headers
            .iter()
            .map(|name| {
                let mut joined = Vec::new();
                let sent = if name == ":authority" { header::HOST } else { name };
                for (index, value) in headers.get_all(sent).iter().enumerate() {
                    if index > 0 {
                        joined.push(b',');
                    }
                    canonical::fold_into(&mut joined, value.as_bytes());
                }
                if !headers.contains_key(sent) {
                    // HTTP/2 has no Host header; what the client signed as host is the authority it connected to.
                    let authority = self.authority.as_ref().filter(|_| sent == header::HOST)?;
                    joined.extend_from_slice(authority.as_bytes());
                }
                Some((name.clone(), joined))
            })
            .collect()
    }
}
