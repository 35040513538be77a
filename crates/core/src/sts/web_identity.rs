//! `AssumeRoleWithWebIdentity`: whoever holds a token of a provider that the role trusts gets temporary credentials of it (STS
//! API reference).
//!
//! Tokens are of our identity pools, of our user pools, or of a provider elsewhere; but for the first, the provider must be
//! registered in IAM. Nothing is fetched for a token of any other.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use stepwell_model::ErrorCode;

use super::role::{self, Target};
use super::session_claims::{SessionClaims, texts};
use super::session_request::{Assumed, Inherited, SessionRequest};
use crate::context::Context;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::iam::policy::{ContextKeys, KeyValue, Principal, evaluate_trust};
use crate::iam::{Federated, OidcProvider, TemporarySession};
use crate::identity_pools::issuer::{self, IdentityTokenError};
use crate::identity_pools::openid_token;
use crate::keyring::SigningUse;
use crate::tokens::external::{self, ExternalToken, ExternalTokenError};
use crate::{Millis, SECOND};

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";
/// The provider of identity pools' tokens, as trust policies name it.
const IDENTITY_POOLS: &str = "cognito-identity.amazonaws.com";
/// Providers whose access tokens `ProviderId` announces.
const OAUTH2: [&str; 2] = ["www.amazon.com", "graph.facebook.com"];

/// What is asked besides the session.
#[derive(Debug, Clone, Copy)]
pub struct WebIdentity<'a> {
    /// `RoleArn`.
    pub role_arn: &'a str,
    /// `WebIdentityToken`.
    pub token: &'a str,
    /// `ProviderId`.
    pub provider_id: Option<&'a str>,
}

/// What came of it.
#[derive(Debug)]
pub struct AssumedWithToken {
    /// The role's credentials.
    pub assumed: Assumed,
    /// `sub` of the token.
    pub subject: String,
    /// The client that the token was issued to.
    pub audience: String,
    /// `iss` of the token.
    pub provider: String,
}

/// A token, verified.
struct Verified {
    federated: Federated,
    issuer: String,
    subject: String,
    audience: String,
    said: SessionClaims,
    of_identity_pool: bool,
}

/// Assumes a role. `request` holds what the caller asked; tags and source identity come from the token.
pub async fn assume_role_with_web_identity(
    cx: &Context<'_>,
    asked: WebIdentity<'_>,
    mut request: SessionRequest,
) -> Result<AssumedWithToken> {
    if let Some(provider) = asked.provider_id {
        return Err(refuse_provider(provider));
    }
    let verified = verify(cx.domain, asked.token).await?;
    let target = role::find(cx.domain, asked.role_arn).await?.ok_or_else(not_authorized)?;
    request.tags = verified.said.tags;
    request.transitive = verified.said.transitive;
    request.source_identity = verified.said.source_identity;
    let mut keys = ContextKeys::new();
    if let Some(address) = cx.caller.address {
        keys.set("aws:SourceIp", address.to_canonical());
    }
    if let Some(agent) = &cx.caller.user_agent {
        keys.set("aws:UserAgent", agent.as_str());
    }
    // Permission first: what is wrong with the request is not told to whoever has none.
    judge(&target, &request, &verified.federated, self::keys(cx.domain, keys))?;
    let mut session = request.session(cx.domain, &target, Inherited::default()).await?;
    session.identity_pool = verified.of_identity_pool;
    let assumed = request.issue(cx.domain, &target, session, Some(verified.federated))?;
    Ok(AssumedWithToken { assumed, subject: verified.subject, audience: verified.audience, provider: verified.issuer })
}

/// The one answer to everybody whom a role does not trust, and for roles that are not there.
pub(super) fn not_authorized() -> Error {
    Error::new(ErrorCode::AccessDenied, format!("Not authorized to perform {ACTION}"))
}

fn refuse_provider(provider: &str) -> Error {
    if OAUTH2.contains(&provider) {
        let message = format!("Access tokens of {provider} are not supported by this build of Stepwell yet");
        return Error::new(ErrorCode::InvalidIdentityToken, message);
    }
    super::invalid("ProviderId is only for OAuth 2.0 access tokens of www.amazon.com and graph.facebook.com")
}

