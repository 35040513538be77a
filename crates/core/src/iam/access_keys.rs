//! What users' access keys go through (IAM API reference, `CreateAccessKey`, `UpdateAccessKey`, `DeleteAccessKey`,
//! `ListAccessKeys`).

use super::access_key::{MAX_ACCESS_KEYS, NewAccessKey, generate};
use super::attempt::Attempt;
use super::entity::name_key;
use super::errors::{no_such_entity, over_quota};
use super::listing::{Page, Paging};
use super::users;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::keyring::AccessKey;
use crate::ports::store::Write;

/// Makes an access key for a user.
pub async fn create(domain: &Domain, user: &str) -> Result<NewAccessKey> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        users::get(domain, user).await?;
        if domain.stores.iam.access_keys_of(&name_key(user)).await?.len() >= MAX_ACCESS_KEYS {
            return Err(over_quota("AccessKeysPerUser", MAX_ACCESS_KEYS));
        }
        let new = generate(domain, user, "")?;
        if attempt.commit(vec![Write::InsertAccessKey(new.key.clone())]).await? {
            return Ok(new);
        }
    }
}

/// Makes an access key on the operator's own behalf, who may make as many as it pleases.
pub async fn create_beyond_quota(domain: &Domain, user: &str, description: &str) -> Result<NewAccessKey> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        users::get(domain, user).await?;
        let new = generate(domain, user, description)?;
        if attempt.commit(vec![Write::InsertAccessKey(new.key.clone())]).await? {
            return Ok(new);
        }
    }
}

/// Lets a user's access key be used, or not; it counts with the next request, on every node.
pub async fn set_active(domain: &Domain, user: &str, id: &str, active: bool) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut key = get(domain, user, id).await?;
        key.active = active;
        if attempt.commit(vec![Write::UpdateAccessKey(key)]).await? {
            return Ok(());
        }
    }
}

/// Deletes a user's access key; it stops working with the next request, on every node.
pub async fn delete(domain: &Domain, user: &str, id: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let key = get(domain, user, id).await?;
        if attempt.commit(vec![Write::DeleteAccessKey { access_key_id: key.access_key_id }]).await? {
            return Ok(());
        }
    }
}

/// A user's access keys.
pub async fn list(domain: &Domain, user: &str, paging: Paging<'_>) -> Result<Page<AccessKey>> {
    users::get(domain, user).await?;
    let keys = domain.stores.iam.access_keys_of(&name_key(user)).await?;
    Page::of_whole(domain, &["iam:ListAccessKeys", user], keys, paging, |key| key.access_key_id.clone())
}

async fn get(domain: &Domain, user: &str, id: &str) -> Result<AccessKey> {
    users::get(domain, user).await?;
    let key = domain.stores.config.access_key(id).await?;
    key.filter(|key| key.owner() == user).ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> Error {
    no_such_entity(format!("The Access Key with id {id} cannot be found."))
}
