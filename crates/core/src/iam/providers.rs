//! What may be done to identity providers (IAM API reference, `CreateOpenIDConnectProvider`, `CreateSAMLProvider`, and what
//! goes with them).

use stepwell_model::ErrorCode;

use super::attempt::Attempt;
use super::entity::{Entity, EntityKind, name_key};
use super::errors::{exists, invalid_input, no_such_entity, over_quota};
use super::provider::{MAX_OIDC_PROVIDERS, MAX_SAML_PROVIDERS, OidcProvider, SamlProvider};
use super::{arn, saml_metadata, tags};
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::ports::store::Write;

/// How many providers are read at once where all are listed: a SAML provider may have a megabyte of metadata.
const READ: u32 = 8;
const MAX_CLIENT_IDS: usize = 100;
const MAX_THUMBPRINTS: usize = 5;
const UUID_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const UUID_LENGTH: usize = 22;

/// What a new OpenID Connect provider is made of.
#[derive(Debug, Clone, Default)]
pub struct NewOidcProvider {
    /// The issuer, `https://…`.
    pub url: String,
    /// The audiences that are accepted.
    pub client_ids: Vec<String>,
    /// Thumbprints of its server's certificate authorities.
    pub thumbprints: Vec<String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

/// The OpenID Connect provider of an issuer, given without `https://`.
pub async fn find_oidc(domain: &Domain, url: &str) -> Result<Option<OidcProvider>> {
    let provider = domain.stores.iam.oidc_provider(&OidcProvider::key_of(url)).await?;
    Ok(provider.filter(|provider| provider.url == url))
}

/// The OpenID Connect provider of this ARN; `NoSuchEntity` if there is none.
pub async fn get_oidc(domain: &Domain, given: &str) -> Result<OidcProvider> {
    let url = arn::expect(&domain.settings, given, "oidc-provider")?.rest;
    let not_found = || no_such_entity(format!("OpenIDConnect Provider not found for arn {given}"));
    let provider = find_oidc(domain, url).await?;
    provider.filter(|provider| provider.arn(&domain.settings.account_id) == given).ok_or_else(not_found)
}

/// Makes an OpenID Connect provider. Its server is not asked.
pub async fn create_oidc(domain: &Domain, new: NewOidcProvider) -> Result<OidcProvider> {
    let url = issuer(&new.url)?;
    check_client_ids(new.client_ids.len())?;
    check_thumbprints(&new.thumbprints)?;
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let provider = OidcProvider {
            url: url.to_owned(),
            client_ids: new.client_ids.iter().cloned().collect(),
            thumbprints: new.thumbprints.clone(),
            tags: tags::of_new(EntityKind::OidcProvider, new.tags.clone())?,
            created_at: domain.clock.now(),
            version: 0,
        };
        if domain.stores.iam.oidc_provider(&provider.key()).await?.is_some() {
            return Err(exists(format!("Provider with url {} already exists.", new.url)));
        }
        if domain.stores.iam.count(EntityKind::OidcProvider).await? >= MAX_OIDC_PROVIDERS {
            return Err(over_quota("OpenIdConnectProvidersPerAccount", MAX_OIDC_PROVIDERS));
        }
        if attempt.commit(vec![Write::InsertIamEntity(Entity::OidcProvider(Box::new(provider.clone())))]).await? {
            return Ok(provider);
        }
    }
}

/// Accepts one more audience; one that is accepted already stays so.
pub async fn add_client_id(domain: &Domain, arn: &str, client_id: &str) -> Result<()> {
    change_oidc(domain, arn, |provider| {
        provider.client_ids.insert(client_id.to_owned());
        check_client_ids(provider.client_ids.len())
    })
    .await
}

/// Accepts an audience no more; one that is not accepted is ignored.
pub async fn remove_client_id(domain: &Domain, arn: &str, client_id: &str) -> Result<()> {
    change_oidc(domain, arn, |provider| {
        provider.client_ids.remove(client_id);
        Ok(())
    })
    .await
}

/// Replaces the thumbprints.
pub async fn set_thumbprints(domain: &Domain, arn: &str, thumbprints: &[String]) -> Result<()> {
    check_thumbprints(thumbprints)?;
    change_oidc(domain, arn, |provider| {
        provider.thumbprints = thumbprints.to_vec();
        Ok(())
    })
    .await
}

async fn change_oidc(
    domain: &Domain,
    arn: &str,
    change: impl Fn(&mut OidcProvider) -> Result<()> + Send + Sync,
) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut provider = get_oidc(domain, arn).await?;
        change(&mut provider)?;
        if attempt.commit(vec![Write::UpdateIamEntity(Entity::OidcProvider(Box::new(provider)))]).await? {
            return Ok(());
        }
    }
}

/// Deletes an OpenID Connect provider; one that is not there is ignored.
pub async fn delete_oidc(domain: &Domain, arn: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let provider = match get_oidc(domain, arn).await {
            Err(error) if error.code() == ErrorCode::NoSuchEntity => return Ok(()),
            other => other?,
        };
        let (kind, key) = (EntityKind::OidcProvider, provider.key());
        if attempt.commit(vec![Write::DeleteIamEntity { kind, key, version: provider.version }]).await? {
            return Ok(());
        }
    }
}

/// The ARNs of all OpenID Connect providers.
pub async fn list_oidc(domain: &Domain) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let some = domain.stores.iam.oidc_providers(after.as_deref(), READ).await?;
        let Some(last) = some.last() else { return Ok(all) };
        after = Some(last.key());
        all.extend(some.iter().map(|provider| provider.arn(&domain.settings.account_id)));
    }
}

