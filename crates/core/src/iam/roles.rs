//! What may be done to IAM roles (IAM API reference, `CreateRole`, `GetRole`, `UpdateRole`, `UpdateAssumeRolePolicy`,
//! `DeleteRole`, `ListRoles`).

use super::attempt::Attempt;
use super::entity::{Entity, EntityKind, name_key, unique_id};
use super::errors::{delete_conflict, exists, over_quota, role_not_found};
use super::listing::{Page, Paging};
use super::role::{MAX_ROLES, Role};
use super::users::ROOT_PATH;
use super::{boundaries, documents, tags, trust_names};
use crate::domain::Domain;
use crate::error::Result;
use crate::ports::store::Write;

const ID_PREFIX: &str = "AROA";
/// How long sessions may be if the role does not say, in seconds.
const DEFAULT_SESSION_DURATION: i32 = 3_600;

/// What a new role is made of.
#[derive(Debug, Clone, Default)]
pub struct NewRole {
    /// The name.
    pub name: String,
    /// The path; `/` if not given.
    pub path: Option<String>,
    /// The trust policy.
    pub trust_policy: String,
    /// What it is for.
    pub description: Option<String>,
    /// The longest session, in seconds; 3,600 if not given.
    pub max_session_duration: Option<i32>,
    /// The ARN of the managed policy that bounds it.
    pub permissions_boundary: Option<String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

/// The role of this name. The case of the name counts, or else policies that name roles could be passed by.
pub async fn find(domain: &Domain, name: &str) -> Result<Option<Role>> {
    let role = domain.stores.iam.role(&name_key(name)).await?;
    Ok(role.filter(|role| role.name == name))
}

/// The role of this name; `NoSuchEntity` if there is none.
pub async fn get(domain: &Domain, name: &str) -> Result<Role> {
    find(domain, name).await?.ok_or_else(|| role_not_found(name))
}

/// The role of this name, as it is shown: its trust policy names everybody as he is called now, and who is gone by his
/// unique id.
pub async fn describe(domain: &Domain, name: &str) -> Result<Role> {
    let mut role = get(domain, name).await?;
    trust_names::show(domain, std::slice::from_mut(&mut role)).await?;
    Ok(role)
}

/// The role of this ARN; none if there is no such role in this account.
pub async fn find_by_arn(domain: &Domain, arn: &str) -> Result<Option<Role>> {
    let account = &domain.settings.account_id;
    let Some(parsed) = super::arn::IamArn::parse(arn).filter(|parsed| parsed.kind == "role") else { return Ok(None) };
    Ok(find(domain, parsed.name()).await?.filter(|role| role.arn(account) == arn))
}

/// Makes a role.
pub async fn create(domain: &Domain, new: NewRole) -> Result<Role> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        if domain.stores.iam.role(&name_key(&new.name)).await?.is_some() {
            return Err(exists(format!("Role with name {} already exists.", new.name)));
        }
        if domain.stores.iam.count(EntityKind::Role).await? >= MAX_ROLES {
            return Err(over_quota("RolesPerAccount", MAX_ROLES));
        }
        if let Some(arn) = &new.permissions_boundary {
            boundaries::ensure_usable(domain, arn).await?;
        }
        let trust_principals = documents::trust(domain, &new.trust_policy).await?;
        let role = Role {
            name: new.name.clone(),
            path: new.path.clone().unwrap_or_else(|| ROOT_PATH.to_owned()),
            role_id: unique_id(&*domain.rng, ID_PREFIX),
            created_at: domain.clock.now(),
            trust_policy: new.trust_policy.clone(),
            trust_principals,
            description: new.description.clone(),
            max_session_duration: new.max_session_duration.unwrap_or(DEFAULT_SESSION_DURATION),
            tags: tags::of_new(EntityKind::Role, new.tags.clone())?,
            permissions_boundary: new.permissions_boundary.clone(),
            inline_policies: std::collections::BTreeMap::new(),
            attached: std::collections::BTreeSet::new(),
            version: 0,
        };
        if attempt.commit(vec![Write::InsertIamEntity(Entity::Role(Box::new(role.clone())))]).await? {
            return Ok(role);
        }
    }
}

/// Changes a role's description and longest session. As AWS has it, a longest session that is not given is the default
/// again, while a description that is not given stays.
pub async fn update(
    domain: &Domain,
    name: &str,
    description: Option<&str>,
    max_session_duration: Option<i32>,
) -> Result<Role> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut role = get(domain, name).await?;
        if let Some(description) = description {
            role.description = Some(description.to_owned());
        }
        role.max_session_duration = max_session_duration.unwrap_or(DEFAULT_SESSION_DURATION);
        if attempt.commit(vec![update_write(&role)]).await? {
            return Ok(role);
        }
    }
}

/// Changes a role's description. Returns it as [`describe`] does.
pub async fn update_description(domain: &Domain, name: &str, description: &str) -> Result<Role> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut role = get(domain, name).await?;
        role.description = Some(description.to_owned());
        if attempt.commit(vec![update_write(&role)]).await? {
            trust_names::show(domain, std::slice::from_mut(&mut role)).await?;
            return Ok(role);
        }
    }
}

/// Replaces a role's trust policy.
pub async fn update_trust_policy(domain: &Domain, name: &str, text: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut role = get(domain, name).await?;
        role.trust_principals = documents::trust(domain, text).await?;
        text.clone_into(&mut role.trust_policy);
        if attempt.commit(vec![update_write(&role)]).await? {
            return Ok(());
        }
    }
}

fn update_write(role: &Role) -> Write {
    Write::UpdateIamEntity(Entity::Role(Box::new(role.clone())))
}

/// Deletes a role that has nothing any more.
pub async fn delete(domain: &Domain, name: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let role = get(domain, name).await?;
        if !role.attached.is_empty() {
            return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
        }
        if !role.inline_policies.is_empty() {
            return Err(delete_conflict("Cannot delete entity, must delete policies first."));
        }
        let write = Write::DeleteIamEntity { kind: EntityKind::Role, key: role.key(), version: role.version };
        if attempt.commit(vec![write]).await? {
            return Ok(());
        }
    }
}

/// Roles whose path begins with a prefix, as [`describe`] shows them.
pub async fn list(domain: &Domain, path_prefix: Option<&str>, paging: Paging<'_>) -> Result<Page<Role>> {
    let prefix = path_prefix.unwrap_or(ROOT_PATH);
    let list = ["iam:ListRoles", prefix];
    let after = paging.after(domain, &list)?;
    let roles = domain.stores.iam.roles(prefix, after.as_deref(), paging.limit() + 1).await?;
    let mut page = Page::of_read(domain, &list, roles, paging.limit(), Role::key)?;
    trust_names::show(domain, &mut page.items).await?;
    Ok(page)
}
