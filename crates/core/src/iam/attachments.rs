//! Managed policies that are attached to users and roles, and who uses a managed policy.

use super::attempt::Attempt;
use super::entity::{EntityKind, PolicyUsage, PolicyUse};
use super::errors::{over_quota, policy_not_attachable, policy_not_found};
use super::holders::HolderName;
use super::listing::{Page, Paging};
use super::policies;
use crate::domain::Domain;
use crate::error::Result;

/// How many managed policies a user may have (AWS's highest quota).
const MAX_PER_USER: usize = 20;
/// How many managed policies a role may have (AWS's highest quota).
const MAX_PER_ROLE: usize = 25;

/// An attached policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The policy's name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

/// Attaches a managed policy. One that is attached already stays so.
pub async fn attach(domain: &Domain, name: HolderName<'_>, arn: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut holder = name.read(domain).await?;
        policies::find(domain, arn).await?.ok_or_else(|| policy_not_attachable(arn))?;
        if !holder.attached_mut().insert(arn.to_owned()) {
            return Ok(());
        }
        let (quota, max) = match name.kind() {
            EntityKind::Role => ("PoliciesPerRole", MAX_PER_ROLE),
            _ => ("PoliciesPerUser", MAX_PER_USER),
        };
        if holder.attached().len() > max {
            return Err(over_quota(quota, max));
        }
        if holder.commit(&attempt).await? {
            return Ok(());
        }
    }
}

/// Detaches a managed policy.
pub async fn detach(domain: &Domain, name: HolderName<'_>, arn: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut holder = name.read(domain).await?;
        super::arn::expect(&domain.settings, arn, "policy")?;
        if !holder.attached_mut().remove(arn) {
            return Err(policy_not_found(arn));
        }
        if holder.commit(&attempt).await? {
            return Ok(());
        }
    }
}

/// The managed policies attached to a user or role whose path begins with a prefix, ordered by ARN.
pub async fn list(
    domain: &Domain,
    name: HolderName<'_>,
    path_prefix: Option<&str>,
    paging: Paging<'_>,
) -> Result<Page<Attached>> {
    let holder = name.read(domain).await?;
    let prefix = path_prefix.unwrap_or("/");
    let attached = holder.attached().iter().filter_map(|arn| {
        let parsed = super::arn::IamArn::parse(arn)?;
        let path = parsed.rest.strip_suffix(parsed.name())?;
        format!("/{path}").starts_with(prefix).then(|| Attached { name: parsed.name().to_owned(), arn: arn.clone() })
    });
    let list = ["iam:attached", name.kind().as_str(), name.name(), prefix];
    // The name, not the ARN: a marker has 320 characters at most. Names are unique, but for AWS's own beside the account's.
    Page::of_whole(domain, &list, ordered(attached.collect()), paging, position)
}

fn ordered(mut attached: Vec<Attached>) -> Vec<Attached> {
    attached.sort_by_key(position);
    attached
}

/// AWS's own policies first: `!` comes before every character of a name.
fn position(attached: &Attached) -> String {
    let aws = super::builtin::by_arn(&attached.arn).is_some();
    format!("{}{}", if aws { "!" } else { "" }, attached.name)
}

/// Who uses a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedBy {
    /// [`EntityKind::User`] or [`EntityKind::Role`].
    pub kind: EntityKind,
    /// Its name.
    pub name: String,
    /// Its unique id.
    pub id: String,
}

/// Which users and roles of a policy are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct UseFilter<'a> {
    /// Only users, or only roles; [`EntityKind::Policy`] and other kinds find nothing.
    pub kind: Option<EntityKind>,
    /// Only those whose path begins with it.
    pub path_prefix: Option<&'a str>,
    /// Only those that use it so.
    pub usage: Option<PolicyUsage>,
}

/// The users and roles that use a managed policy, roles first. A page may hold fewer than asked for, or none, while there is
/// a marker.
pub async fn uses(domain: &Domain, arn: &str, filter: UseFilter<'_>, paging: Paging<'_>) -> Result<Page<UsedBy>> {
    policies::find(domain, arn).await?.ok_or_else(|| policy_not_found(arn))?;
    let usages = match filter.usage {
        Some(usage) => vec![usage],
        None => vec![PolicyUsage::Permissions, PolicyUsage::Boundary],
    };
    let list = ["iam:uses", arn];
    let limit = paging.limit();
    let after = paging.after(domain, &list)?.and_then(|position| use_at(&position));
    let mut found: Vec<PolicyUse> = Vec::new();
    for usage in usages {
        found.extend(domain.stores.iam.policy_uses(arn, usage, after.as_ref(), limit + 1).await?);
    }
    found.sort_by(|one, other| (one.kind.as_str(), &one.key).cmp(&(other.kind.as_str(), &other.key)));
    found.dedup();
    let page = Page::of_read(domain, &list, found, limit, position_of)?;
    let mut items = Vec::new();
    for found in page.items {
        if filter.kind.is_none_or(|kind| kind == found.kind) {
            items.extend(used_by(domain, &found, filter.path_prefix.unwrap_or("/")).await?);
        }
    }
    Ok(Page { items, marker: page.marker })
}

fn position_of(found: &PolicyUse) -> String {
    format!("{}/{}", found.kind.as_str(), found.key)
}

fn use_at(position: &str) -> Option<PolicyUse> {
    let (kind, key) = position.split_once('/')?;
    let kind = [EntityKind::User, EntityKind::Role].into_iter().find(|known| known.as_str() == kind)?;
    Some(PolicyUse { kind, key: key.to_owned() })
}

async fn used_by(domain: &Domain, found: &PolicyUse, path_prefix: &str) -> Result<Option<UsedBy>> {
    let (name, id, path) = if found.kind == EntityKind::Role {
        let Some(role) = domain.stores.iam.role(&found.key).await? else { return Ok(None) };
        (role.name, role.role_id, role.path)
    } else {
        let Some(user) = domain.stores.iam.user(&found.key).await? else { return Ok(None) };
        (user.name, user.user_id, user.path)
    };
    Ok(path.starts_with(path_prefix).then_some(UsedBy { kind: found.kind, name, id }))
}
