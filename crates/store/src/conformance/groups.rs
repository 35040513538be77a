//! Groups and their members.

use stepwell_core::ports::store::Conflict;

use super::*;

fn add(group: &str, sub: &str) -> Write {
    Write::AddMember { pool_id: POOL.to_owned(), group: group.to_owned(), sub: sub.to_owned(), now: 1 }
}

#[tokio::test]
async fn groups_are_versioned() {
    for store in both().await {
        store.write(vec![Write::InsertGroup(Box::new(group("g")))]).await;
        assert_eq!(store.conflict(vec![Write::InsertGroup(Box::new(group("g")))]).await, (0, Conflict::Exists));
        let mut read = store.groups.group(POOL, "g").await.unwrap().unwrap();
        assert_eq!(read, Group { version: 1, ..group("g") });
        read.precedence = None;
        store.write(vec![Write::UpdateGroup(Box::new(read.clone()))]).await;
        assert_eq!(store.conflict(vec![Write::UpdateGroup(Box::new(read))]).await, (0, Conflict::Changed));
        assert_eq!(store.groups.group(POOL, "g").await.unwrap().unwrap().precedence, None);
        assert_eq!(store.groups.group(POOL, "G").await.unwrap(), None);
        assert_eq!(store.groups.group(OTHER_POOL, "g").await.unwrap(), None);
    }
}

#[tokio::test]
async fn membership_needs_group_and_user() {
    for store in both().await {
        store.write(vec![Write::InsertGroup(Box::new(group("g"))), insert(user("u1"))]).await;
        assert_eq!(store.conflict(vec![add("none", "u1")]).await, (0, Conflict::Changed));
        assert_eq!(store.conflict(vec![add("g", "none")]).await, (0, Conflict::Changed));
        store.write(vec![add("g", "u1"), add("g", "u1")]).await;
        assert_eq!(store.groups.members(POOL, "g", None, 60).await.unwrap().len(), 1);
        assert_eq!(store.stored_user("u1").await.version, 1, "{}: adding a member changes no user", store.name);
        assert_eq!(store.groups.group(POOL, "g").await.unwrap().unwrap().version, 1);

        let remove = Write::RemoveMember { pool_id: POOL.to_owned(), group: "g".to_owned(), sub: "u1".to_owned() };
        store.write(vec![remove.clone(), remove]).await;
        assert!(store.groups.members(POOL, "g", None, 60).await.unwrap().is_empty());

        store.write(vec![add("g", "u1")]).await;
        let delete = Write::DeleteGroup { pool_id: POOL.to_owned(), name: "g".to_owned() };
        store.write(vec![delete.clone()]).await;
        assert_eq!(store.conflict(vec![delete]).await, (0, Conflict::Changed));
        store.write(vec![Write::InsertGroup(Box::new(group("g")))]).await;
        assert!(store.groups.of_user(POOL, "u1", None, 60).await.unwrap().is_empty(), "{}", store.name);
    }
}
