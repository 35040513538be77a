//! Resource servers.

use stepwell_core::ports::store::Conflict;
use stepwell_core::resource_servers::{ResourceServer, ResourceServerScope};

use super::*;

pub(super) fn resource_server(identifier: &str) -> ResourceServer {
    ResourceServer {
        pool_id: POOL.to_owned(),
        identifier: identifier.to_owned(),
        name: "Photos".to_owned(),
        scopes: vec![ResourceServerScope { name: "read".to_owned(), description: "ünïcode \"quoted\"".to_owned() }],
        version: 0,
    }
}

fn insert_server(identifier: &str) -> Write {
    Write::InsertResourceServer(Box::new(resource_server(identifier)))
}

#[tokio::test]
async fn resource_servers_are_versioned() {
    for store in both().await {
        let identifier = "https://photos.example.com/v1";
        assert_eq!(store.conflict(vec![insert_server(identifier)]).await, (0, Conflict::Changed), "no pool");
        store.write(vec![Write::InsertPool(Box::new(pool(POOL))), insert_server(identifier)]).await;
        assert_eq!(store.conflict(vec![insert_server(identifier)]).await, (0, Conflict::Exists));
        let mut read = store.resource_servers.resource_server(POOL, identifier).await.unwrap().unwrap();
        assert_eq!(read, ResourceServer { version: 1, ..resource_server(identifier) });
        read.scopes.clear();
        store.write(vec![Write::UpdateResourceServer(Box::new(read.clone()))]).await;
        assert_eq!(store.conflict(vec![Write::UpdateResourceServer(Box::new(read))]).await, (0, Conflict::Changed));
        let again = store.resource_servers.resource_server(POOL, identifier).await.unwrap().unwrap();
        assert_eq!((again.version, again.scopes.len()), (2, 0));
        for (pool_id, other) in [(OTHER_POOL, identifier), (POOL, "HTTPS://photos.example.com/v1")] {
            assert_eq!(store.resource_servers.resource_server(pool_id, other).await.unwrap(), None);
        }

        let delete = |pool_id: &str| Write::DeleteResourceServer {
            pool_id: pool_id.to_owned(),
            identifier: identifier.to_owned(),
        };
        assert_eq!(store.conflict(vec![delete(OTHER_POOL)]).await, (0, Conflict::Changed));
        store.write(vec![delete(POOL)]).await;
        assert_eq!(store.conflict(vec![delete(POOL)]).await, (0, Conflict::Changed));
        assert_eq!(store.resource_servers.resource_server(POOL, identifier).await.unwrap(), None);
    }
}

#[tokio::test]
async fn resource_servers_are_listed_by_identifier() {
    for store in both().await {
        store.write(vec![Write::InsertPool(Box::new(pool(POOL)))]).await;
        for identifier in ["b", "a/1", "Z", "a"] {
            store.write(vec![insert_server(identifier)]).await;
        }
        let identifiers = |servers: Vec<ResourceServer>| -> Vec<String> {
            servers.into_iter().map(|server| server.identifier).collect()
        };
        assert_eq!(identifiers(store.resource_servers.list(POOL, None, 2).await.unwrap()), ["Z", "a"]);
        assert_eq!(identifiers(store.resource_servers.list(POOL, Some("a"), 9).await.unwrap()), ["a/1", "b"]);
        assert_eq!(identifiers(store.resource_servers.list(OTHER_POOL, None, 9).await.unwrap()), [""; 0]);
    }
}

#[tokio::test]
async fn a_pool_has_room_for_25_resource_servers() {
    for store in both().await {
        store.write(vec![Write::InsertPool(Box::new(pool(POOL)))]).await;
        store.write((0..25).map(|n| insert_server(&format!("s{n}"))).collect()).await;
        assert_eq!(store.conflict(vec![insert_server("s25")]).await, (0, Conflict::Full), "{}", store.name);
        let delete = Write::DeleteResourceServer { pool_id: POOL.to_owned(), identifier: "s7".to_owned() };
        store.write(vec![delete, insert_server("s25")]).await;
        assert_eq!(store.resource_servers.list(POOL, None, 99).await.unwrap().len(), 25);
    }
}
