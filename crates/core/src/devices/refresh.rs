//! The tokens of a sign-in belong to the device it was made with (API, `GetTokensFromRefreshToken`: "You must provide
//! the confirmed device key in this request if device remembering is enabled").

use super::find;
use crate::cache::PoolEntry;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::tokens::refresh_token::RefreshToken;

/// Refuses a refresh that does not name the confirmed device of its sign-in, where the pool remembers devices. Sign-ins
/// from before it did are not bound to any.
pub(crate) async fn check_refresh(
    domain: &Domain,
    entry: &PoolEntry,
    token: &RefreshToken,
    named: Option<&str>,
) -> Result<()> {
    let Some(key) = token.facts.device_key.as_deref().filter(|_| entry.settings.devices.is_some()) else {
        return Ok(());
    };
    if named == Some(key) && find(domain, &entry.id, &token.sub, key).await?.is_some() {
        return Ok(());
    }
    Err(Error::not_authorized("Invalid Refresh Token"))
}
