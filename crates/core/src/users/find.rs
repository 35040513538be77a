//! Finding the user that a name means.

use super::attribute_values::{is_email, is_phone_number};
use super::{User, not_found};
use crate::cache::PoolEntry;
use crate::domain::Domain;
use crate::error::Result;
use crate::pools::{AliasAttribute, ContactAttribute, UserPool};

/// The user of a login name: a username, or an alias in force. Which reads are made depends on the pool and the name
/// only, not on what they find, so that a name without a user costs what another costs.
pub async fn by_login(domain: &Domain, entry: &PoolEntry, name: &str) -> Result<Option<User>> {
    if name.is_empty() || name.contains('\0') {
        return Ok(None);
    }
    let users = &domain.stores.users;
    let mut found = users.by_username(&entry.id, &User::username_key(entry, name)).await?;
    for attribute in aliases_like(entry, name) {
        let by_alias = users.by_alias(&entry.id, attribute, &entry.fold_alias(attribute, name)).await?;
        found = found.or(by_alias);
    }
    Ok(found)
}

/// As [`by_login`], or the user with this sub: sign-up and recovery take it as well (API reference, `ForgotPassword.Username`).
/// Everything is looked up for every name of this shape, so that all take the same steps.
pub async fn by_login_or_sub(domain: &Domain, entry: &PoolEntry, name: &str) -> Result<Option<User>> {
    let found = by_login(domain, entry, name).await?;
    if uuid::Uuid::try_parse(name).is_err() {
        return Ok(found);
    }
    let by_sub = domain.stores.users.by_sub(&entry.id, &name.to_lowercase()).await?;
    Ok(found.or(by_sub))
}

/// The user an administrator names: by sub, username or alias; `UserNotFoundException` otherwise. A sub comes first: it
/// is what back ends hold, and no username may be taken for it.
pub async fn for_admin(domain: &Domain, entry: &PoolEntry, name: &str) -> Result<User> {
    if uuid::Uuid::try_parse(name).is_ok()
        && let Some(user) = domain.stores.users.by_sub(&entry.id, &name.to_lowercase()).await?
    {
        return Ok(user);
    }
    by_login(domain, entry, name).await?.ok_or_else(not_found)
}

/// The user with this sub; `UserNotFoundException` if there is none any more.
pub async fn by_sub(domain: &Domain, pool_id: &str, sub: &str) -> Result<User> {
    domain.stores.users.by_sub(pool_id, sub).await?.ok_or_else(not_found)
}

/// The attributes by which the pool lets users sign in and whose values can look like this name.
fn aliases_like(pool: &UserPool, name: &str) -> Vec<&'static str> {
    let signs_in_by = |contact: ContactAttribute, alias: AliasAttribute| {
        pool.has_username_attribute(contact) || pool.has_alias(alias)
    };
    let mut attributes = Vec::new();
    if is_email(name) && signs_in_by(ContactAttribute::Email, AliasAttribute::Email) {
        attributes.push("email");
    }
    if is_phone_number(name) && signs_in_by(ContactAttribute::PhoneNumber, AliasAttribute::PhoneNumber) {
        attributes.push("phone_number");
    }
    if pool.has_alias(AliasAttribute::PreferredUsername) {
        attributes.push("preferred_username");
    }
    attributes
}
