//! Tags of users, roles, policies and providers (IAM User Guide, "Tags for AWS Identity and Access Management resources").

use std::collections::BTreeMap;

use stepwell_model::ErrorCode;

use super::attempt::Attempt;
use super::entity::{Entity, EntityKind};
use super::errors::invalid_input;
use super::listing::{Page, Paging};
use super::{arn, policies, providers, roles, users};
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::ports::store::Write;

/// How many tags a resource may have.
const MAX_TAGS: usize = 50;

/// A tagged resource, as requests name it.
#[derive(Debug, Clone, Copy)]
pub enum Tagged<'a> {
    /// A user, by name.
    User(&'a str),
    /// A role, by name.
    Role(&'a str),
    /// A managed policy, by ARN.
    Policy(&'a str),
    /// An OpenID Connect provider, by ARN.
    OidcProvider(&'a str),
    /// A SAML provider, by ARN.
    SamlProvider(&'a str),
}

impl Tagged<'_> {
    async fn read(self, domain: &Domain) -> Result<Entity> {
        Ok(match self {
            Self::User(name) => Entity::User(Box::new(users::get(domain, name).await?)),
            Self::Role(name) => Entity::Role(Box::new(roles::get(domain, name).await?)),
            Self::Policy(arn) => Entity::Policy(Box::new(policies::own(domain, arn).await?)),
            Self::OidcProvider(arn) => Entity::OidcProvider(Box::new(providers::get_oidc(domain, arn).await?)),
            Self::SamlProvider(arn) => Entity::SamlProvider(Box::new(providers::get_saml(domain, arn).await?)),
        })
    }

    fn id(&self) -> &str {
        match self {
            Self::User(id) | Self::Role(id) | Self::Policy(id) | Self::OidcProvider(id) | Self::SamlProvider(id) => id,
        }
    }
}

/// Adds tags, or changes their values.
pub async fn tag(domain: &Domain, resource: Tagged<'_>, tags: Vec<(String, String)>) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut entity = resource.read(domain).await?;
        let kind = entity.kind();
        add(kind, entity.tags_mut(), tags.clone())?;
        if attempt.commit(vec![Write::UpdateIamEntity(entity)]).await? {
            return Ok(());
        }
    }
}

/// Removes tags; keys that are not there are ignored.
pub async fn untag(domain: &Domain, resource: Tagged<'_>, keys: &[String]) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut entity = resource.read(domain).await?;
        let kind = entity.kind();
        entity.tags_mut().retain(|key, _| !keys.iter().any(|gone| same_key(kind, key, gone)));
        if attempt.commit(vec![Write::UpdateIamEntity(entity)]).await? {
            return Ok(());
        }
    }
}

/// The tags in the order of their keys.
pub async fn list(domain: &Domain, resource: Tagged<'_>, paging: Paging<'_>) -> Result<Page<(String, String)>> {
    let entity = resource.read(domain).await?;
    let list = ["iam:tags", entity.kind().as_str(), resource.id()];
    Page::of_whole(domain, &list, entity.tags().clone(), paging, |(key, _)| key.clone())
}

/// The tags of something new.
pub(super) fn of_new(kind: EntityKind, tags: Vec<(String, String)>) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    add(kind, &mut all, tags)?;
    Ok(all)
}

fn add(kind: EntityKind, all: &mut BTreeMap<String, String>, tags: Vec<(String, String)>) -> Result<()> {
    for (index, (key, _)) in tags.iter().enumerate() {
        if tags.iter().take(index).any(|(other, _)| same_key(kind, other, key)) {
            return Err(invalid_input(if folds(kind) {
                "Duplicate tag keys found. Please note that Tag keys are case insensitive."
            } else {
                "Duplicate tag keys found."
            }));
        }
        if arn::has_prefix(key, "aws:") {
            return Err(invalid_input("aws: prefixed tag key names are not allowed for external use."));
        }
    }
    for (key, value) in tags {
        all.retain(|other, _| !same_key(kind, other, &key));
        all.insert(key, value);
    }
    if all.len() > MAX_TAGS {
        return Err(Error::new(
            ErrorCode::LimitExceeded,
            format!("The number of tags has reached the maximum limit of {MAX_TAGS}."),
        ));
    }
    Ok(())
}

/// Keys of users' and roles' tags are the same whatever their case; those of the others are not.
fn folds(kind: EntityKind) -> bool {
    matches!(kind, EntityKind::User | EntityKind::Role)
}

fn same_key(kind: EntityKind, one: &str, other: &str) -> bool {
    if folds(kind) { one.to_lowercase() == other.to_lowercase() } else { one == other }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn keys_of_users_and_roles_are_the_same_whatever_their_case() {
        let mut all = of_new(EntityKind::User, tags(&[("Team", "a"), ("x", "")])).unwrap();
        add(EntityKind::User, &mut all, tags(&[("TEAM", "b")])).unwrap();
        assert_eq!(all, BTreeMap::from([("TEAM".to_owned(), "b".to_owned()), ("x".to_owned(), String::new())]));
        let error = of_new(EntityKind::Role, tags(&[("Team", "a"), ("team", "b")])).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidInput);
        assert_eq!(of_new(EntityKind::Policy, tags(&[("Team", "a"), ("team", "b")])).unwrap().len(), 2);
        assert!(of_new(EntityKind::Policy, tags(&[("Team", "a"), ("Team", "b")])).is_err());
    }

    #[test]
    fn reserved_keys_and_too_many_are_refused() {
        for key in ["aws:x", "AWS:x"] {
            assert_eq!(of_new(EntityKind::User, tags(&[(key, "")])).unwrap_err().code(), ErrorCode::InvalidInput);
        }
        let mut all: BTreeMap<String, String> = (0..50).map(|n| (format!("k{n}"), String::new())).collect();
        add(EntityKind::User, &mut all, tags(&[("K1", "changed")])).unwrap();
        let error = add(EntityKind::User, &mut all, tags(&[("more", "")])).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
    }
}
