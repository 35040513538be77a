//! Who sends a request: a signature, an access token, or nobody in particular.

use http::{HeaderMap, Method, Uri};
use stepwell_core::context::Principal;
use stepwell_core::seal::Purpose;
use stepwell_core::{Domain, Error, ErrorCode, tokens};
use stepwell_model::{AuthMode, OperationInput, OperationMeta, TokenRule};

use super::sigv4::{Policy, RegionPolicy, SigV4Error, SignatureClaim, SignedRequest};
use super::{ApiSettings, Mode, error, origin};

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

async fn signed(
    domain: &Domain,
    settings: &ApiSettings,
    meta: &OperationMeta,
    received: Received<'_>,
) -> Result<Principal, Error> {
    let claim = SignatureClaim::parse(received.headers, received.uri).map_err(|e| error::of_signature(&e))?;
    match settings.mode {
        Mode::Dev { allow_remote } => {
            if !origin::is_own(received.headers, &domain.settings.public_url, allow_remote) {
                return Err(Error::new(
                    ErrorCode::AccessDenied,
                    "stepwell dev accepts any credentials, and therefore no administrative call from a web page \
                     or under a foreign host name",
                ));
            }
        }
        Mode::Serve => verify(domain, meta, received, &claim).await.map_err(|failure| match failure {
            Failure::Refused(refused) => error::of_signature(&refused),
            Failure::Broken(broken) => broken,
        })?,
    }
    Ok(Principal::AccessKey { access_key_id: claim.access_key_id().to_owned() })
}

enum Failure {
    Refused(SigV4Error),
    Broken(Error),
}

impl From<SigV4Error> for Failure {
    fn from(error: SigV4Error) -> Self {
        Self::Refused(error)
    }
}

async fn verify(
    domain: &Domain,
    meta: &OperationMeta,
    received: Received<'_>,
    claim: &SignatureClaim,
) -> Result<(), Failure> {
    let now = domain.clock.now();
    let regions = [domain.settings.region.as_str()];
    let policy = Policy { service: meta.service.signing_name(), region: RegionPolicy::OneOf(&regions) };
    claim.check(received.headers, &policy, now)?;
    // Temporary credentials arrive with identity pools; until then no session token is ours.
    if claim.session_token().is_some() {
        return Err(SigV4Error::UnknownAccessKey.into());
    }
    // Read from the store, not from a cache: a deleted key stops working at once.
    let stored = domain
        .stores
        .config
        .access_key(claim.access_key_id())
        .await
        .map_err(|error| Failure::Broken(error.into()))?
        .ok_or(SigV4Error::UnknownAccessKey)?;
    let secret = domain
        .system_keys
        .unseal(Purpose::AccessKey, &[&stored.access_key_id], &stored.sealed_secret)
        .map_err(|error| Failure::Broken(Error::internal(error)))?;
    let secret = std::str::from_utf8(&secret).map_err(|error| Failure::Broken(Error::internal(error)))?;
    let request = SignedRequest {
        method: received.method.as_str(),
        path: received.uri.path(),
        query: received.uri.query().unwrap_or_default(),
        headers: received.headers,
        body: received.body,
    };
    claim.verify(&request, secret, &policy, now)?;
    Ok(())
}
