//! The devices of users.

use stepwell_core::devices::Device;
use stepwell_core::ports::store::Conflict;

use super::*;

pub(super) fn device(sub: &str, key: &str) -> Device {
    Device {
        pool_id: POOL.to_owned(),
        sub: sub.to_owned(),
        key: key.to_owned(),
        group_key: "-abc".to_owned(),
        name: Some("ünïcode \"quoted\"".to_owned()),
        sealed_verifier: None,
        remembered: false,
        created_at: 1,
        modified_at: 2,
        last_authenticated_at: 3,
        last_ip: Some("2001:db8::1".to_owned()),
        version: 0,
    }
}

pub(super) fn insert_device(sub: &str, key: &str) -> Write {
    Write::InsertDevice(Box::new(device(sub, key)))
}

#[tokio::test]
async fn devices_are_versioned() {
    for store in both().await {
        let key = "eu-west-1_0f0f";
        assert_eq!(store.conflict(vec![insert_device("u1", key)]).await, (0, Conflict::Changed), "nobody's");
        store.write(vec![insert(user("u1")), insert(user("u2")), insert_device("u1", key)]).await;
        assert_eq!(store.conflict(vec![insert_device("u1", key)]).await, (0, Conflict::Exists));
        let mut read = store.devices.device(POOL, "u1", key).await.unwrap().unwrap();
        assert_eq!(read, Device { version: 1, ..device("u1", key) });
        assert_eq!(store.devices.device(POOL, "u2", key).await.unwrap(), None, "{}: another user's", store.name);
        assert_eq!(store.devices.device(OTHER_POOL, "u1", key).await.unwrap(), None);

        read.sealed_verifier = Some(vec![0, 255]);
        read.remembered = true;
        store.write(vec![Write::UpdateDevice(Box::new(read.clone()))]).await;
        assert_eq!(store.conflict(vec![Write::UpdateDevice(Box::new(read.clone()))]).await, (0, Conflict::Changed));
        let elsewhere = Device { sub: "u2".to_owned(), version: 2, ..read.clone() };
        assert_eq!(store.conflict(vec![Write::UpdateDevice(Box::new(elsewhere))]).await, (0, Conflict::Changed));
        let again = store.devices.device(POOL, "u1", key).await.unwrap().unwrap();
        assert_eq!(again, Device { version: 2, ..read });

        let delete =
            |sub: &str| Write::DeleteDevice { pool_id: POOL.to_owned(), sub: sub.to_owned(), key: key.to_owned() };
        assert_eq!(store.conflict(vec![delete("u2")]).await, (0, Conflict::Changed));
        store.write(vec![delete("u1")]).await;
        assert_eq!(store.conflict(vec![delete("u1")]).await, (0, Conflict::Changed));
        assert_eq!(store.devices.device(POOL, "u1", key).await.unwrap(), None);
    }
}

#[tokio::test]
async fn devices_are_listed_by_key() {
    for store in both().await {
        store.write(vec![insert(user("u1")), insert(user("u2")), insert_device("u2", "b")]).await;
        for key in ["d", "b", "c", "a"] {
            store.write(vec![insert_device("u1", key)]).await;
        }
        let keys = |devices: Vec<Device>| -> Vec<String> { devices.into_iter().map(|device| device.key).collect() };
        assert_eq!(keys(store.devices.list(POOL, "u1", None, 2).await.unwrap()), ["a", "b"]);
        assert_eq!(keys(store.devices.list(POOL, "u1", Some("b"), 9).await.unwrap()), ["c", "d"]);
        assert_eq!(store.devices.count(POOL, "u1").await.unwrap(), 4);
        assert_eq!(store.devices.count(POOL, "u2").await.unwrap(), 1);
        assert_eq!(store.devices.count(OTHER_POOL, "u1").await.unwrap(), 0);
    }
}
