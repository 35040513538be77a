//! Looking at user pools. These reads bypass the cache: who administers sees what is.

use super::UserPool;
use crate::context::Context;
use crate::domain::pool_not_found;
use crate::error::Result;
use crate::paging;
use crate::ports::store::After;

/// A pool as stored.
pub async fn read(cx: &Context<'_>, pool_id: &str) -> Result<UserPool> {
    cx.domain.stores.config.pool(pool_id).await?.ok_or_else(|| pool_not_found(pool_id))
}

/// One page of all pools, ordered by id, and the token of the next.
pub async fn list(cx: &Context<'_>, limit: u32, token: Option<&str>) -> Result<(Vec<UserPool>, Option<String>)> {
    let name = ["ListUserPools"];
    let after = paging::after(cx.domain, &name, token)?;
    let pools = cx.domain.stores.config.list_pools(after.as_ref().map(|after| after.id.as_str()), limit + 1).await?;
    paging::page(cx.domain, &name, pools, limit, |pool| After { value: pool.id.clone(), id: pool.id.clone() })
}

/// `EstimatedNumberOfUsers`.
pub async fn estimated_users(cx: &Context<'_>, pool_id: &str) -> Result<i64> {
    Ok(cx.domain.stores.users.estimated_count(pool_id).await?)
}
