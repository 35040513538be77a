//! Versions of managed policies (IAM User Guide, "Versioning IAM policies").

use stepwell_model::ErrorCode;

use super::attempt::Attempt;
use super::documents;
use super::entity::Entity;
use super::errors::{delete_conflict, no_such_entity, policy_not_found};
use super::listing::{Page, Paging};
use super::managed_policy::{MAX_VERSIONS, ManagedPolicy, PolicyVersion};
use super::policies::{self, Managed};
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::ports::store::Write;

/// A version, and whether it is the one in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionOf {
    /// The version.
    pub version: PolicyVersion,
    /// Whether it is in force.
    pub is_default: bool,
}

/// Adds a version, and puts it in force if told so.
pub async fn create(domain: &Domain, arn: &str, text: &str, set_as_default: bool) -> Result<VersionOf> {
    documents::managed(text)?;
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut policy = policies::own(domain, arn).await?;
        if policy.versions.len() >= MAX_VERSIONS {
            return Err(Error::new(
                ErrorCode::LimitExceeded,
                format!(
                    "A managed policy can have up to {MAX_VERSIONS} versions. Before you create a new version, you must \
                     delete an existing version."
                ),
            ));
        }
        let now = domain.clock.now();
        let id = format!("v{}", policy.next_version);
        let version = PolicyVersion { id: id.clone(), text: text.to_owned(), created_at: now };
        policy.versions.push(version.clone());
        policy.next_version += 1;
        policy.updated_at = now;
        if set_as_default {
            policy.default_version = id;
        }
        if commit(&attempt, policy).await? {
            return Ok(VersionOf { version, is_default: set_as_default });
        }
    }
}

/// A version.
pub async fn get(domain: &Domain, arn: &str, id: &str) -> Result<VersionOf> {
    let all = all(domain, arn).await?;
    all.into_iter().find(|version| version.version.id == id).ok_or_else(|| not_found(arn, id))
}

/// The versions, newest first.
pub async fn list(domain: &Domain, arn: &str, paging: Paging<'_>) -> Result<Page<VersionOf>> {
    let mut all = all(domain, arn).await?;
    all.reverse();
    // Positions grow while the numbers fall.
    let position = |of: &VersionOf| {
        let number = of.version.id.trim_start_matches('v').parse::<u32>().unwrap_or(0);
        format!("{:010}", u32::MAX - number)
    };
    Page::of_whole(domain, &["iam:ListPolicyVersions", arn], all, paging, position)
}

/// Puts a version in force.
pub async fn set_default(domain: &Domain, arn: &str, id: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut policy = policies::own(domain, arn).await?;
        policy.version(id).ok_or_else(|| not_found(arn, id))?;
        policy.default_version = id.to_owned();
        if commit(&attempt, policy).await? {
            return Ok(());
        }
    }
}

/// Removes a version that is not in force.
pub async fn delete(domain: &Domain, arn: &str, id: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut policy = policies::own(domain, arn).await?;
        policy.version(id).ok_or_else(|| not_found(arn, id))?;
        if policy.default_version == id {
            return Err(delete_conflict("Cannot delete the default version of a policy."));
        }
        policy.versions.retain(|version| version.id != id);
        if commit(&attempt, policy).await? {
            return Ok(());
        }
    }
}

async fn commit(attempt: &Attempt<'_>, policy: ManagedPolicy) -> Result<bool> {
    attempt.commit(vec![Write::UpdateIamEntity(Entity::Policy(Box::new(policy)))]).await
}

/// Oldest first.
async fn all(domain: &Domain, arn: &str) -> Result<Vec<VersionOf>> {
    Ok(match policies::find(domain, arn).await?.ok_or_else(|| policy_not_found(arn))? {
        Managed::Own(policy) => policy
            .versions
            .into_iter()
            .map(|version| VersionOf { is_default: version.id == policy.default_version, version })
            .collect(),
        Managed::Aws(policy) => {
            let version = PolicyVersion {
                id: policy.version.to_owned(),
                text: policy.text.to_owned(),
                created_at: policy.updated_at,
            };
            vec![VersionOf { version, is_default: true }]
        }
    })
}

fn not_found(arn: &str, id: &str) -> Error {
    no_such_entity(format!("Policy {arn} version {id} does not exist or is not attachable."))
}
