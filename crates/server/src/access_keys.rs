//! Administrators' access keys: made, put in from the configuration, listed, deleted.

use stepwell_core::keyring::AccessKey;
use stepwell_core::ports::store::{Conflict, Stores, SubmitError, Write};
use stepwell_core::seal::Purpose;
use stepwell_core::{Domain, SecretString};

use crate::config::root::RootKey;
use crate::start::StartError;

const ID_PREFIX: &str = "AKIA";
const ID_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ID_LENGTH: usize = 16;
const SECRET_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SECRET_LENGTH: usize = 40;
/// What the key of the first start is called.
const ROOT: &str = "root";

/// A new access key; this is the only time its secret is seen.
#[derive(Debug)]
pub(crate) struct NewKey {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: SecretString,
}

/// Makes an access key.
pub(crate) async fn create(domain: &Domain, description: &str) -> Result<NewKey, StartError> {
    let access_key_id = format!("{ID_PREFIX}{}", domain.rng.text(ID_ALPHABET, ID_LENGTH));
    let secret_access_key = SecretString::from(domain.rng.text(SECRET_ALPHABET, SECRET_LENGTH));
    let key = seal(domain, &access_key_id, &secret_access_key, description)?;
    domain.commit(vec![Write::InsertAccessKey(key)]).await?;
    Ok(NewKey { access_key_id, secret_access_key })
}

/// At the start of `serve`: sees to it that the configured key exists, or, if there is no key at all, makes one.
pub(crate) async fn ensure_root(domain: &Domain, given: Option<&RootKey>) -> Result<Option<NewKey>, StartError> {
    if let Some(given) = given {
        put(domain, given).await?;
        return Ok(None);
    }
    if domain.stores.config.list_access_keys().await?.is_empty() {
        return create(domain, ROOT).await.map(Some);
    }
    Ok(None)
}

/// Puts the configured key in; a changed secret replaces the old one.
async fn put(domain: &Domain, given: &RootKey) -> Result<(), StartError> {
    let RootKey { access_key_id, secret_access_key } = given;
    let mut writes = Vec::new();
    if let Some(stored) = domain.stores.config.access_key(access_key_id).await? {
        let secret = domain.system_keys.unseal(Purpose::AccessKey, &[access_key_id], &stored.sealed_secret);
        let secret = secret.map_err(|error| StartError::new(format!("access key {access_key_id}: {error}")))?;
        if aws_lc_rs::constant_time::verify_slices_are_equal(&secret, secret_access_key.as_bytes()).is_ok() {
            return Ok(());
        }
        writes.push(Write::DeleteAccessKey { access_key_id: access_key_id.clone() });
    }
    writes.push(Write::InsertAccessKey(seal(domain, access_key_id, secret_access_key, ROOT)?));
    match domain.submit(writes).await? {
        // Another node that starts with the same configuration was first.
        Ok(()) | Err(Conflict::Exists | Conflict::Changed) => Ok(()),
        Err(conflict) => Err(StartError::new(format!("access key {access_key_id}: {conflict:?}"))),
    }
}

/// All access keys.
pub(crate) async fn list(stores: &Stores) -> Result<Vec<AccessKey>, StartError> {
    Ok(stores.config.list_access_keys().await?)
}

/// Deletes an access key; it stops working at once, on every node.
pub(crate) async fn delete(stores: &Stores, access_key_id: &str) -> Result<(), StartError> {
    let writes = vec![Write::DeleteAccessKey { access_key_id: access_key_id.to_owned() }];
    stores.submit.submit(writes).await.map_err(|error| match error {
        SubmitError::Conflict { .. } => StartError::new(format!("there is no access key {access_key_id}")),
        SubmitError::Store(error) => error.into(),
    })
}

fn seal(domain: &Domain, id: &str, secret: &SecretString, description: &str) -> Result<AccessKey, StartError> {
    Ok(AccessKey {
        access_key_id: id.to_owned(),
        sealed_secret: domain.system_keys.seal(&*domain.rng, Purpose::AccessKey, &[id], secret.as_bytes())?,
        created_at: domain.clock.now(),
        description: description.to_owned(),
    })
}
