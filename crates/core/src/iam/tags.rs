//! Tags of users, roles, policies and providers (IAM User Guide, "Tags for AWS Identity and Access Management resources").

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
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
/// What neither a key nor a value may begin with.
const RESERVED: &str = "aws:";
/// How much of a key a marker holds, in bytes: a marker has 320 characters at most, and is sealed.
const MARKED: usize = 128;

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
    let mut tags: Vec<_> = entity.tags().clone().into_iter().collect();
    // No change but for keys that are longer than a marker and begin alike.
    tags.sort_by_cached_key(|(key, _)| position(key));
    Page::of_whole(domain, &list, tags, paging, |(key, _)| position(key))
}

/// The key; of one too long for a marker its beginning, and a digest that tells it apart.
fn position(key: &str) -> String {
    if key.len() <= MARKED {
        return key.to_owned();
    }
    let start = (0..=MARKED).rev().find_map(|end| key.get(..end)).unwrap_or_default();
    format!("{start}{}", hex::encode(digest(&SHA256, key.as_bytes())))
}

/// The tags of something new.
pub(super) fn of_new(kind: EntityKind, tags: Vec<(String, String)>) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    add(kind, &mut all, tags)?;
    Ok(all)
}

fn add(kind: EntityKind, all: &mut BTreeMap<String, String>, tags: Vec<(String, String)>) -> Result<()> {
    for (index, (key, value)) in tags.iter().enumerate() {
        if tags.iter().take(index).any(|(other, _)| same_key(kind, other, key)) {
            return Err(invalid_input(if folds(kind) {
                "Duplicate tag keys found. Please note that Tag keys are case insensitive."
            } else {
                "Duplicate tag keys found."
            }));
        }
        if arn::has_prefix(key, RESERVED) {
            return Err(invalid_input("aws: prefixed tag key names are not allowed for external use."));
        }
        if arn::has_prefix(value, RESERVED) {
            return Err(invalid_input("aws: prefixed tag values are not allowed for external use."));
        }
    }
    for (key, value) in tags {
        all.retain(|other, _| !same_key(kind, other, &key));
        all.insert(key, value);
    }
    if all.len() > MAX_TAGS {
        return Err(Error::new(ErrorCode::LimitExceeded, "The number of tags has reached the maximum limit."));
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
    fn positions_of_long_keys_are_short_different_and_in_order() {
        let long = |first: &str, last: &str| format!("{first}{}{last}", "\u{20000}".repeat(126));
        let keys = [long("a", "x"), long("a", "y"), "b".to_owned(), long("c", "x")];
        let positions = keys.each_ref().map(|key| position(key));
        assert!(positions.iter().all(|position| position.len() <= 192));
        assert_ne!(positions[0], positions[1]);
        assert!(positions[..2].iter().all(|position| *position < positions[2]) && positions[2] < positions[3]);
        assert_eq!(position("short"), "short");
    }

    #[test]
    fn reserved_keys_and_too_many_are_refused() {
        for (key, value) in [("aws:x", ""), ("AWS:x", ""), ("x", "aws:y"), ("x", "Aws:")] {
            assert_eq!(of_new(EntityKind::User, tags(&[(key, value)])).unwrap_err().code(), ErrorCode::InvalidInput);
        }
        of_new(EntityKind::User, tags(&[("x:aws:", "x aws:")])).unwrap();
        let mut all: BTreeMap<String, String> = (0..50).map(|n| (format!("k{n}"), String::new())).collect();
        add(EntityKind::User, &mut all, tags(&[("K1", "changed")])).unwrap();
        let error = add(EntityKind::User, &mut all, tags(&[("more", "")])).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
    }
}
