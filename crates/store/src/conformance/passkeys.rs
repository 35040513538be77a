//! The passkeys of users.

use stepwell_core::passkeys::Passkey;
use stepwell_core::ports::store::Conflict;

use super::*;

pub(super) fn passkey(sub: &str, credential_id: &str) -> Passkey {
    Passkey {
        pool_id: POOL.to_owned(),
        sub: sub.to_owned(),
        credential_id: credential_id.to_owned(),
        friendly_name: "ünïcode \"quoted\"".to_owned(),
        relying_party_id: "auth.example.com".to_owned(),
        attachment: Some("platform".to_owned()),
        transports: vec!["internal".to_owned(), "hybrid".to_owned()],
        created_at: 1,
        credential: serde_json::json!({"public_key": "AAEC", "flags": [1, 5]}),
        counter: 0,
        version: 0,
    }
}

pub(super) fn insert_passkey(sub: &str, credential_id: &str) -> Write {
    Write::InsertPasskey(Box::new(passkey(sub, credential_id)))
}

#[tokio::test]
async fn passkeys_are_unique_in_the_pool_and_versioned() {
    for store in both().await {
        // As long as a credential id may be (1,023 bytes), so that every index must hold it.
        let id = "A".repeat(1_364);
        let id = id.as_str();
        assert_eq!(store.conflict(vec![insert_passkey("u1", id)]).await, (0, Conflict::Changed), "nobody's");
        store.write(vec![insert(user("u1")), insert(user("u2")), insert_passkey("u1", id)]).await;
        for sub in ["u1", "u2"] {
            assert_eq!(store.conflict(vec![insert_passkey(sub, id)]).await, (0, Conflict::Exists));
        }
        let mut read = store.passkeys.passkey(POOL, id).await.unwrap().unwrap();
        assert_eq!(read, Passkey { version: 1, ..passkey("u1", id) });
        assert_eq!(store.passkeys.passkey(OTHER_POOL, id).await.unwrap(), None);

        read.counter = 7;
        store.write(vec![Write::UpdatePasskey(Box::new(read.clone()))]).await;
        assert_eq!(store.conflict(vec![Write::UpdatePasskey(Box::new(read.clone()))]).await, (0, Conflict::Changed));
        let elsewhere = Passkey { sub: "u2".to_owned(), version: 2, ..read.clone() };
        assert_eq!(store.conflict(vec![Write::UpdatePasskey(Box::new(elsewhere))]).await, (0, Conflict::Changed));
        assert_eq!(store.passkeys.passkey(POOL, id).await.unwrap(), Some(Passkey { version: 2, ..read }));

        let delete = |sub: &str| Write::DeletePasskey {
            pool_id: POOL.to_owned(),
            sub: sub.to_owned(),
            credential_id: id.to_owned(),
        };
        assert_eq!(store.conflict(vec![delete("u2")]).await, (0, Conflict::Changed), "{}: another's", store.name);
        store.write(vec![delete("u1")]).await;
        assert_eq!(store.conflict(vec![delete("u1")]).await, (0, Conflict::Changed));
        assert_eq!(store.passkeys.passkey(POOL, id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn passkeys_are_listed_by_credential_id() {
    for store in both().await {
        store.write(vec![insert(user("u1")), insert(user("u2")), insert_passkey("u2", "-a")]).await;
        for id in ["b", "Z", "_", "a"] {
            store.write(vec![insert_passkey("u1", id)]).await;
        }
        let ids =
            |passkeys: Vec<Passkey>| -> Vec<String> { passkeys.into_iter().map(|key| key.credential_id).collect() };
        assert_eq!(ids(store.passkeys.of_user(POOL, "u1", None, 2).await.unwrap()), ["Z", "_"]);
        assert_eq!(ids(store.passkeys.of_user(POOL, "u1", Some("_"), 9).await.unwrap()), ["a", "b"]);
        assert_eq!(store.passkeys.count(POOL, "u1").await.unwrap(), 4);
        assert_eq!(store.passkeys.count(POOL, "u2").await.unwrap(), 1);
        assert_eq!(store.passkeys.count(OTHER_POOL, "u1").await.unwrap(), 0);
    }
}