/// The condition keys of every such request.
pub(super) fn keys(domain: &Domain, mut keys: ContextKeys) -> ContextKeys {
    let now = domain.clock.now();
    let settings = &domain.settings;
    keys.set("aws:CurrentTime", KeyValue::Time(now));
    keys.set("aws:EpochTime", now.div_euclid(SECOND));
    keys.set("aws:SecureTransport", settings.public_url.starts_with("https://"));
    keys.set("aws:RequestedRegion", settings.region.as_str());
    keys.set("aws:ResourceAccount", settings.account_id.as_str());
    keys
}

/// Asks the trust policy whether the holder of the token may have the session that is asked for.
pub(super) fn judge(
    target: &Target,
    request: &SessionRequest,
    federated: &Federated,
    mut keys: ContextKeys,
) -> Result<()> {
    for (name, values) in &federated.keys {
        let key = [&federated.provider, ":", name].concat();
        match values.as_slice() {
            [one] if name != "amr" => keys.set(&key, one.as_str()),
            _ => keys.set_many(&key, values.clone()),
        }
    }
    keys.set("aws:FederatedProvider", federated.principal.as_str());
    target.insert_keys(&mut keys);
    let coming = TemporarySession {
        transitive: request.transitive.clone(),
        source_identity: request.source_identity.clone(),
        ..TemporarySession::default()
    };
    request.insert_keys(&coming, &mut keys);
    let principal = Principal::Federated { provider: federated.principal.clone() };
    let actions = [
        (true, ACTION),
        (request.passes_tags(&coming), "sts:TagSession"),
        (coming.source_identity.is_some(), "sts:SetSourceIdentity"),
    ];
    for (_, action) in actions.into_iter().filter(|(asked, _)| *asked) {
        let decision = evaluate_trust(&target.trust, &principal, action, &keys).decision();
        if !decision.is_allowed() {
            tracing::info!(role = target.arn, action, "a role's trust policy does not let in the holder of a token");
            return Err(not_authorized());
        }
    }
    Ok(())
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::InvalidIdentityToken, message)
}

fn no_provider(issuer: &str) -> Error {
    let shown: String = issuer.chars().take(255).collect();
    invalid(format!("No OpenIDConnect provider found in your account for {shown}"))
}

fn expired(domain: &Domain, at: Millis) -> Error {
    let (now, end) = (domain.clock.now() / SECOND, at / SECOND);
    // The missing space is AWS's.
    let message = format!("Token expired: current date/time {now} must be before the expiration date/time{end}");
    Error::new(ErrorCode::ExpiredToken, message)
}

/// Finds out whose token it is, and verifies it as theirs.
async fn verify(domain: &Domain, token: &str) -> Result<Verified> {
    let claims = external::peek(token).ok_or_else(|| {
        invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
    })?;
    let issuer = claims.get("iss").and_then(Value::as_str).ok_or_else(|| invalid("Missing a required claim: iss"))?;
    if issuer == issuer::url(&domain.settings) {
        return of_identity_pool(domain, token).await;
    }
    let address = issuer.split_once("://").map_or(issuer, |(_, address)| address);
    let provider =
        domain.stores.iam.oidc_provider(&OidcProvider::key_of(address)).await?.ok_or_else(|| no_provider(issuer))?;
    for required in ["aud", "sub", "exp", "iat"] {
        // Where there is an `azp`, it stands for the audience.
        let is_there = claims.contains_key(required) || (required == "aud" && claims.contains_key("azp"));
        if !is_there {
            return Err(invalid(format!("Missing a required claim: {required}")));
        }
    }
    let verified = match of_user_pool(domain, issuer, token).await? {
        Some(verified) => verified,
        // The very issuer that is registered: one that only looks like it is not fetched from.
        None if issuer != format!("https://{}", provider.url) => return Err(no_provider(issuer)),
        None => external::verify(domain, issuer, token).await,
    };
    let verified = verified.map_err(|error| match error {
        ExternalTokenError::Expired { at } => expired(domain, at),
        ExternalTokenError::Invalid(why) => {
            tracing::info!(issuer, why, "a token was refused");
            invalid("The ID Token provided could not be verified: its signature or claims are not valid")
        }
        ExternalTokenError::Unreachable(_) => {
            let message = "Couldn't retrieve verification key from your identity provider, please reference \
                           AssumeRoleWithWebIdentity documentation for requirements";
            Error::new(ErrorCode::IDPCommunicationError, message)
        }
    })?;
    of_provider(domain, &provider, verified)
}

