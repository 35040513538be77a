//! Client secrets: sealing, and checking what a caller presents.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use stepwell_model::SecretString;

use super::{AppClient, StoredSecret};
use crate::Millis;
use crate::cache::PoolEntry;
use crate::domain::{Domain, client_not_found};
use crate::error::{Error, Result};
use crate::keyring::PoolKeys;
use crate::ports::rng::Rng;
use crate::seal::Purpose;

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH: usize = 52;

/// A random secret in Cognito's form; more than 256 bits.
pub fn generate(rng: &dyn Rng) -> SecretString {
    SecretString::from(rng.text(ALPHABET, LENGTH))
}

/// Seals a secret for storage; it opens only for this client.
pub fn seal(rng: &dyn Rng, keys: &PoolKeys, client_id: &str, secret: &str, now: Millis) -> Result<StoredSecret> {
    Ok(StoredSecret {
        id: format!("{client_id}--{now}"),
        created_at: now,
        sealed: keys.seal(rng, Purpose::ClientSecret, &[client_id], secret.as_bytes())?,
    })
}

/// Opens one stored secret.
pub fn open(keys: &PoolKeys, client_id: &str, stored: &StoredSecret) -> Result<SecretString> {
    let plain = keys.unseal(Purpose::ClientSecret, &[client_id], &stored.sealed).map_err(Error::internal)?;
    let text = std::str::from_utf8(&plain).map_err(Error::internal)?;
    Ok(SecretString::from(text))
}

/// The oldest live secret of a client, which Describe shows.
pub async fn oldest(domain: &Domain, client: &AppClient) -> Result<Option<SecretString>> {
    let Some(stored) = client.secrets.first() else { return Ok(None) };
    let entry = domain.pool(&client.pool_id).await?;
    open(&entry.keys, &client.id, stored).map(Some)
}

/// All secrets of a client that are live now. Reads the store: a deleted secret stops working at once on every node.
pub async fn live_secrets(domain: &Domain, entry: &PoolEntry, client_id: &str) -> Result<Vec<SecretString>> {
    let client: AppClient = domain.stores.config.client(client_id).await?.ok_or_else(|| client_not_found(client_id))?;
    client.secrets.iter().map(|stored| open(&entry.keys, client_id, stored)).collect()
}

/// True if `given` is one of the client's live secrets.
pub async fn verify(domain: &Domain, entry: &PoolEntry, client_id: &str, given: &str) -> Result<bool> {
    let secrets = live_secrets(domain, entry, client_id).await?;
    Ok(secrets.iter().any(|secret| verify_slices_are_equal(secret.as_bytes(), given.as_bytes()).is_ok()))
}

/// Demands the secret of a client that has one (`ClientSecret` of the token operations). A secret sent to a client
/// without one is as wrong as a wrong one.
pub async fn authenticate(domain: &Domain, entry: &PoolEntry, client: &AppClient, given: Option<&str>) -> Result<()> {
    let accepted = match (client.has_secret(), given) {
        (false, None) => true,
        (true, Some(given)) => verify(domain, entry, &client.id, given).await?,
        (false, Some(_)) | (true, None) => false,
    };
    if accepted { Ok(()) } else { Err(Error::not_authorized("Invalid client secret")) }
}
