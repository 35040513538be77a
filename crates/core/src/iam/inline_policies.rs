//! Policies that are embedded in a user or role.

use super::attempt::Attempt;
use super::documents;
use super::errors::no_such_entity;
use super::holders::HolderName;
use super::listing::{Page, Paging};
use crate::domain::Domain;
use crate::error::{Error, Result};

/// Puts a policy in, replacing one of the same name.
pub async fn put(domain: &Domain, name: HolderName<'_>, policy: &str, text: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut holder = name.read(domain).await?;
        holder.inline_mut().insert(policy.to_owned(), text.to_owned());
        documents::inline(name.kind(), name.name(), text, holder.inline())?;
        if holder.commit(&attempt).await? {
            return Ok(());
        }
    }
}

/// The text of a policy, as given.
pub async fn get(domain: &Domain, name: HolderName<'_>, policy: &str) -> Result<String> {
    let mut holder = name.read(domain).await?;
    holder.inline_mut().remove(policy).ok_or_else(|| not_found(name, policy))
}

/// Removes a policy.
pub async fn delete(domain: &Domain, name: HolderName<'_>, policy: &str) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut holder = name.read(domain).await?;
        holder.inline_mut().remove(policy).ok_or_else(|| not_found(name, policy))?;
        if holder.commit(&attempt).await? {
            return Ok(());
        }
    }
}

/// The names of the policies.
pub async fn list(domain: &Domain, name: HolderName<'_>, paging: Paging<'_>) -> Result<Page<String>> {
    let holder = name.read(domain).await?;
    let list = ["iam:inline", name.kind().as_str(), name.name()];
    Page::of_whole(domain, &list, holder.inline().keys().cloned(), paging, String::clone)
}

fn not_found(name: HolderName<'_>, policy: &str) -> Error {
    no_such_entity(format!("The {} policy with name {policy} cannot be found.", name.kind().as_str()))
}
