//! Who sends a request: a signature, an access token, or nobody in particular.

use std::sync::Arc;

use http::{HeaderMap, Method, Uri};
use stepwell_core::context::Principal;
use stepwell_core::iam::Signer;
use stepwell_core::sts::holder::{self, Holder};
use stepwell_core::{Domain, Error, ErrorCode, tokens};
use stepwell_model::{AuthMode, OperationInput, OperationMeta, Service, TokenRule};

use super::sigv4::{Policy, PresignedLifetime, RegionPolicy, SigV4Error, SignatureClaim, SignedRequest};
use super::{ApiSettings, Mode, error, origin};

/// How long a presigned request is taken, in seconds. AWS has no page on it; this is STS's time (aws-iam-authenticator's
/// `pkg/token`: "valid for 15 minutes regardless").
const PRESIGNED_SECONDS: u32 = 15 * 60;

/// The region of services that have none.
const GLOBAL: &str = "us-east-1";

/// A request as far as authentication looks at it.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// The method.
    pub method: &'a Method,
    /// Path and query as on the wire.
    pub uri: &'a Uri,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
}

/// Authenticates as the operation's model demands. An unsigned operation may be signed by an old SDK with keys that
/// mean nothing here; that proves nothing and changes nothing.
pub async fn principal<I: OperationInput>(
    domain: &Domain,
    settings: &ApiSettings,
    meta: &OperationMeta,
    received: Received<'_>,
    input: &I,
) -> Result<Principal, Error> {
    match meta.auth {
        AuthMode::SigV4 => signed(domain, settings, meta, received).await,
        // SDKs sign every call that the model does not mark: beside a client's own secret that means nothing.
        AuthMode::SigV4OrClient if input.client_secret().is_none() && is_signed(received) => {
            signed(domain, settings, meta, received).await
        }
        AuthMode::SigV4OrClient => Ok(Principal::Anonymous),
        AuthMode::Unsigned => match (I::TAKES_ACCESS_TOKEN, input.access_token()) {
            (TokenRule::Required | TokenRule::Optional, Some(token)) => {
                let verified = tokens::access_token::verify(domain, token).await;
                Ok(Principal::User(Box::new(verified.map_err(|error| declared(meta, error))?)))
            }
            (TokenRule::Required, None) => Err(Error::not_authorized("Invalid Access Token")),
            (TokenRule::Optional | TokenRule::None, _) => Ok(Principal::Anonymous),
        },
    }
}

fn is_signed(received: Received<'_>) -> bool {
    !matches!(SignatureClaim::parse(received.headers, received.uri), Err(SigV4Error::NotSigV4))
}

/// A few operations have no error of their own for a user who is gone or must reset the password: there the token is
/// simply not accepted.
fn declared(meta: &OperationMeta, error: Error) -> Error {
    match error.code() {
        ErrorCode::UserNotFound | ErrorCode::PasswordResetRequired if !meta.errors.contains(&error.code()) => {
            Error::not_authorized("Access Token has been revoked")
        }
        _ => error,
    }
}

/// Authenticates by the signature, which must be there.
pub async fn signed(
    domain: &Domain,
    settings: &ApiSettings,
    meta: &OperationMeta,
    received: Received<'_>,
) -> Result<Principal, Error> {
    let protocol = meta.service.protocol();
    let refused = |refused: SigV4Error| error::of_signature(protocol, &refused);
    let claim = SignatureClaim::parse(received.headers, received.uri).map_err(refused)?;
    let now = domain.clock.now();
    let regions = regions(domain, meta.service);
    let policy = Policy {
        service: meta.service.signing_name(),
        region: RegionPolicy::OneOf(&regions),
        presigned: presigned_lifetime(meta.service),
    };
    if settings.mode == Mode::Serve {
        // Before the look-up, in AWS's order.
        claim.check(received.headers, &policy, now).map_err(refused)?;
    }
    let opened = match (holder::find(domain, claim.access_key_id(), claim.session_token()).await?, settings.mode) {
        (Holder::Known(opened), _) => opened,
        (Holder::Expired, _) => return Err(refused(SigV4Error::ExpiredToken)),
        (Holder::Refused, _) | (Holder::Foreign, Mode::Serve) => return Err(refused(SigV4Error::UnknownAccessKey)),
        (Holder::Foreign, Mode::Dev { allow_remote }) => {
            return anyone(domain, received, &claim, allow_remote);
        }
    };
    let request = SignedRequest {
        method: received.method.as_str(),
        path: received.uri.path(),
        query: received.uri.query().unwrap_or_default(),
        headers: received.headers,
        body: received.body,
    };
    claim.verify(&request, &opened.secret_access_key, &policy, now).map_err(refused)?;
    Ok(Principal::Signed(Arc::new(opened.signer)))
}

/// Authenticators sign a URL for STS for a minute and hand it on for a quarter of an hour; STS takes it.
fn presigned_lifetime(service: Service) -> PresignedLifetime {
    match service {
        Service::Sts => PresignedLifetime::Fixed(PRESIGNED_SECONDS),
        Service::Idp | Service::Identity | Service::Iam | Service::Stepwell => {
            PresignedLifetime::AsSaid { at_most: PRESIGNED_SECONDS }
        }
    }
}

/// The regions that a signature may be scoped to. STS's global endpoint and IAM are signed for `us-east-1` wherever the
/// caller is; clients told of an endpoint of their own sign for their own region.
fn regions(domain: &Domain, service: Service) -> Vec<&str> {
    let own = domain.settings.region.as_str();
    match service {
        Service::Idp | Service::Identity | Service::Stepwell => vec![own],
        Service::Sts | Service::Iam => vec![own, GLOBAL],
    }
}

/// `dev` takes credentials that mean nothing here for the administrator's, unless a web page sends them.
fn anyone(
    domain: &Domain,
    received: Received<'_>,
    claim: &SignatureClaim,
    allow_remote: bool,
) -> Result<Principal, Error> {
    if !origin::is_own(received.headers, &domain.settings.public_url, allow_remote) {
        return Err(Error::new(
            ErrorCode::AccessDenied,
            "stepwell dev accepts any credentials, and therefore no administrative call from a web page \
             or under a foreign host name",
        ));
    }
    Ok(Principal::Signed(Arc::new(Signer::anyone(claim.access_key_id()))))
}
