//! What may be done to managed policies (IAM API reference, `CreatePolicy`, `GetPolicy`, `DeletePolicy`, `ListPolicies`).

use super::arn;
use super::attempt::Attempt;
use super::builtin::{self, AwsManagedPolicy};
use super::entity::{Entity, EntityKind, PolicyUsage, name_key, unique_id};
use super::errors::{delete_conflict, exists, invalid_input, over_quota, policy_not_found};
use super::listing::{Page, Paging};
use super::managed_policy::{MAX_POLICIES, ManagedPolicy, PolicyVersion};
use super::users::ROOT_PATH;
use super::{documents, tags};
use crate::domain::Domain;
use crate::error::Result;
use crate::ports::store::Write;

const ID_PREFIX: &str = "ANPA";

/// A managed policy: the account's own, or one of AWS's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Managed {
    /// The account's.
    Own(Box<ManagedPolicy>),
    /// AWS's.
    Aws(&'static AwsManagedPolicy),
}

/// A managed policy and how often it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The policy.
    pub policy: Managed,
    /// By how many users and roles, to grant permissions.
    pub attachments: i64,
    /// By how many, to bound them.
    pub boundaries: i64,
}

/// What a new managed policy is made of.
#[derive(Debug, Clone, Default)]
pub struct NewPolicy {
    /// The name.
    pub name: String,
    /// The path; `/` if not given.
    pub path: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The first version.
    pub text: String,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

/// Whose policies are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// Everybody's.
    #[default]
    All,
    /// AWS's.
    Aws,
    /// The account's own.
    Local,
}

/// Which policies are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct PolicyFilter<'a> {
    /// Whose.
    pub scope: Scope,
    /// Only those in use.
    pub only_attached: bool,
    /// Only those whose path begins with it.
    pub path_prefix: Option<&'a str>,
    /// Only those used so.
    pub usage: Option<PolicyUsage>,
}

impl Managed {
    /// Its Amazon Resource Name.
    pub fn arn(&self, account_id: &str) -> String {
        match self {
            Self::Own(policy) => policy.arn(account_id),
            Self::Aws(policy) => policy.arn(),
        }
    }

    /// The text in force.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Own(policy) => policy.text(),
            Self::Aws(policy) => Some(policy.text),
        }
    }

    /// AWS's policies come first in lists: `!` comes before every character of a name.
    fn position(&self) -> String {
        match self {
            Self::Own(policy) => policy.key(),
            Self::Aws(policy) => format!("!{}", name_key(policy.name)),
        }
    }
}

/// The managed policy of this ARN; `InvalidInput` if it is no policy's ARN.
pub async fn find(domain: &Domain, arn: &str) -> Result<Option<Managed>> {
    if arn::expect(&domain.settings, arn, "policy")?.is_aws() {
        return Ok(builtin::by_arn(arn).map(Managed::Aws));
    }
    Ok(find_own(domain, arn).await?.map(|policy| Managed::Own(Box::new(policy))))
}

async fn find_own(domain: &Domain, arn: &str) -> Result<Option<ManagedPolicy>> {
    let name = arn::expect(&domain.settings, arn, "policy")?.name();
    let policy = domain.stores.iam.policy(&name_key(name)).await?;
    Ok(policy.filter(|policy| policy.arn(&domain.settings.account_id) == arn))
}

/// The account's policy of this ARN, to be changed; AWS's are refused.
pub(super) async fn own(domain: &Domain, arn: &str) -> Result<ManagedPolicy> {
    if arn::expect(&domain.settings, arn, "policy")?.is_aws() {
        return Err(match builtin::by_arn(arn) {
            Some(_) => invalid_input(format!("Policy {arn} is an AWS managed policy and cannot be changed.")),
            None => policy_not_found(arn),
        });
    }
    find_own(domain, arn).await?.ok_or_else(|| policy_not_found(arn))
}

/// The managed policy of this ARN; `NoSuchEntity` if there is none.
pub async fn get(domain: &Domain, arn: &str) -> Result<Described> {
    let policy = find(domain, arn).await?.ok_or_else(|| policy_not_found(arn))?;
    described(domain, policy).await
}

