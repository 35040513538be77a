//! Refresh tokens: sealed, not stored. What is stored is what ends them: revocation, rotation, the user's generation.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use stepwell_model::SecretString;

use super::claims::SignInFacts;
use crate::Millis;
use crate::cache::PoolEntry;
use crate::error::{Error, Result};
use crate::ports::rng::Rng;
use crate::seal::Purpose;

/// What a refresh token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshToken {
    /// Its own id: rotation refers to it.
    pub id: String,
    /// The user.
    pub sub: String,
    /// The user's generation at sign-in.
    pub generation: i64,
    /// End of its life.
    pub expires_at: Millis,
    /// The sign-in it continues.
    pub facts: SignInFacts,
}

impl RefreshToken {
    /// Seals it for one client.
    pub fn seal(&self, rng: &dyn Rng, entry: &PoolEntry, client_id: &str) -> Result<SecretString> {
        let plain = serde_json::to_vec(self).map_err(Error::internal)?;
        let sealed = entry.keys.seal(rng, Purpose::RefreshToken, &[client_id], &plain)?;
        Ok(SecretString::from(URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Opens a token of this client; `NotAuthorizedException` for anything else, without saying why.
    pub fn open(entry: &PoolEntry, client_id: &str, token: &str) -> Result<Self> {
        let invalid = || Error::not_authorized("Invalid Refresh Token");
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let plain = entry.keys.unseal(Purpose::RefreshToken, &[client_id], &sealed).map_err(|_| invalid())?;
        serde_json::from_slice(&plain).map_err(|_| invalid())
    }
}
