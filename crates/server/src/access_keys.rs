//! Access keys as the operator handles them: made at the first start, put in from the configuration, listed, deleted.

use stepwell_core::Domain;
use stepwell_core::iam::access_key::{self, ADMINISTRATOR, NewAccessKey};
use stepwell_core::iam::{access_keys, administrator};
use stepwell_core::keyring::AccessKey;
use stepwell_core::ports::store::{Stores, SubmitError, Write};
use stepwell_core::seal::Purpose;

use crate::config::root::RootKey;
use crate::start::StartError;

/// What the key of the first start is called.
const ROOT: &str = "root";

/// Makes an access key for an IAM user: the administrator if none is named, who is made if there is none.
pub(crate) async fn create(domain: &Domain, user: Option<&str>, description: &str) -> Result<NewAccessKey, StartError> {
    if user.is_none() {
        administrator::ensure(domain).await?;
    }
    Ok(access_keys::create_beyond_quota(domain, user.unwrap_or(ADMINISTRATOR), description).await?)
}

/// At the start of `serve`: sees to it that the configured key exists, or, if there is no key at all, makes one. A new key
/// belongs to the IAM user `administrator`, and so do keys from before there were users.
pub(crate) async fn ensure_root(domain: &Domain, given: Option<&RootKey>) -> Result<Option<NewAccessKey>, StartError> {
    administrator::adopt_keys(domain).await?;
    if let Some(given) = given {
        put(domain, given).await?;
        return Ok(None);
    }
    Ok(administrator::first_key(domain, ROOT).await?)
}

