//! From what a request names to the ARN that policies see, with the tags of what is there.
//!
//! Whether something is there must not show to a caller who may not know: a refusal names the resource as the request did.

use std::collections::BTreeMap;

use stepwell_core::iam::arn::{self, IamArn};
use stepwell_core::iam::{self, Entity, EntityKind, Identity, OidcProvider, Signer, authorize, name_key};
use stepwell_core::{Domain, Error, ErrorCode};

use super::iam::BOUNDARY;
use super::{Ask, Resource};

/// Puts the resource into the question.
pub(super) async fn put<'q>(
    domain: &Domain,
    signer: &Signer,
    ask: &Ask<'_>,
    request: authorize::Request<'q>,
) -> Result<authorize::Request<'q>, Error> {
    Ok(match ask.resource {
        Resource::Any => request,
        Resource::UserPool(id) => user_pool(domain, id.unwrap_or_default(), ask, request).await?,
        Resource::IdentityPool(id) => identity_pool(domain, id.unwrap_or_default(), ask, request).await?,
        Resource::Identity(id) => identity(domain, id.unwrap_or_default(), request).await?,
        Resource::Arn(arn) => named_by_arn(domain, arn.unwrap_or_default(), ask, request).await?,
        Resource::Policy(arn) => policy(domain, arn.unwrap_or_default(), request).await?,
        Resource::User(name) => match user_name(signer, name) {
            Some(name) => user(domain, name, ask, request).await?,
            None => request,
        },
        Resource::Role(name) => role(domain, name.unwrap_or_default(), ask, request).await?,
        Resource::Renamed { user, path, name } => match user_name(signer, user) {
            Some(user) => renamed(domain, user, path, name, request).await?,
            None => request,
        },
        Resource::VerifiedService(service) => {
            let (region, account) = (&domain.settings.region, &domain.settings.account_id);
            request.on(format!("arn:aws:stepwell:{region}:{account}:service/{}", service.unwrap_or_default()))
        }
        Resource::New { kind, path, name } => {
            let account = &domain.settings.account_id;
            request.on(arn::write(account, kind, path.unwrap_or("/"), name.unwrap_or_default()))
        }
    })
}

/// The user that a request is about: IAM takes the caller where none is named.
fn user_name<'a>(signer: &'a Signer, named: Option<&'a str>) -> Option<&'a str> {
    match (&signer.identity, named) {
        (_, Some(name)) => Some(name),
        (Identity::User { name, .. }, None) => Some(name),
        (Identity::Role { .. } | Identity::Anyone, None) => None,
    }
}

async fn user_pool<'q>(
    domain: &Domain,
    id: &str,
    ask: &Ask<'_>,
    request: authorize::Request<'q>,
) -> Result<authorize::Request<'q>, Error> {
    let request = request.on(domain.pool_arn(id));
    match domain.pool(id).await {
        Ok(pool) => Ok(pool_tags(request, ask, &pool.settings.tags)),
        Err(error) if error.code() == ErrorCode::ResourceNotFound => Ok(request),
        Err(error) => Err(error),
    }
}

async fn identity_pool<'q>(
    domain: &Domain,
    id: &str,
    ask: &Ask<'_>,
    request: authorize::Request<'q>,
) -> Result<authorize::Request<'q>, Error> {
    let request = request.on(domain.identity_pool_arn(id));
    Ok(match domain.stores.identity_pools.identity_pool(id).await? {
        Some(pool) => pool_tags(request, ask, &pool.tags),
        None => request,
    })
}

/// The tags of a pool, and which of them the request would take from it.
fn pool_tags<'q>(
    request: authorize::Request<'q>,
    ask: &Ask<'_>,
    tags: &BTreeMap<String, String>,
) -> authorize::Request<'q> {
    let request = request.resource_tags(tags);
    match ask.replacing {
        Some(by) => request.replaced_tags(tags, by),
        None => request,
    }
}

async fn identity<'q>(
    domain: &Domain,
    id: &str,
    request: authorize::Request<'q>,
) -> Result<authorize::Request<'q>, Error> {
    Ok(match domain.stores.identity_pools.identity(id).await? {
        Some(identity) => request.key("cognito-identity:IdentityPoolArn", domain.identity_pool_arn(&identity.pool_id)),
        None => request,
    })
}

