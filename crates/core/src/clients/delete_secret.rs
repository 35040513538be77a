//! Removing one of an app client's secrets; the last one stays.

use super::update;
use crate::context::Context;
use crate::error::{Error, Result};

/// `DeleteUserPoolClientSecret`. The secret stops working at once on every node (secret checks bypass the cache).
pub async fn delete_secret(cx: &Context<'_>, pool_id: &str, client_id: &str, secret_id: &str) -> Result<()> {
    update::change(cx, pool_id, client_id, |client| {
        let before = client.secrets.len();
        client.secrets.retain(|stored| stored.id != secret_id);
        if client.secrets.len() == before {
            return Err(Error::not_found(format!("Client secret {secret_id} does not exist.")));
        }
        if client.secrets.is_empty() {
            return Err(Error::invalid_parameter("The last secret of an app client cannot be deleted."));
        }
        Ok(())
    })
    .await?;
    Ok(())
}
