//! A second secret for an app client, so that secrets can be replaced without an interruption.

use stepwell_model::{ErrorCode, SecretString};

use super::{MAX_SECRETS, StoredSecret, read, secret, update};
use crate::context::Context;
use crate::error::{Error, Result};

/// A secret just added.
#[derive(Debug)]
pub struct AddedSecret {
    /// As stored.
    pub stored: StoredSecret,
    /// The secret itself, if this service made it: the caller knows the one it chose.
    pub generated: Option<SecretString>,
}

/// `AddUserPoolClientSecret`.
pub async fn add_secret(
    cx: &Context<'_>,
    pool_id: &str,
    client_id: &str,
    chosen: Option<SecretString>,
) -> Result<AddedSecret> {
    // A client of another pool must not be sealed with this pool's keys; the change below reads again.
    read(cx, pool_id, client_id).await?;
    let keys = &cx.domain.pool(pool_id).await?.keys;
    let rng = &*cx.domain.rng;
    let (plain, generated) = if let Some(chosen) = chosen {
        (chosen, None)
    } else {
        let plain = secret::generate(rng);
        (plain.clone(), Some(plain))
    };
    let client = update::change(cx, pool_id, client_id, |client| {
        if !client.has_secret() {
            return Err(Error::invalid_parameter("Client secrets can only be added to an app client that has one."));
        }
        if client.secrets.len() >= MAX_SECRETS {
            return Err(Error::new(
                ErrorCode::LimitExceeded,
                format!("An app client can have at most {MAX_SECRETS} secrets."),
            ));
        }
        // The id tells the secrets apart, and it is made of the time.
        let newest = client.secrets.iter().map(|stored| stored.created_at).max().unwrap_or(0);
        let now = cx.now().max(newest + 1);
        client.secrets.push(secret::seal(rng, keys, client_id, &plain, now)?);
        Ok(())
    })
    .await?;
    let stored = client.secrets.last().cloned().ok_or_else(|| Error::internal("the added secret is gone"))?;
    Ok(AddedSecret { stored, generated })
}
