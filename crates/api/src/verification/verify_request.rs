//! `VerifyRequest`.

use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use stepwell_core::iam::authorize::{self, Origin};
use stepwell_core::iam::{Identity, Signer};
use stepwell_core::sts::holder::{self, Holder};
use stepwell_core::{Context, Error, Result, SECOND};

use super::shapes::{Header, Provider, Reason, ReceivedRequest, Signatory, Verdict};
use super::{VerifyRequest, VerifyRequestRequest, VerifyRequestResponse, context};
use crate::authorize::{Asks, Authorized, Resource};
use crate::operation::Operation;
use crate::wire::sigv4::{
    PathRule, Policy, PresignedLifetime, Protocol, RegionPolicy, RelayedRequest, SigV4Error, SignatureClaim,
};

/// The most headers of a request.
const MOST_HEADERS: usize = 200;
/// The most resources of a request, and the length of one in bytes: an S3 key has 1,024 at most.
const MOST_RESOURCES: usize = 100;
const LONGEST_RESOURCE: usize = 2_048;
/// Services that sign paths as they are.
const LITERAL_PATHS: &[&str] = &["s3", "s3-object-lambda", "s3-outposts"];
/// Payloads that those services let go unhashed. Chunks that are signed one by one are not among them: they would have to be
/// verified one by one.
const UNHASHED: &[&str] = &["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"];

/// Asked on the service whose requests the caller wants verified, so that a policy can hold it to its own.
impl Authorized for VerifyRequest {
    fn asks(input: &Self::Input) -> Asks<'_> {
        Asks::on(Resource::VerifiedService(input.service.as_deref()))
    }
}

impl Operation for VerifyRequest {
    async fn call(cx: &Context<'_>, input: VerifyRequestRequest) -> Result<VerifyRequestResponse> {
        let service = input.service.as_deref().unwrap_or_default();
        let received = input.request.unwrap_or_default();
        if !(1..=64).contains(&service.len()) || !service.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(Error::invalid_parameter("Service is the name in a credential scope, such as s3."));
        }
        check_resources(&input.resources)?;
        let region = input.region.as_deref().unwrap_or(&cx.domain.settings.region);
        let signed = match signatory(cx, service, region, &received).await? {
            Ok(signed) => signed,
            Err(refused) => return Ok(unauthenticated(&refused)),
        };

        let action = input.action.as_deref().unwrap_or_default();
        let mut question = authorize::Request::new(checked_action(action)?);
        for resource in &input.resources {
            question = question.on(resource.as_str());
        }
        let question = context::add(question, action, &input.context)?;
        let permissions = authorize::permissions(cx.domain, &signed.signer).await?;
        if signed.signer.identity != Identity::Anyone && !permissions.exists() {
            // A session of a user or role that is gone, or was made anew since.
            return Ok(unauthenticated(&SigV4Error::UnknownAccessKey));
        }
        let signed = Signed {
            signer: Signer { identity: permissions.identity(&signed.signer), ..signed.signer },
            headers: signed.headers,
        };
        // Of the connection only what the caller tells of it.
        let origin =
            Origin { now: cx.now(), address: None, user_agent: None, referer: None, secure: None, region: None };
        let keys = authorize::keys_of(&cx.domain.settings, &signed.signer, &permissions, &origin);
        let (decision, resource) = authorize::decide(&permissions, &signed.signer, &keys, &question);
        let reason = (!decision.is_allowed()).then(|| {
            let resource = resource.as_deref().unwrap_or("*");
            let denied = authorize::denied(&cx.domain.settings, &signed.signer, action, resource, decision);
            Reason { code: denied.code().name(), message: denied.message().to_owned() }
        });
        Ok(VerifyRequestResponse {
            decision: if reason.is_none() { Verdict::Allow } else { Verdict::Deny },
            reason,
            principal: Some(describe(cx, &signed.signer, permissions.tags().clone())),
            signed_headers: signed.headers,
        })
    }
}

/// A request whose signature is right.
struct Signed {
    signer: Signer,
    headers: Vec<String>,
}

