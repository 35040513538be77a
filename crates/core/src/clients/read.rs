//! Looking at app clients. These reads bypass the cache: who administers sees what is.

use super::AppClient;
use crate::context::Context;
use crate::domain::client_not_found;
use crate::error::Result;
use crate::paging;
use crate::pools;
use crate::ports::store::After;

/// A client of this pool as stored.
pub async fn read(cx: &Context<'_>, pool_id: &str, client_id: &str) -> Result<AppClient> {
    pools::read(cx, pool_id).await?;
    let client = cx.domain.stores.config.client(client_id).await?;
    client.filter(|client| client.pool_id == pool_id).ok_or_else(|| client_not_found(client_id))
}

/// One page of a pool's clients, ordered by id, and the token of the next.
pub async fn list(
    cx: &Context<'_>,
    pool_id: &str,
    limit: u32,
    token: Option<&str>,
) -> Result<(Vec<AppClient>, Option<String>)> {
    pools::read(cx, pool_id).await?;
    let name = ["ListUserPoolClients", pool_id];
    let after = paging::after(cx.domain, &name, token)?;
    let after = after.as_ref().map(|after| after.id.as_str());
    let clients = cx.domain.stores.config.list_clients(pool_id, after, limit + 1).await?;
    paging::page(cx.domain, &name, clients, limit, |client| After { value: client.id.clone(), id: client.id.clone() })
}
