//! Whose credentials a signature claims to be made with, and the secret that must have made it.

use stepwell_model::SecretString;

use super::credentials::{self, OpenTokenError, Opened};
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::iam::{self, Identity, Signer};
use crate::seal::Purpose;

/// What is known of an access key id and the session token that came with it.
#[derive(Debug)]
pub enum Holder {
    /// Credentials of this deployment. Whether the signature is right remains to be seen.
    Known(Box<Opened>),
    /// Temporary credentials of this deployment that are over.
    Expired,
    /// Of this deployment by their form, and refused: a changed session token, one of another access key, an inactive key,
    /// a user who is gone.
    Refused,
    /// They mean nothing here.
    Foreign,
}

/// Finds the holder of credentials. Reads the store, not a cache: a deleted key stops working at once.
pub async fn find(domain: &Domain, access_key_id: &str, session_token: Option<&str>) -> Result<Holder> {
    if let Some(token) = session_token.filter(|token| credentials::is_ours(token)) {
        return Ok(match credentials::open(domain, access_key_id, token) {
            Ok(opened) => Holder::Known(Box::new(opened)),
            Err(OpenTokenError::Expired) => Holder::Expired,
            Err(OpenTokenError::Invalid) => Holder::Refused,
        });
    }
    let Some(stored) = domain.stores.config.access_key(access_key_id).await? else { return Ok(Holder::Foreign) };
    // A long-term key has no session token, and another deployment's does not belong to it.
    if session_token.is_some() || !stored.active {
        return Ok(Holder::Refused);
    }
    let Some(user) = domain.stores.iam.user(&iam::name_key(stored.owner())).await? else { return Ok(Holder::Refused) };
    let secret = domain
        .system_keys
        .unseal(Purpose::AccessKey, &[&stored.access_key_id], &stored.sealed_secret)
        .map_err(Error::internal)?;
    let secret = std::str::from_utf8(&secret).map_err(Error::internal)?;
    let identity = Identity::User { name: user.name, path: user.path, user_id: user.user_id };
    Ok(Holder::Known(Box::new(Opened {
        secret_access_key: SecretString::from(secret),
        signer: Signer { access_key_id: stored.access_key_id, identity, session: None },
    })))
}
