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

#[cfg(test)]
mod tests {
    use stepwell_testkit::{DomainBuilder, TestDomain};

    use super::*;

    async fn domain() -> TestDomain {
        DomainBuilder::default().build().await.unwrap()
    }

    async fn secret_of(domain: &Domain, id: &str) -> Option<String> {
        let stored = domain.stores.config.access_key(id).await.unwrap()?;
        let secret = domain.system_keys.unseal(Purpose::AccessKey, &[id], &stored.sealed_secret).unwrap();
        Some(String::from_utf8(secret.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_first_start_makes_one_key_and_later_ones_none() {
        let test = domain().await;
        let made = ensure_root(&test.domain, None).await.unwrap().unwrap();
        assert_eq!((made.access_key_id.len(), made.secret_access_key.len()), (20, 40));
        assert!(made.access_key_id.starts_with("AKIA"));
        assert_eq!(secret_of(&test.domain, &made.access_key_id).await.unwrap(), made.secret_access_key.as_str());
        assert!(ensure_root(&test.domain, None).await.unwrap().is_none());
        assert_eq!(list(&test.domain.stores).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn the_configured_key_is_put_in_and_follows_the_configuration() {
        let test = domain().await;
        for secret in ["first-secret-value", "first-secret-value", "other-secret-value"] {
            let given = RootKey { access_key_id: "ROOTROOTROOTROOT".to_owned(), secret_access_key: secret.into() };
            assert!(ensure_root(&test.domain, Some(&given)).await.unwrap().is_none());
            assert_eq!(secret_of(&test.domain, "ROOTROOTROOTROOT").await.unwrap(), secret);
        }
        assert_eq!(list(&test.domain.stores).await.unwrap().len(), 1);
        delete(&test.domain.stores, "ROOTROOTROOTROOT").await.unwrap();
        assert!(secret_of(&test.domain, "ROOTROOTROOTROOT").await.is_none());
        assert!(delete(&test.domain.stores, "ROOTROOTROOTROOT").await.is_err());
    }
}
