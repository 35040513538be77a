//! Permissions boundaries of users and roles.

use super::attempt::Attempt;
use super::errors::boundary_not_attachable;
use super::holders::HolderName;
use super::policies;
use crate::domain::Domain;
use crate::error::Result;

/// Bounds a user or role by a managed policy.
pub async fn put(domain: &Domain, holder: HolderName<'_>, arn: &str) -> Result<()> {
    set(domain, holder, Some(arn)).await
}

/// Removes the bound.
pub async fn delete(domain: &Domain, holder: HolderName<'_>) -> Result<()> {
    set(domain, holder, None).await
}

async fn set(domain: &Domain, name: HolderName<'_>, arn: Option<&str>) -> Result<()> {
    let mut attempt = Attempt::new(domain).await;
    loop {
        attempt.begin().await?;
        let mut holder = name.read(domain).await?;
        if let Some(arn) = arn {
            ensure_usable(domain, arn).await?;
        }
        *holder.boundary_mut() = arn.map(str::to_owned);
        if holder.commit(&attempt).await? {
            return Ok(());
        }
    }
}

/// Refuses an ARN that names no managed policy.
pub(super) async fn ensure_usable(domain: &Domain, arn: &str) -> Result<()> {
    match policies::find(domain, arn).await? {
        Some(_) => Ok(()),
        None => Err(boundary_not_attachable(arn)),
    }
}