/// Who signed the request, or why nobody can be shown to have. The outer error is the caller's or a failure here.
async fn signatory(
    cx: &Context<'_>,
    service: &str,
    region: &str,
    received: &ReceivedRequest,
) -> Result<std::result::Result<Signed, SigV4Error>> {
    let headers = headers(&received.headers)?;
    let uri = uri(&received.path, &received.query)?;
    let literal = LITERAL_PATHS.contains(&service);
    check_payload_hash(&received.payload_hash, literal)?;
    let claim = match SignatureClaim::parse(&headers, &uri) {
        Ok(claim) => claim,
        Err(refused) => return Ok(Err(refused)),
    };
    let regions = [region];
    let policy = Policy { service, region: RegionPolicy::OneOf(&regions), presigned: PresignedLifetime::AS_SAID };
    let now = cx.now();
    if let Err(refused) = claim.check(&headers, &policy, now) {
        return Ok(Err(refused));
    }
    let opened = match holder::find(cx.domain, claim.access_key_id(), claim.session_token()).await? {
        Holder::Known(opened) => opened,
        Holder::Expired => return Ok(Err(SigV4Error::ExpiredToken)),
        // Also in `dev`: whoever asks wants to know who signed, and of these nothing is known.
        Holder::Refused | Holder::Foreign => return Ok(Err(SigV4Error::UnknownAccessKey)),
    };
    let request = RelayedRequest {
        method: &received.method,
        path: &received.path,
        query: &received.query,
        headers: &headers,
        payload_hash: &received.payload_hash,
        path_rule: if literal { PathRule::Literal } else { PathRule::Normalized },
    };
    Ok(claim
        .verify_relayed(&request, &opened.secret_access_key, &policy, now)
        .map(|()| Signed { signer: opened.signer, headers: claim.signed_headers().to_vec() }))
}

fn unauthenticated(refused: &SigV4Error) -> VerifyRequestResponse {
    let message = refused.message(Protocol::Json).to_owned();
    VerifyRequestResponse {
        decision: Verdict::Deny,
        reason: Some(Reason { code: refused.name(Protocol::Json), message }),
        principal: None,
        signed_headers: Vec::new(),
    }
}

fn describe(cx: &Context<'_>, signer: &Signer, tags: std::collections::BTreeMap<String, String>) -> Signatory {
    let settings = &cx.domain.settings;
    let session = signer.session.as_ref();
    let role_arn = match &signer.identity {
        Identity::Role { .. } => Some(signer.identity.principal_arn(&settings.account_id)),
        Identity::User { .. } | Identity::Anyone => None,
    };
    Signatory {
        arn: signer.arn(settings),
        account: settings.account_id.clone(),
        user_id: signer.user_id(settings),
        access_key_id: signer.access_key_id.clone(),
        role_arn,
        issued_at: session.map(|session| session.issued_at.div_euclid(SECOND)),
        expires_at: session.map(|session| session.expires_at.div_euclid(SECOND)),
        source_identity: session.and_then(|session| session.source_identity.clone()),
        tags,
        federated: session
            .and_then(|session| session.federated.as_ref())
            .map(|federated| Provider { name: federated.provider.clone(), keys: federated.keys.clone() }),
    }
}

/// `service:Name`, without wildcards.
fn checked_action(action: &str) -> Result<&str> {
    let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/".contains(&b));
    match action.split_once(':') {
        Some((service, name)) if action.len() <= 128 && word(service) && word(name) => Ok(action),
        _ => Err(Error::invalid_parameter("Action is the name of an action, such as s3:GetObject.")),
    }
}

fn check_resources(resources: &[String]) -> Result<()> {
    if resources.len() > MOST_RESOURCES {
        return Err(Error::invalid_parameter(format!("More than {MOST_RESOURCES} resources.")));
    }
    if resources.iter().any(|resource| resource.len() > LONGEST_RESOURCE) {
        return Err(Error::invalid_parameter(format!("A resource is longer than {LONGEST_RESOURCE} bytes.")));
    }
    Ok(())
}

fn headers(given: &[Header]) -> Result<HeaderMap> {
    if given.len() > MOST_HEADERS {
        return Err(Error::invalid_parameter(format!("More than {MOST_HEADERS} headers.")));
    }
    let mut headers = HeaderMap::with_capacity(given.len());
    for Header { name, value } in given {
        let malformed = || Error::invalid_parameter("A header is malformed.");
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| malformed())?;
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| malformed())?);
    }
    Ok(headers)
}

/// Where the signature may stand. The path and query that are verified are those of the request, not this URI's.
fn uri(path: &str, query: &str) -> Result<Uri> {
    let malformed = || Error::invalid_parameter("Path and Query are those of the request line, percent-encoded.");
    if !path.starts_with('/') || path.contains(['?', '#']) || query.contains('#') {
        return Err(malformed());
    }
    let text = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    Uri::builder().path_and_query(text).build().map_err(|_| malformed())
}

fn check_payload_hash(hash: &str, literal: bool) -> Result<()> {
    let is_sha256 = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if is_sha256 || (literal && UNHASHED.contains(&hash)) {
        Ok(())
    } else {
        Err(Error::invalid_parameter("PayloadHash is the SHA-256 of the body in lower-case hexadecimal."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_bounded() {
        let of = |count: usize, length: usize| check_resources(&vec!["x".repeat(length); count]);
        of(MOST_RESOURCES, LONGEST_RESOURCE).unwrap();
        of(0, 0).unwrap();
        assert!(of(MOST_RESOURCES + 1, 1).is_err());
        assert!(of(1, LONGEST_RESOURCE + 1).is_err());
    }
}
