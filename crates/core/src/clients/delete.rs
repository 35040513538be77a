//! Deleting an app client.

use super::read;
use crate::context::Context;
use crate::domain::client_not_found;
use crate::error::Result;
use crate::ports::store::Write;

/// `DeleteUserPoolClient`.
pub async fn delete(cx: &Context<'_>, pool_id: &str, client_id: &str) -> Result<()> {
    let client = read(cx, pool_id, client_id).await?;
    let writes = vec![Write::DeleteClient { pool_id: client.pool_id, client_id: client.id }, Write::BumpConfigVersion];
    // The only precondition is that the client is there.
    cx.domain.submit(writes).await?.map_err(|_| client_not_found(client_id))
}
