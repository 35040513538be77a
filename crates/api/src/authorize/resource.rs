//! From what a request names to the ARN that policies see, with the tags of what is there.
//!
//! Whether something is there must not show to a caller who may not know: a refusal names the resource as the request did.

use stepwell_core::iam::{self, Identity, OidcProvider, Signer, authorize, name_key};
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
            let path = path.unwrap_or("/");
            request.on(format!("arn:aws:iam::{account}:{kind}{path}{}", name.unwrap_or_default()))
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
    tags: &std::collections::BTreeMap<String, String>,
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
    let account = &domain.settings.account_id;
    if let Some(id) = arn.strip_prefix(domain.pool_arn("").as_str()) {
        return user_pool(domain, id, ask, request).await;
    }
    if let Some(id) = arn.strip_prefix(domain.identity_pool_arn("").as_str()) {
        return identity_pool(domain, id, ask, request).await;
    }
    let request = request.on(arn);
    if let Some(url) = arn.strip_prefix(format!("arn:aws:iam::{account}:oidc-provider/").as_str()) {
        let provider = domain.stores.iam.oidc_provider(&OidcProvider::key_of(url)).await?;
        return Ok(provider.into_iter().fold(request, |request, provider| request.resource_tags(&provider.tags)));
    }
    if let Some(name) = arn.strip_prefix(format!("arn:aws:iam::{account}:saml-provider/").as_str()) {
        let provider = domain.stores.iam.saml_provider(&name_key(name)).await?;
        return Ok(provider.into_iter().fold(request, |request, provider| request.resource_tags(&provider.tags)));
    }
    Ok(request)
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
    let account = &domain.settings.account_id;
    let request = request.named(format!("user {name}"));
    Ok(match domain.stores.iam.user(&name_key(name)).await? {
        Some(user) => {
            bounded(tagged(request.on(user.arn(account)), &user.tags), ask, user.permissions_boundary.as_deref())
        }
        None => request.on(format!("arn:aws:iam::{account}:user/{name}")),
    })
}

async fn role<'q>(
    domain: &Domain,
    name: &str,
    ask: &Ask<'_>,
    request: authorize::Request<'q>,
) -> Result<authorize::Request<'q>, Error> {
    let account = &domain.settings.account_id;
    let request = request.named(format!("role {name}"));
    Ok(match domain.stores.iam.role(&name_key(name)).await? {
        Some(role) => {
            bounded(tagged(request.on(role.arn(account)), &role.tags), ask, role.permissions_boundary.as_deref())
        }
        None => request.on(format!("arn:aws:iam::{account}:role/{name}")),
    })
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
    let account = &domain.settings.account_id;
    let request = request.on(format!("arn:aws:iam::{account}:user{path}{called}"));
    Ok(request.named(format!("user {}", new_name.unwrap_or(name))))
}

/// The tags of a user or role: IAM has a key of its own for them.
fn tagged<'q>(
    request: authorize::Request<'q>,
    tags: &std::collections::BTreeMap<String, String>,
) -> authorize::Request<'q> {
    let request = request.resource_tags(tags);
    tags.iter().fold(request, |request, (key, value)| request.key(&format!("iam:ResourceTag/{key}"), value.as_str()))
}

/// The boundary that the user or role has, unless the request sets one.
fn bounded<'q>(request: authorize::Request<'q>, ask: &Ask<'_>, boundary: Option<&str>) -> authorize::Request<'q> {
    match boundary {
        Some(arn) if ask.keys.iter().all(|(key, _)| *key != BOUNDARY) => request.key(BOUNDARY, arn),
        _ => request,
    }
}