/// A token of an identity pool of ours: the basic flow.
async fn of_identity_pool(domain: &Domain, token: &str) -> Result<Verified> {
    let token = issuer::verify(domain, token).await?.map_err(|error| match error {
        IdentityTokenError::Expired(at) => expired(domain, at),
        IdentityTokenError::Invalid(_) => invalid("The ID Token provided could not be verified"),
    })?;
    openid_token::check(domain, &token).await.map_err(|error| match error.code().http_status() {
        500.. => error,
        _ => invalid(error.message().to_owned()),
    })?;
    let keys = BTreeMap::from([
        ("aud".to_owned(), vec![token.pool_id.clone()]),
        ("sub".to_owned(), vec![token.identity_id.clone()]),
        ("amr".to_owned(), token.amr),
    ]);
    Ok(Verified {
        federated: Federated { provider: IDENTITY_POOLS.to_owned(), principal: IDENTITY_POOLS.to_owned(), keys },
        issuer: issuer::url(&domain.settings),
        subject: token.identity_id,
        audience: token.pool_id,
        said: SessionClaims {
            tags: token.tags.into_iter().collect(),
            transitive: token.transitive,
            source_identity: None,
        },
        of_identity_pool: true,
    })
}

/// An ID token of a user pool of ours, whose keys are here; none if the issuer is no such pool.
async fn of_user_pool(
    domain: &Domain,
    issuer: &str,
    token: &str,
) -> Result<Option<std::result::Result<ExternalToken, ExternalTokenError>>> {
    let Some((_, pool_id)) = issuer.rsplit_once('/').filter(|(_, id)| id.contains('_')) else { return Ok(None) };
    let entry = match domain.pool(pool_id).await {
        Ok(entry) => entry,
        Err(error) if error.code() == ErrorCode::ResourceNotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if crate::tokens::issuer(domain, &entry) != issuer {
        return Ok(None);
    }
    let payload = entry.signers.verify(SigningUse::Id, token);
    let claims = payload.and_then(|payload| serde_json::from_slice::<Map<String, Value>>(&payload).ok());
    let is_id = |claims: &Map<String, Value>| claims.get("token_use").and_then(Value::as_str) == Some("id");
    Ok(Some(match claims.filter(is_id) {
        Some(claims) if claims.get("azp").is_some_and(|azp| claims.get("aud") != Some(azp)) => {
            // A derived token (`GetDerivedToken`) that another app client had made for somebody by this name.
            Err(ExternalTokenError::Invalid("it was made for another service"))
        }
        Some(claims) => external::judge(claims, issuer, domain.clock.now()),
        None => Err(ExternalTokenError::Invalid("it is not an ID token of the pool")),
    }))
}

/// A verified token of a provider that is registered in IAM.
fn of_provider(domain: &Domain, provider: &OidcProvider, token: ExternalToken) -> Result<Verified> {
    let audience =
        token.client_id_among(&provider.client_ids).ok_or_else(|| invalid("Incorrect token audience"))?.to_owned();
    let mut keys =
        BTreeMap::from([("aud".to_owned(), vec![audience.clone()]), ("sub".to_owned(), vec![token.subject.clone()])]);
    if let Some(party) = &token.authorized_party {
        keys.insert("azp".to_owned(), vec![party.clone()]);
        keys.insert("oaud".to_owned(), token.audiences.clone());
    }
    if let Some(amr) = token.claims.get("amr").and_then(texts) {
        keys.insert("amr".to_owned(), amr);
    }
    let said = SessionClaims::read(&token.claims)?;
    Ok(Verified {
        federated: Federated {
            provider: provider.url.clone(),
            principal: provider.arn(&domain.settings.account_id),
            keys,
        },
        issuer: token.issuer,
        subject: token.subject,
        audience,
        said,
        of_identity_pool: false,
    })
}
