//! The user of the first start: `administrator`, a user like any other, with `AdministratorAccess` attached.

use super::access_key::{ADMINISTRATOR, NewAccessKey, generate};
use super::attempt::Attempt;
use super::entity::{Entity, name_key, unique_id};
use super::user::User;
use super::users::{ID_PREFIX, ROOT_PATH};
use crate::domain::Domain;
use crate::error::Result;
use crate::keyring::AccessKey;
use crate::ports::store::Write;

const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Makes the administrator if nobody has this name. One who exists stays as he is, whatever may have been taken from him.
pub async fn ensure(domain: &Domain) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        if domain.stores.iam.user(ADMINISTRATOR).await?.is_some() || attempt.commit(vec![insert(domain)]).await? {
            return Ok(());
        }
    }
}

/// If there are access keys that were made before there were users, makes the administrator, to whom they belong.
pub async fn adopt_keys(domain: &Domain) -> Result<()> {
    if domain.stores.iam.access_keys_of(ADMINISTRATOR).await?.is_empty() { Ok(()) } else { ensure(domain).await }
}

/// If there is no access key at all, makes one for the administrator, who gets every permission with it: at the first
/// start, and when nobody could get in any more. Of several nodes that start together, one makes it.
pub async fn first_key(domain: &Domain, description: &str) -> Result<Option<NewAccessKey>> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        if !domain.stores.config.list_access_keys().await?.is_empty() {
            return Ok(None);
        }
        let mut writes = Vec::new();
        match domain.stores.iam.user(ADMINISTRATOR).await? {
            None => writes.push(insert(domain)),
            Some(mut user) => {
                // Keys name their owner exactly.
                ADMINISTRATOR.clone_into(&mut user.name);
                user.attached.insert(ADMINISTRATOR_ACCESS.to_owned());
                writes.push(Write::UpdateIamEntity(Entity::User(Box::new(user))));
            }
        }
        let new = generate(domain, ADMINISTRATOR, description)?;
        writes.push(Write::InsertAccessKey(new.key.clone()));
        if attempt.commit(writes).await? {
            return Ok(Some(new));
        }
    }
}

/// Stores the access key that the operator configured. One of the same id is replaced and stays with its user, however that
/// is called by now; a new one belongs to the administrator, who is made if there is none.
pub async fn put_key(domain: &Domain, mut key: AccessKey) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut writes = Vec::new();
        let stored = domain.stores.config.access_key(&key.access_key_id).await?;
        let mut user = None;
        if let Some(stored) = &stored {
            user = domain.stores.iam.user(&name_key(stored.owner())).await?;
        }
        if user.is_none() {
            user = domain.stores.iam.user(ADMINISTRATOR).await?;
        }
        // Keys name their owner exactly, who may have another case than the constant.
        key.owner = Some(if let Some(user) = user {
            user.name
        } else {
            writes.push(insert(domain));
            ADMINISTRATOR.to_owned()
        });
        writes.push(match stored {
            Some(_) => Write::UpdateAccessKey(key.clone()),
            None => Write::InsertAccessKey(key.clone()),
        });
        if attempt.commit(writes).await? {
            return Ok(());
        }
    }
}

fn insert(domain: &Domain) -> Write {
    Write::InsertIamEntity(Entity::User(Box::new(User {
        name: ADMINISTRATOR.to_owned(),
        path: ROOT_PATH.to_owned(),
        user_id: unique_id(&*domain.rng, ID_PREFIX),
        created_at: domain.clock.now(),
        tags: std::collections::BTreeMap::new(),
        permissions_boundary: None,
        inline_policies: std::collections::BTreeMap::new(),
        attached: std::collections::BTreeSet::from([ADMINISTRATOR_ACCESS.to_owned()]),
        version: 0,
    })))
}