/// An ARN of this deployment's pools and providers, or of anything else.
async fn named_by_arn<'q>(
    domain: &Domain,
    arn: &str,
    ask: &Ask<'_>,
    request: authorize::Request<'q>,
) -> Result<authorize::Request<'q>, Error> {
    if let Some(id) = arn.strip_prefix(domain.pool_arn("").as_str()) {
        return user_pool(domain, id, ask, request).await;
    }
    if let Some(id) = arn.strip_prefix(domain.identity_pool_arn("").as_str()) {
        return identity_pool(domain, id, ask, request).await;
    }
    let request = request.on(arn);
    let Some(named) = IamArn::parse(arn).filter(|named| named.account == domain.settings.account_id) else {
        return Ok(request);
    };
    let tags = match named.kind {
        "oidc-provider" => {
            let provider = domain.stores.iam.oidc_provider(&OidcProvider::key_of(named.rest)).await?;
            provider.map(|provider| provider.tags)
        }
        "saml-provider" => {
            let provider = domain.stores.iam.saml_provider(&name_key(named.rest)).await?;
            provider.map(|provider| provider.tags)
        }
        _ => None,
    };
    Ok(tags.into_iter().fold(request, |request, tags| request.resource_tags(&tags)))
}

async fn policy<'q>(
    domain: &Domain,
    arn: &str,
    request: authorize::Request<'q>,
) -> Result<authorize::Request<'q>, Error> {
    let request = request.on(arn).named(format!("policy {arn}"));
    let name = arn.rsplit_once('/').map_or(arn, |(_, name)| name);
    let known = domain.stores.iam.policy(&name_key(name)).await?;
    let known = known.filter(|policy| policy.arn(&domain.settings.account_id) == arn);
    Ok(known.into_iter().fold(request, |request, policy| request.resource_tags(&policy.tags)))
}

async fn user<'q>(
    domain: &Domain,
    name: &str,
    ask: &Ask<'_>,
    request: authorize::Request<'q>,
) -> Result<authorize::Request<'q>, Error> {
    let known = domain.stores.iam.user(&name_key(name)).await?.map(|user| Entity::User(Box::new(user)));
    Ok(principal(domain, EntityKind::User, name, known.as_ref(), ask, request))
}

async fn role<'q>(
    domain: &Domain,
    name: &str,
    ask: &Ask<'_>,
    request: authorize::Request<'q>,
) -> Result<authorize::Request<'q>, Error> {
    let known = domain.stores.iam.role(&name_key(name)).await?.map(|role| Entity::Role(Box::new(role)));
    Ok(principal(domain, EntityKind::Role, name, known.as_ref(), ask, request))
}

/// A user or a role, by the name in the request; refusals repeat that name, whatever is there.
fn principal<'q>(
    domain: &Domain,
    kind: EntityKind,
    name: &str,
    known: Option<&Entity>,
    ask: &Ask<'_>,
    request: authorize::Request<'q>,
) -> authorize::Request<'q> {
    let account = &domain.settings.account_id;
    let request = request.named(format!("{} {name}", kind.as_str()));
    let Some(known) = known else { return request.on(arn::write(account, kind.as_str(), "/", name)) };
    let own = known.holder().map_or(name, |(own, _)| own);
    let request = request.on(arn::write(account, kind.as_str(), known.path(), own));
    bounded(tagged(request, known.tags()), ask, known.boundary())
}

async fn renamed<'q>(
    domain: &Domain,
    name: &str,
    new_path: Option<&str>,
    new_name: Option<&str>,
    request: authorize::Request<'q>,
) -> Result<authorize::Request<'q>, Error> {
    let known = domain.stores.iam.user(&name_key(name)).await?;
    let (path, own) = known.as_ref().map_or(("/", name), |user: &iam::User| (&user.path, &user.name));
    let (path, called) = (new_path.unwrap_or(path), new_name.unwrap_or(own));
    let request = request.on(arn::write(&domain.settings.account_id, "user", path, called));
    Ok(request.named(format!("user {}", new_name.unwrap_or(name))))
}

/// The tags of a user or role: IAM has a key of its own for them.
fn tagged<'q>(request: authorize::Request<'q>, tags: &BTreeMap<String, String>) -> authorize::Request<'q> {
    let request = request.resource_tags(tags);
    tags.iter().fold(request, |request, (key, value)| request.key(&format!("iam:ResourceTag/{key}"), value.as_str()))
}

/// The boundary that the user or role has, unless the request sets one; for the operations that the service authorization
/// reference gives the key.
fn bounded<'q>(request: authorize::Request<'q>, ask: &Ask<'_>, boundary: Option<&str>) -> authorize::Request<'q> {
    match boundary {
        Some(arn) if ask.sees_boundary && ask.keys.iter().all(|(key, _)| *key != BOUNDARY) => {
            request.key(BOUNDARY, arn)
        }
        _ => request,
    }
}