/// Puts the configured key in; a changed secret replaces the old one.
async fn put(domain: &Domain, given: &RootKey) -> Result<(), StartError> {
    let RootKey { access_key_id, secret_access_key } = given;
    if let Some(stored) = domain.stores.config.access_key(access_key_id).await? {
        let secret = domain.system_keys.unseal(Purpose::AccessKey, &[access_key_id], &stored.sealed_secret);
        let secret = secret.map_err(|error| StartError::new(format!("access key {access_key_id}: {error}")))?;
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(&secret, secret_access_key.as_bytes()).is_ok();
        if same && stored.active {
            return Ok(());
        }
    }
    let key = access_key::seal(domain, access_key_id, secret_access_key, ADMINISTRATOR, ROOT)?;
    Ok(administrator::put_key(domain, key).await?)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use stepwell_core::ErrorCode;
    use stepwell_core::iam::users::{self, NewUser};
    use stepwell_core::iam::{HolderName, attachments};
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
        let id = &made.key.access_key_id;
        assert_eq!((id.len(), made.secret.len()), (20, 40));
        assert!(id.starts_with("AKIA"));
        assert_eq!(secret_of(&test.domain, id).await.unwrap(), made.secret.as_str());
        assert!(ensure_root(&test.domain, None).await.unwrap().is_none());
        assert_eq!(list(&test.domain.stores).await.unwrap().len(), 1);
        let user = users::get(&test.domain, made.key.owner()).await.unwrap();
        assert_eq!((user.name.as_str(), user.arn("1").as_str()), (ADMINISTRATOR, "arn:aws:iam::1:user/administrator"));
        assert_eq!(user.attached, BTreeSet::from(["arn:aws:iam::aws:policy/AdministratorAccess".to_owned()]));
    }

    #[tokio::test]
    async fn without_any_key_the_administrator_gets_in_again() {
        let test = domain().await;
        let made = ensure_root(&test.domain, None).await.unwrap().unwrap();
        let holder = HolderName::User(ADMINISTRATOR);
        attachments::detach(&test.domain, holder, "arn:aws:iam::aws:policy/AdministratorAccess").await.unwrap();
        assert!(ensure_root(&test.domain, None).await.unwrap().is_none(), "a key is left");
        assert!(users::get(&test.domain, ADMINISTRATOR).await.unwrap().attached.is_empty(), "nothing is given back");
        delete(&test.domain.stores, &made.key.access_key_id).await.unwrap();
        ensure_root(&test.domain, None).await.unwrap().unwrap();
        assert_eq!(users::get(&test.domain, ADMINISTRATOR).await.unwrap().attached.len(), 1);
    }

    #[tokio::test]
    async fn keys_from_before_there_were_users_belong_to_the_administrator() {
        let test = domain().await;
        let old =
            AccessKey { owner: None, ..access_key::seal(&test.domain, "AKIAOLD", &"secret".into(), "", "").unwrap() };
        test.domain.commit(vec![Write::InsertAccessKey(old)]).await.unwrap();
        assert!(ensure_root(&test.domain, None).await.unwrap().is_none());
        assert_eq!(users::get(&test.domain, ADMINISTRATOR).await.unwrap().attached.len(), 1);
        assert_eq!(list(&test.domain.stores).await.unwrap()[0].owner(), ADMINISTRATOR);
    }

    #[tokio::test]
    async fn keys_are_made_for_users_who_exist() {
        let test = domain().await;
        assert!(create(&test.domain, Some("ann"), "").await.is_err());
        let ann = NewUser { name: "ann".to_owned(), ..NewUser::default() };
        users::create(&test.domain, ann).await.unwrap();
        let made = create(&test.domain, Some("ann"), "laptop").await.unwrap();
        assert_eq!((made.key.owner(), made.key.description.as_str()), ("ann", "laptop"));
        assert_eq!(create(&test.domain, None, "").await.unwrap().key.owner(), ADMINISTRATOR);
        users::get(&test.domain, ADMINISTRATOR).await.unwrap();
    }

    #[tokio::test]
    async fn the_configured_key_stays_with_its_user_whoever_gets_the_name() {
        let test = domain().await;
        let domain = &test.domain;
        let given =
            |secret: &str| RootKey { access_key_id: "ROOTROOTROOTROOT".to_owned(), secret_access_key: secret.into() };
        ensure_root(domain, Some(&given("first-secret-value"))).await.unwrap();
        let id = users::get(domain, ADMINISTRATOR).await.unwrap().user_id;
        users::update(domain, ADMINISTRATOR, Some("ops"), None).await.unwrap();
        let owner = async || {
            let key = domain.stores.config.access_key("ROOTROOTROOTROOT").await.unwrap().unwrap();
            users::get(domain, key.owner()).await.unwrap().user_id
        };
        // The name is free, and nobody can take it.
        let squatter = |name: &str| NewUser { name: name.to_owned(), ..NewUser::default() };
        users::create(domain, squatter("eve")).await.unwrap();
        for name in [ADMINISTRATOR, "Administrator"] {
            let refused = users::create(domain, squatter(name)).await.unwrap_err();
            assert_eq!(refused.code(), ErrorCode::EntityAlreadyExists);
            let refused = users::update(domain, "eve", Some(name), None).await.unwrap_err();
            assert_eq!(refused.code(), ErrorCode::EntityAlreadyExists);
        }
        for secret in ["first-secret-value", "other-secret-value"] {
            ensure_root(domain, Some(&given(secret))).await.unwrap();
            assert_eq!(owner().await, id);
        }
        // Also not when somebody has it again: a new key of the operator's makes the administrator.
        create(domain, None, "").await.unwrap();
        ensure_root(domain, Some(&given("third-secret-value"))).await.unwrap();
        assert_eq!(owner().await, id);
        assert_ne!(users::get(domain, ADMINISTRATOR).await.unwrap().user_id, id);
    }

    #[tokio::test]
    async fn the_configured_key_is_put_in_and_follows_the_configuration() {
        let test = domain().await;
        for secret in ["first-secret-value", "first-secret-value", "other-secret-value"] {
            let given = RootKey { access_key_id: "ROOTROOTROOTROOT".to_owned(), secret_access_key: secret.into() };
            assert!(ensure_root(&test.domain, Some(&given)).await.unwrap().is_none());
            assert_eq!(secret_of(&test.domain, "ROOTROOTROOTROOT").await.unwrap(), secret);
        }
        let keys = list(&test.domain.stores).await.unwrap();
        assert_eq!((keys.len(), keys[0].owner()), (1, ADMINISTRATOR));
        users::get(&test.domain, ADMINISTRATOR).await.unwrap();
        delete(&test.domain.stores, "ROOTROOTROOTROOT").await.unwrap();
        assert!(secret_of(&test.domain, "ROOTROOTROOTROOT").await.is_none());
        assert!(delete(&test.domain.stores, "ROOTROOTROOTROOT").await.is_err());
    }
}
