//! Identities as administrators see them.

use super::identity::Identity;
use super::{TRIES, identity_not_found, manage};
use crate::context::Context;
use crate::error::Result;
use crate::paging;
use crate::ports::store::{After, Conflict, Write};

/// `DescribeIdentity`.
pub async fn describe(cx: &Context<'_>, identity_id: &str) -> Result<Identity> {
    let found = cx.domain.stores.identity_pools.identity(identity_id).await?;
    let identity = found.ok_or_else(|| identity_not_found(identity_id))?;
    // The identities of a deleted pool go in the background.
    let pool = cx.domain.stores.identity_pools.identity_pool(&identity.pool_id).await?;
    if pool.is_some() { Ok(identity) } else { Err(identity_not_found(identity_id)) }
}

/// `ListIdentities`: one page, and the token of the next.
pub async fn list(
    cx: &Context<'_>,
    pool_id: &str,
    hide_disabled: bool,
    limit: u32,
    token: Option<&str>,
) -> Result<(Vec<Identity>, Option<String>)> {
    manage::read(cx, pool_id).await?;
    let list = ["ListIdentities", pool_id, if hide_disabled { "enabled" } else { "all" }];
    let after = paging::after(cx.domain, &list, token)?;
    let after = after.as_ref().map(|after| after.id.as_str());
    let identities = cx.domain.stores.identity_pools.list_identities(pool_id, hide_disabled, after, limit + 1).await?;
    paging::page(cx.domain, &list, identities, limit, |identity| After {
        value: identity.id.clone(),
        id: identity.id.clone(),
    })
}

/// Why an identity was not deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDeleted {
    /// There is none with this id.
    NotFound,
    /// Others keep changing it.
    Busy,
}

/// `DeleteIdentities`, for one of them.
pub async fn delete(cx: &Context<'_>, identity_id: &str) -> Result<std::result::Result<(), NotDeleted>> {
    for _ in 0..TRIES {
        let Some(identity) = cx.domain.stores.identity_pools.identity(identity_id).await? else {
            return Ok(Err(NotDeleted::NotFound));
        };
        let releases = identity.logins.iter().map(|login| Write::ReleaseLogin {
            pool_id: identity.pool_id.clone(),
            login: login.clone(),
            identity_id: identity.id.clone(),
        });
        let delete = Write::DeleteIdentity { identity_id: identity.id.clone(), version: identity.version };
        match cx.domain.submit(std::iter::once(delete).chain(releases).collect()).await? {
            Ok(()) => return Ok(Ok(())),
            Err(Conflict::Changed) => {}
            Err(conflict) => {
                return Err(crate::Error::internal(format!("deleting an identity: unexpected {conflict:?}")));
            }
        }
    }
    Ok(Err(NotDeleted::Busy))
}
