//! Pools, clients, keys.

use stepwell_core::keyring::{AccessKey, SigningKey, SigningUse, WrappedKey};
use stepwell_core::ports::store::{Conflict, DocumentKind, PoolDocument, Write};
use stepwell_core::risk::MemoryKind;

use super::*;

#[tokio::test]
async fn pools_are_versioned_and_listed_by_id() {
    for store in both().await {
        for id in ["c", "a", "b"] {
            store.write(vec![Write::InsertPool(Box::new(pool(id)))]).await;
        }
        assert_eq!(store.conflict(vec![Write::InsertPool(Box::new(pool("a")))]).await, (0, Conflict::Exists));
        let mut read = store.config.pool("a").await.unwrap().unwrap();
        assert_eq!(read.version, 1);
        let stale = read.clone();
        "new name".clone_into(&mut read.name);
        store.write(vec![Write::UpdatePool(Box::new(read.clone()))]).await;
        assert_eq!(store.conflict(vec![Write::UpdatePool(Box::new(stale))]).await, (0, Conflict::Changed));
        let again = store.config.pool("a").await.unwrap().unwrap();
        assert_eq!(again, UserPool { version: 2, ..read });
        assert_eq!(store.config.pool("none").await.unwrap(), None);

        let first = store.config.list_pools(None, 2).await.unwrap();
        assert_eq!(first.iter().map(|pool| pool.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let second = store.config.list_pools(Some("b"), 2).await.unwrap();
        assert_eq!(second.iter().map(|pool| pool.id.as_str()).collect::<Vec<_>>(), ["c"]);
    }
}

#[tokio::test]
async fn clients_are_found_by_their_id_alone() {
    for store in both().await {
        let new = || Write::InsertClient(Box::new(client(POOL, "c0")));
        assert_eq!(store.conflict(vec![new()]).await, (0, Conflict::Changed), "no pool");
        store.write([POOL, OTHER_POOL].map(|id| Write::InsertPool(Box::new(pool(id)))).to_vec()).await;
        for id in ["c2", "c1", "c3"] {
            store.write(vec![Write::InsertClient(Box::new(client(POOL, id)))]).await;
        }
        let elsewhere = Write::InsertClient(Box::new(client(OTHER_POOL, "c1")));
        assert_eq!(store.conflict(vec![elsewhere]).await, (0, Conflict::Exists));
        let mut read = store.config.client("c1").await.unwrap().unwrap();
        assert_eq!((read.pool_id.as_str(), read.version), (POOL, 1));
        "renamed".clone_into(&mut read.name);
        store.write(vec![Write::UpdateClient(Box::new(read.clone()))]).await;
        assert_eq!(store.conflict(vec![Write::UpdateClient(Box::new(read))]).await, (0, Conflict::Changed));
        assert_eq!(store.config.client("c1").await.unwrap().unwrap().name, "renamed");
        let listed = store.config.list_clients(POOL, Some("c1"), 60).await.unwrap();
        assert_eq!(listed.iter().map(|client| client.id.as_str()).collect::<Vec<_>>(), ["c2", "c3"]);
        assert_eq!(store.config.list_clients(OTHER_POOL, None, 60).await.unwrap(), []);

        let delete = |pool_id: &str| Write::DeleteClient { pool_id: pool_id.to_owned(), client_id: "c1".to_owned() };
        assert_eq!(store.conflict(vec![delete(OTHER_POOL)]).await, (0, Conflict::Changed));
        store.write(vec![delete(POOL)]).await;
        assert_eq!(store.conflict(vec![delete(POOL)]).await, (0, Conflict::Changed));
        assert_eq!(store.config.client("c1").await.unwrap(), None);
    }
}

fn document(kind: DocumentKind, key: &str, text: &str) -> PoolDocument {
    PoolDocument { pool_id: POOL.to_owned(), kind, key: key.to_owned(), document: text.to_owned(), version: 0 }
}

#[tokio::test]
async fn documents_are_replaced_whole_and_go_with_their_client() {
    for store in both().await {
        let risk = DocumentKind::RiskConfiguration;
        let put = |kind, key: &str, text: &str| Write::PutDocument(document(kind, key, text));
        let read = async |kind, key: &str| {
            let found = store.config.document(POOL, kind, key).await.unwrap();
            found.map(|found| (found.version, found.document))
        };
        let pool = Write::InsertPool(Box::new(pool(POOL)));
        store.write(vec![pool, Write::InsertClient(Box::new(client(POOL, "c1")))]).await;
        assert_eq!(read(risk, "").await, None);
        store.write(vec![put(risk, "", "pool"), put(risk, "c1", "one"), put(risk, "c2", "two")]).await;
        store.write(vec![put(risk, "", "pool again")]).await;
        let whole = store.config.document(POOL, risk, "").await.unwrap().unwrap();
        assert_eq!(whole, PoolDocument { version: 2, ..document(risk, "", "pool again") }, "{}", store.name);
        assert_eq!(read(risk, "c1").await, Some((1, "one".to_owned())));
        assert_eq!(read(risk, "c3").await, None);
        assert_eq!(store.config.document(OTHER_POOL, risk, "").await.unwrap(), None);

        store.write(vec![Write::DeleteClient { pool_id: POOL.to_owned(), client_id: "c1".to_owned() }]).await;
        assert_eq!(read(risk, "c1").await, None, "{}", store.name);
        assert_eq!(read(risk, "c2").await, Some((1, "two".to_owned())));
        let delete = Write::DeleteDocument { pool_id: POOL.to_owned(), kind: risk, key: String::new() };
        store.write(vec![delete.clone(), delete]).await;
        assert_eq!(read(risk, "").await, None);
    }
}

#[tokio::test]
async fn a_pool_has_room_for_1000_clients() {
    for store in both().await {
        let insert = |n: i32| Write::InsertClient(Box::new(client(POOL, &format!("c{n:04}"))));
        store.write([POOL, OTHER_POOL].map(|id| Write::InsertPool(Box::new(pool(id)))).to_vec()).await;
        store.write((0..1_000).map(insert).collect()).await;
        assert_eq!(store.conflict(vec![insert(1_000)]).await, (0, Conflict::Full), "{}", store.name);
        store.write(vec![Write::InsertClient(Box::new(client(OTHER_POOL, "elsewhere")))]).await;
        let delete = Write::DeleteClient { pool_id: POOL.to_owned(), client_id: "c0500".to_owned() };
        store.write(vec![delete, insert(1_000)]).await;
        assert_eq!(store.config.list_clients(POOL, None, 2_000).await.unwrap().len(), 1_000);
    }
}

#[tokio::test]
async fn keys_come_oldest_first() {
    for store in both().await {
        let wrapped =
            |pool_id: &str, version, byte| WrappedKey { pool_id: pool_id.to_owned(), version, sealed: vec![byte] };
        for key in [wrapped(POOL, 2, 2), wrapped(POOL, 10, 10), wrapped(POOL, 1, 1), wrapped("_system", 1, 0)] {
            store.write(vec![Write::InsertWrappedKey(key)]).await;
        }
        let versions: Vec<u32> = store.config.wrapped_keys(POOL).await.unwrap().iter().map(|key| key.version).collect();
        assert_eq!(versions, [1, 2, 10]);
        assert_eq!(store.conflict(vec![Write::InsertWrappedKey(wrapped(POOL, 1, 7))]).await, (0, Conflict::Exists));
        store.write(vec![Write::UpdateWrappedKey(wrapped(POOL, 1, 7))]).await;
        assert_eq!(store.conflict(vec![Write::UpdateWrappedKey(wrapped(POOL, 3, 7))]).await, (0, Conflict::Changed));
        let all = store.config.all_wrapped_keys().await.unwrap();
        assert_eq!((all.len(), &all[1]), (4, &wrapped(POOL, 1, 7)));

        let signing = |kid: &str, created_at| SigningKey {
            pool_id: POOL.to_owned(),
            kid: kid.to_owned(),
            signs: SigningUse::Id,
            created_at,
            sealed_private_key: vec![1],
            modulus: vec![2, 0, 255],
            exponent: vec![1, 0, 1],
        };
        for key in [signing("b", 5), signing("a", 9), signing("c", 1)] {
            store.write(vec![Write::InsertSigningKey(key)]).await;
        }
        assert_eq!(store.config.signing_keys(POOL).await.unwrap(), [signing("c", 1), signing("b", 5), signing("a", 9)]);
        assert_eq!(store.conflict(vec![Write::InsertSigningKey(signing("a", 1))]).await, (0, Conflict::Exists));

        let access = |id: &str| AccessKey {
            access_key_id: id.to_owned(),
            sealed_secret: vec![3],
            created_at: 1,
            description: "d".to_owned(),
            owner: None,
            active: true,
        };
        store.write(vec![Write::InsertAccessKey(access("AKIB")), Write::InsertAccessKey(access("AKIA"))]).await;
        assert_eq!(store.conflict(vec![Write::InsertAccessKey(access("AKIA"))]).await, (0, Conflict::Exists));
        assert_eq!(store.config.list_access_keys().await.unwrap(), [access("AKIA"), access("AKIB")]);
        let delete = || Write::DeleteAccessKey { access_key_id: "AKIA".to_owned() };
        store.write(vec![delete()]).await;
        assert_eq!(store.conflict(vec![delete()]).await, (0, Conflict::Changed));
        assert_eq!(store.config.access_key("AKIA").await.unwrap(), None);
        assert_eq!(store.config.access_key("AKIB").await.unwrap(), Some(access("AKIB")));
    }
}

#[tokio::test]
async fn the_configuration_version_only_grows() {
    for store in both().await {
        let before = store.config.config_version().await.unwrap();
        store.write(vec![Write::InsertPool(Box::new(pool("a"))), Write::BumpConfigVersion]).await;
        assert_eq!(store.config.config_version().await.unwrap(), before + 1);
        store.conflict(vec![Write::BumpConfigVersion, Write::InsertPool(Box::new(pool("a")))]).await;
        assert_eq!(store.config.config_version().await.unwrap(), before + 1, "{}: rolled back", store.name);
    }
}

#[tokio::test]
async fn a_deleted_pool_leaves_nothing_behind() {
    for store in both().await {
        store
            .write(vec![
                Write::InsertPool(Box::new(pool(POOL))),
                Write::InsertPool(Box::new(pool(OTHER_POOL))),
                Write::InsertClient(Box::new(client(POOL, "c1"))),
                Write::InsertClient(Box::new(client(OTHER_POOL, "c2"))),
                Write::InsertWrappedKey(WrappedKey { pool_id: POOL.to_owned(), version: 1, sealed: vec![1] }),
                Write::InsertGroup(Box::new(group("g"))),
                Write::InsertResourceServer(Box::new(resource_servers::resource_server("photos"))),
                insert(user("u")),
                devices::insert_device("u", "d"),
                passkeys::insert_passkey("u", "p"),
                user_sessions::insert_session(user_sessions::session("u", "tkn1", 1)),
                risk::insert_event(risk::event("u", "e", 1)),
                Write::Remember(risk::memory("u", MemoryKind::Place, 1, 1)),
                Write::PutDocument(document(DocumentKind::RiskConfiguration, "", "{}")),
                Write::Permit { pool_id: POOL.to_owned(), id: "x".to_owned(), expires_at: 1 },
                Write::PutCode(code("s", 1)),
                Write::Enqueue(message("m", 1)),
                Write::Spend { pool_id: POOL.to_owned(), id: "x".to_owned(), expires_at: 1 },
            ])
            .await;
        let mut kept = user("kept");
        OTHER_POOL.clone_into(&mut kept.pool_id);
        store.write(vec![insert(kept)]).await;
        for i in 0..30 {
            let sub = format!("u{i:02}");
            store
                .write(vec![
                    insert(user(&sub)),
                    Write::ClaimAlias(alias(&sub, &sub)),
                    Write::AddMember { pool_id: POOL.to_owned(), group: "g".to_owned(), sub, now: 1 },
                ])
                .await;
        }
        let delete = |version| Write::DeletePool { pool_id: POOL.to_owned(), version, now: 5 };
        assert_eq!(store.conflict(vec![delete(2)]).await, (0, Conflict::Changed));
        store.write(vec![delete(1)]).await;
        assert_eq!(store.config.pool(POOL).await.unwrap(), None);
        assert_eq!(store.config.client("c1").await.unwrap(), None);
        assert!(store.config.wrapped_keys(POOL).await.unwrap().is_empty());

        // What a node that has the pool cached may still add.
        store.write(vec![insert(user("late"))]).await;
        let mut gone = 0;
        loop {
            let step = store.jobs.delete_leftovers(50).await.unwrap();
            assert!(step <= 50);
            gone += step;
            if step == 0 {
                break;
            }
        }
        // 32 users with 4 index rows each, 30 aliases and memberships, and one each of: group, resource server, device,
        // passkey, session, event, memory, document, permit, code, message, spent id.
        assert_eq!(gone, 32 * 5 + 30 * 2 + 12, "{}", store.name);
        assert_eq!(store.passkeys.passkey(POOL, "p").await.unwrap(), None);
        store.write(vec![insert(user("later"))]).await;
        assert_eq!(store.jobs.delete_leftovers(50).await.unwrap(), 5, "{}: still watched", store.name);
        assert_eq!(store.users.estimated_count(POOL).await.unwrap(), 0);
        assert_eq!(store.users.estimated_count(OTHER_POOL).await.unwrap(), 1);
        assert!(store.config.client("c2").await.unwrap().is_some());
        for _ in 0..20 {
            assert_eq!(store.jobs.delete_leftovers(50).await.unwrap(), 0);
        }
    }
}