/// The issuer without `https://`: a host, perhaps with a port, and perhaps a path.
fn issuer(url: &str) -> Result<&str> {
    let invalid = || Error::new(ErrorCode::Validation, "Invalid Open ID Connect Provider URL");
    let rest = url.strip_prefix("https://").ok_or_else(invalid)?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let labels_fit = host.split('.').all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    });
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0));
    let path_fits = path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\"<>\\^`{|}".contains(&byte));
    if labels_fit && port_fits && path_fits { Ok(rest) } else { Err(invalid()) }
}

fn check_client_ids(count: usize) -> Result<()> {
    if count > MAX_CLIENT_IDS { Err(over_quota("ClientIdsPerOpenIdConnectProvider", MAX_CLIENT_IDS)) } else { Ok(()) }
}

fn check_thumbprints(thumbprints: &[String]) -> Result<()> {
    if thumbprints.len() > MAX_THUMBPRINTS {
        return Err(invalid_input("Thumbprint list must contain fewer than 5 entries."));
    }
    if thumbprints.iter().any(|thumbprint| !thumbprint.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return Err(invalid_input("Thumbprint must be 40 hexadecimal digits."));
    }
    Ok(())
}

/// The SAML provider of this ARN; `NoSuchEntity` if there is none.
pub async fn get_saml(domain: &Domain, given: &str) -> Result<SamlProvider> {
    let name = arn::expect(&domain.settings, given, "saml-provider")?.rest;
    let provider = domain.stores.iam.saml_provider(&name_key(name)).await?;
    provider
        .filter(|provider| provider.arn(&domain.settings.account_id) == given)
        .ok_or_else(|| no_such_entity(format!("Manifest not found for arn {given}")))
}

/// Makes a SAML provider.
pub async fn create_saml(
    domain: &Domain,
    name: &str,
    metadata: &str,
    tags: Vec<(String, String)>,
) -> Result<SamlProvider> {
    let described = saml_metadata::read(metadata)?;
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        if domain.stores.iam.saml_provider(&name_key(name)).await?.is_some() {
            return Err(exists(format!("SAMLProvider with name {name} already exists.")));
        }
        if domain.stores.iam.count(EntityKind::SamlProvider).await? >= MAX_SAML_PROVIDERS {
            return Err(over_quota("SAMLProvidersPerAccount", MAX_SAML_PROVIDERS));
        }
        let provider = SamlProvider {
            name: name.to_owned(),
            uuid: domain.rng.text(UUID_ALPHABET, UUID_LENGTH),
            metadata: metadata.to_owned(),
            valid_until: described.valid_until,
            tags: tags::of_new(EntityKind::SamlProvider, tags.clone())?,
            created_at: domain.clock.now(),
            version: 0,
        };
        if attempt.commit(vec![Write::InsertIamEntity(Entity::SamlProvider(Box::new(provider.clone())))]).await? {
            return Ok(provider);
        }
    }
}

/// Replaces a SAML provider's metadata.
pub async fn update_saml(domain: &Domain, arn: &str, metadata: &str) -> Result<()> {
    let described = saml_metadata::read(metadata)?;
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut provider = get_saml(domain, arn).await?;
        metadata.clone_into(&mut provider.metadata);
        provider.valid_until = described.valid_until;
        if attempt.commit(vec![Write::UpdateIamEntity(Entity::SamlProvider(Box::new(provider)))]).await? {
            return Ok(());
        }
    }
}

/// Deletes a SAML provider.
pub async fn delete_saml(domain: &Domain, arn: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let provider = get_saml(domain, arn).await?;
        let (kind, key) = (EntityKind::SamlProvider, provider.key());
        if attempt.commit(vec![Write::DeleteIamEntity { kind, key, version: provider.version }]).await? {
            return Ok(());
        }
    }
}

/// All SAML providers, without their metadata.
pub async fn list_saml(domain: &Domain) -> Result<Vec<SamlProvider>> {
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let some = domain.stores.iam.saml_providers(after.as_deref(), READ).await?;
        let Some(last) = some.last() else { return Ok(all) };
        after = Some(last.key());
        all.extend(some.into_iter().map(|provider| SamlProvider { metadata: String::new(), ..provider }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_https_urls_without_query() {
        for (url, rest) in [
            ("https://id.example.com", "id.example.com"),
            ("https://id.example.com/", "id.example.com/"),
            ("https://id.example.com:8443/tenant/1", "id.example.com:8443/tenant/1"),
            (
                "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc",
                "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc",
            ),
        ] {
            assert_eq!(issuer(url).unwrap(), rest);
        }
        for url in [
            "http://id.example.com",
            "id.example.com",
            "https://",
            "https:///path",
            "https://id..example.com",
            "https://user@id.example.com",
            "https://id.example.com:0",
            "https://id.example.com:x",
            "https://id.example.com/?a=b",
            "https://id.example.com/#a",
            "https://id.example.com/a b",
            "https://id.example.com/\"",
        ] {
            assert_eq!(issuer(url).unwrap_err().code(), ErrorCode::Validation, "{url}");
        }
    }

    #[test]
    fn thumbprints_are_few_and_hexadecimal() {
        let one = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280".to_owned();
        check_thumbprints(&vec![one.clone(); 5]).unwrap();
        assert!(check_thumbprints(&vec![one; 6]).is_err());
        assert!(check_thumbprints(&["g".repeat(40)]).is_err());
    }
}