async fn described(domain: &Domain, policy: Managed) -> Result<Described> {
    let arn = policy.arn(&domain.settings.account_id);
    let attachments = domain.stores.iam.policy_use_count(&arn, PolicyUsage::Permissions).await?;
    let boundaries = domain.stores.iam.policy_use_count(&arn, PolicyUsage::Boundary).await?;
    Ok(Described { policy, attachments, boundaries })
}

/// Makes a managed policy with its first version.
pub async fn create(domain: &Domain, new: NewPolicy) -> Result<ManagedPolicy> {
    documents::managed(&new.text)?;
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        if domain.stores.iam.policy(&name_key(&new.name)).await?.is_some() {
            let name = &new.name;
            return Err(exists(format!("A policy called {name} already exists. Duplicate names are not allowed.")));
        }
        if domain.stores.iam.count(EntityKind::Policy).await? >= MAX_POLICIES {
            return Err(over_quota("PoliciesPerAccount", MAX_POLICIES));
        }
        let now = domain.clock.now();
        let policy = ManagedPolicy {
            name: new.name.clone(),
            path: new.path.clone().unwrap_or_else(|| ROOT_PATH.to_owned()),
            policy_id: unique_id(&*domain.rng, ID_PREFIX),
            description: new.description.clone(),
            tags: tags::of_new(EntityKind::Policy, new.tags.clone())?,
            versions: vec![PolicyVersion { id: "v1".to_owned(), text: new.text.clone(), created_at: now }],
            default_version: "v1".to_owned(),
            next_version: 2,
            created_at: now,
            updated_at: now,
            version: 0,
        };
        if attempt.commit(vec![Write::InsertIamEntity(Entity::Policy(Box::new(policy.clone())))]).await? {
            return Ok(policy);
        }
    }
}

/// Deletes a policy that nobody uses, with its one version.
pub async fn delete(domain: &Domain, arn: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let policy = own(domain, arn).await?;
        for usage in [PolicyUsage::Permissions, PolicyUsage::Boundary] {
            if domain.stores.iam.policy_use_count(arn, usage).await? > 0 {
                return Err(delete_conflict("Cannot delete a policy attached to entities."));
            }
        }
        if policy.versions.len() > 1 {
            return Err(delete_conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. \
                 The default version is deleted with the policy.",
            ));
        }
        let write = Write::DeleteIamEntity { kind: EntityKind::Policy, key: policy.key(), version: policy.version };
        if attempt.commit(vec![write]).await? {
            return Ok(());
        }
    }
}

/// Managed policies, AWS's first. A page may hold fewer than asked for, or none, while there is a marker.
pub async fn list(domain: &Domain, filter: PolicyFilter<'_>, paging: Paging<'_>) -> Result<Page<Described>> {
    let prefix = filter.path_prefix.unwrap_or(ROOT_PATH);
    let list = ["iam:ListPolicies", prefix];
    let limit = paging.limit();
    let after = paging.after(domain, &list)?;
    let mut found: Vec<Managed> = Vec::new();
    if filter.scope != Scope::Local && prefix == ROOT_PATH {
        let rest = builtin::POLICIES.iter().map(Managed::Aws);
        found.extend(rest.filter(|policy| after.as_ref().is_none_or(|after| policy.position() > *after)));
    }
    if filter.scope != Scope::Aws {
        // A position among AWS's policies is before all of the account's.
        let after = after.as_deref().filter(|after| !after.starts_with('!'));
        let own = domain.stores.iam.policies(prefix, after, limit + 1).await?;
        found.extend(own.into_iter().map(|policy| Managed::Own(Box::new(policy))));
    }
    let page = Page::of_read(domain, &list, found, limit, Managed::position)?;
    let mut items = Vec::with_capacity(page.items.len());
    for policy in page.items {
        let policy = described(domain, policy).await?;
        let in_use = policy.attachments + policy.boundaries > 0;
        let used_so = match filter.usage {
            None => true,
            Some(PolicyUsage::Permissions) => policy.attachments > 0,
            Some(PolicyUsage::Boundary) => policy.boundaries > 0,
        };
        if used_so && (in_use || !filter.only_attached) {
            items.push(policy);
        }
    }
    Ok(Page { items, marker: page.marker })
}
