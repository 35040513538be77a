//! Whoever comes first of who adds and who deletes, nothing outlives what it belongs to.

use super::*;

/// Whoever comes first, no membership outlives its group or its user.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_membership_is_left_behind() {
    for store in both().await {
        let nodes = nodes(&store).await;
        for round in 0..ROUNDS {
            let sub = format!("u{round}");
            store.write(vec![Write::InsertGroup(Box::new(group("g"))), insert(user(&sub))]).await;
            let delete = if round % 2 == 0 {
                Write::DeleteGroup { pool_id: POOL.to_owned(), name: "g".to_owned() }
            } else {
                Write::DeleteUser { pool_id: POOL.to_owned(), sub: sub.clone(), version: 1 }
            };
            let outcomes = duel(&nodes, |stores, index| {
                let add =
                    Write::AddMember { pool_id: POOL.to_owned(), group: "g".to_owned(), sub: sub.clone(), now: 1 };
                let write = if index == 0 { add } else { delete.clone() };
                async move { stores.submit.submit(vec![write]).await }
            })
            .await;
            assert!(outcomes[1].is_ok(), "{}: {:?}", store.name, outcomes[1]);
            if round % 2 == 0 {
                store.write(vec![Write::InsertGroup(Box::new(group("g")))]).await;
            } else {
                store.write(vec![insert(user(&sub))]).await;
            }
            assert!(store.groups.of_user(POOL, &sub, None, 60).await.unwrap().is_empty(), "{} {round}", store.name);
            store.write(vec![Write::DeleteGroup { pool_id: POOL.to_owned(), name: "g".to_owned() }]).await;
        }
    }
}

/// Whoever comes first, nothing with which a user signs in outlives the user.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_passkey_or_device_is_left_behind() {
    for store in both().await {
        let nodes = nodes(&store).await;
        for round in 0..ROUNDS {
            let sub = format!("u{round}");
            store.write(vec![insert(user(&sub))]).await;
            let outcomes = duel(&nodes, |stores, index| {
                let writes = if index == 0 {
                    vec![passkeys::insert_passkey(&sub, &format!("p{round}")), devices::insert_device(&sub, "d")]
                } else {
                    vec![Write::DeleteUser { pool_id: POOL.to_owned(), sub: sub.clone(), version: 1 }]
                };
                async move { stores.submit.submit(writes).await }
            })
            .await;
            assert!(outcomes[1].is_ok(), "{}: {:?}", store.name, outcomes[1]);
            assert_eq!(store.passkeys.passkey(POOL, &format!("p{round}")).await.unwrap(), None, "{}", store.name);
            assert_eq!(store.devices.count(POOL, &sub).await.unwrap(), 0, "{}", store.name);
        }
    }
}

/// Whoever comes first, no client outlives its pool.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_client_is_left_behind() {
    for store in both().await {
        let nodes = nodes(&store).await;
        for round in 0..ROUNDS {
            store.write(vec![Write::InsertPool(Box::new(pool(POOL)))]).await;
            let id = format!("c{round}");
            let outcomes = duel(&nodes, |stores, index| {
                let write = if index == 0 {
                    Write::InsertClient(Box::new(client(POOL, &id)))
                } else {
                    Write::DeletePool { pool_id: POOL.to_owned(), version: 1, now: 1 }
                };
                async move { stores.submit.submit(vec![write]).await }
            })
            .await;
            assert!(outcomes[1].is_ok(), "{}: {:?}", store.name, outcomes[1]);
            assert_eq!(store.config.client(&id).await.unwrap(), None, "{} {round}", store.name);
        }
    }
}
