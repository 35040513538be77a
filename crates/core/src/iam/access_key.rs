//! Access keys of IAM users.

use crate::domain::Domain;
use crate::error::Result;
use crate::keyring::AccessKey;
use crate::seal::Purpose;
use stepwell_model::SecretString;

/// The user of the first start, with every permission. Keys made before there were users belong to it.
pub const ADMINISTRATOR: &str = "administrator";

/// How many access keys a user may have.
pub const MAX_ACCESS_KEYS: usize = 2;

const ID_PREFIX: &str = "AKIA";
const SECRET_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SECRET_LENGTH: usize = 40;

/// A new access key; this is the only time its secret is seen.
#[derive(Debug)]
pub struct NewAccessKey {
    /// The key as it is to be stored.
    pub key: AccessKey,
    /// Its secret, 40 characters.
    pub secret: SecretString,
}

/// Makes an access key for a user. It is not stored yet.
pub fn generate(domain: &Domain, owner: &str, description: &str) -> Result<NewAccessKey> {
    let id = super::access_key_id(&*domain.rng, ID_PREFIX);
    let secret = SecretString::from(domain.rng.text(SECRET_ALPHABET, SECRET_LENGTH));
    let key = seal(domain, &id, &secret, owner, description)?;
    Ok(NewAccessKey { key, secret })
}

/// An access key with a given id and secret. It is not stored yet.
pub fn seal(domain: &Domain, id: &str, secret: &SecretString, owner: &str, description: &str) -> Result<AccessKey> {
    Ok(AccessKey {
        access_key_id: id.to_owned(),
        sealed_secret: domain.system_keys.seal(&*domain.rng, Purpose::AccessKey, &[id], secret.as_bytes())?,
        created_at: domain.clock.now(),
        description: description.to_owned(),
        owner: Some(owner.to_owned()),
        active: true,
    })
}
