//! What may be done to IAM users (IAM API reference, `CreateUser`, `GetUser`, `UpdateUser`, `DeleteUser`, `ListUsers`).

use stepwell_model::ErrorCode;

use super::access_key::ADMINISTRATOR;
use super::attempt::Attempt;
use super::entity::{Entity, EntityKind, name_key, unique_id};
use super::errors::{delete_conflict, exists, over_quota, user_not_found};
use super::listing::{Page, Paging};
use super::user::{MAX_USERS, User};
use super::{Identity, boundaries, tags};
use crate::context::Context;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::ports::store::Write;

pub(super) const ID_PREFIX: &str = "AIDA";
/// The path of what is made without one.
pub(super) const ROOT_PATH: &str = "/";

/// What a new user is made of.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// The name.
    pub name: String,
    /// The path; `/` if not given.
    pub path: Option<String>,
    /// The ARN of the managed policy that bounds it.
    pub permissions_boundary: Option<String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

/// The user of this name. The case of the name counts, or else policies that name users could be passed by.
pub async fn find(domain: &Domain, name: &str) -> Result<Option<User>> {
    let user = domain.stores.iam.user(&name_key(name)).await?;
    Ok(user.filter(|user| user.name == name))
}

/// The user of this name; `NoSuchEntity` if there is none.
pub async fn get(domain: &Domain, name: &str) -> Result<User> {
    find(domain, name).await?.ok_or_else(|| user_not_found(name))
}

/// The name of the user whom a request without `UserName` means: whoever signed it.
pub fn own_name<'a>(cx: &Context<'a>) -> Result<&'a str> {
    match &cx.signer()?.identity {
        Identity::User { name, .. } => Ok(name),
        Identity::Anyone | Identity::Role { .. } => {
            Err(Error::new(ErrorCode::Validation, "Must specify userName when calling with non-User credentials"))
        }
    }
}

/// Makes a user.
pub async fn create(domain: &Domain, new: NewUser) -> Result<User> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        ensure_free(domain, &new.name).await?;
        if domain.stores.iam.count(EntityKind::User).await? >= MAX_USERS {
            return Err(over_quota("UsersPerAccount", MAX_USERS));
        }
        if let Some(arn) = &new.permissions_boundary {
            boundaries::ensure_usable(domain, arn).await?;
        }
        let user = User {
            name: new.name.clone(),
            path: new.path.clone().unwrap_or_else(|| ROOT_PATH.to_owned()),
            user_id: unique_id(&*domain.rng, ID_PREFIX),
            created_at: domain.clock.now(),
            tags: tags::of_new(EntityKind::User, new.tags.clone())?,
            permissions_boundary: new.permissions_boundary.clone(),
            inline_policies: std::collections::BTreeMap::new(),
            attached: std::collections::BTreeSet::new(),
            version: 0,
        };
        if attempt.commit(vec![Write::InsertIamEntity(Entity::User(Box::new(user.clone())))]).await? {
            return Ok(user);
        }
    }
}

/// The administrator's name is nobody else's, also while nobody has it: the operator's keys and `AdministratorAccess` go to who
/// has it.
async fn ensure_free(domain: &Domain, name: &str) -> Result<()> {
    if name_key(name) == ADMINISTRATOR {
        return Err(exists(format!("The name {ADMINISTRATOR} is reserved for the user of the first start.")));
    }
    if domain.stores.iam.user(&name_key(name)).await?.is_some() {
        return Err(exists(format!("User with name {name} already exists.")));
    }
    Ok(())
}

/// Renames or moves a user. It stays the same user: its unique id, policies and access keys stay with it, and trust policies go
/// on meaning it.
pub async fn update(domain: &Domain, name: &str, new_name: Option<&str>, new_path: Option<&str>) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let old = get(domain, name).await?;
        let mut user = old.clone();
        new_path.unwrap_or(&old.path).clone_into(&mut user.path);
        new_name.unwrap_or(name).clone_into(&mut user.name);
        let mut writes = Vec::new();
        if user.name == old.name {
            writes.push(Write::UpdateIamEntity(Entity::User(Box::new(user))));
        } else {
            if user.key() != old.key() {
                ensure_free(domain, &user.name).await?;
            }
            for mut key in domain.stores.iam.access_keys_of(&old.key()).await? {
                key.owner = Some(user.name.clone());
                writes.push(Write::UpdateAccessKey(key));
            }
            writes.push(delete_write(&old));
            writes.push(Write::InsertIamEntity(Entity::User(Box::new(user))));
        }
        if attempt.commit(writes).await? {
            return Ok(());
        }
    }
}

/// Deletes a user that has nothing any more.
pub async fn delete(domain: &Domain, name: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let user = get(domain, name).await?;
        if !user.attached.is_empty() {
            return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
        }
        if !user.inline_policies.is_empty() {
            return Err(delete_conflict("Cannot delete entity, must delete policies first."));
        }
        if !domain.stores.iam.access_keys_of(&user.key()).await?.is_empty() {
            return Err(delete_conflict("Cannot delete entity, must delete access keys first."));
        }
        if attempt.commit(vec![delete_write(&user)]).await? {
            return Ok(());
        }
    }
}

fn delete_write(user: &User) -> Write {
    Write::DeleteIamEntity { kind: EntityKind::User, key: user.key(), version: user.version }
}

/// Users whose path begins with a prefix.
pub async fn list(domain: &Domain, path_prefix: Option<&str>, paging: Paging<'_>) -> Result<Page<User>> {
    let prefix = path_prefix.unwrap_or(ROOT_PATH);
    let list = ["iam:ListUsers", prefix];
    let after = paging.after(domain, &list)?;
    let users = domain.stores.iam.users(prefix, after.as_deref(), paging.limit() + 1).await?;
    Page::of_read(domain, &list, users, paging.limit(), User::key)
}
