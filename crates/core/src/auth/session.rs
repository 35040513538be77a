//! The `Session` string between two challenges: sealed, bound to pool, client and challenge, and good for one success.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use stepwell_model::SecretString;

use super::{ChallengeName, Realm};
use crate::Millis;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::Write;
use crate::seal::Purpose;
use crate::users::User;

/// What has been proven so far, and by whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// Its id: spent on success.
    pub id: String,
    /// The user.
    pub sub: String,
    /// The user's generation when it was offered: signing out everywhere ends it.
    pub generation: i64,
    /// SHA-256 of the sealed verifier that the password was proven against, in hex: another password ends it.
    pub proven: String,
    /// End of its life.
    pub expires_at: Millis,
}

impl ChallengeName {
    fn label(self) -> &'static str {
        match self {
            Self::PasswordVerifier => "PASSWORD_VERIFIER",
            Self::NewPasswordRequired => "NEW_PASSWORD_REQUIRED",
        }
    }
}

impl Session {
    /// Seals a new Session that offers `challenge` to a user.
    pub fn offer(cx: &Context<'_>, realm: &Realm, challenge: ChallengeName, user: &User) -> Result<SecretString> {
        let session = Self {
            id: cx.domain.rng.uuid(),
            sub: user.sub.clone(),
            generation: user.generation,
            proven: fingerprint(user),
            expires_at: cx.now() + realm.client.settings.auth_session_validity,
        };
        let plain = serde_json::to_vec(&session).map_err(Error::internal)?;
        let bound_to = [realm.client.id.as_str(), challenge.label()];
        let sealed = realm.entry.keys.seal(&*cx.domain.rng, Purpose::Session, &bound_to, &plain)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed).into())
    }

    /// Opens a Session that offered this challenge to this client and has not expired.
    pub fn open(cx: &Context<'_>, realm: &Realm, challenge: ChallengeName, session: &str) -> Result<Self> {
        let invalid = || Error::not_authorized("Invalid session for the user.");
        let sealed = URL_SAFE_NO_PAD.decode(session).map_err(|_| invalid())?;
        let bound_to = [realm.client.id.as_str(), challenge.label()];
        let plain = realm.entry.keys.unseal(Purpose::Session, &bound_to, &sealed).map_err(|_| invalid())?;
        let session: Self = serde_json::from_slice(&plain).map_err(|_| invalid())?;
        if cx.now() >= session.expires_at {
            return Err(Error::not_authorized("Invalid session for the user, session is expired."));
        }
        Ok(session)
    }

    /// True if nothing has happened to the user since that takes back what was proven.
    pub fn still_holds(&self, user: &User) -> bool {
        user.enabled && user.generation == self.generation && fingerprint(user) == self.proven
    }

    /// The write that uses it up.
    pub fn spend(&self, realm: &Realm) -> Write {
        Write::Spend { pool_id: realm.entry.pool.id.clone(), id: self.id.clone(), expires_at: self.expires_at }
    }
}

fn fingerprint(user: &User) -> String {
    hex::encode(digest(&SHA256, user.sealed_verifier.as_deref().unwrap_or_default()))
}
