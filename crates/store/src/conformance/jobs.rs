//! Outbox, leases, pruning.

use stepwell_core::risk::{EVENT_KEPT_FOR, MEMORY_KEPT_FOR, MemoryKind};
use stepwell_core::sessions::{SessionKind, UserSession};
use stepwell_core::{DAY, HOUR, MINUTE};

use super::*;

#[tokio::test]
async fn a_lease_passes_on_when_it_expires() {
    for store in both().await {
        assert!(store.jobs.take_lease("mail", "a", 0, 100).await.unwrap());
        assert!(!store.jobs.take_lease("mail", "b", 99, 100).await.unwrap());
        assert!(store.jobs.take_lease("mail", "a", 99, 100).await.unwrap(), "renewed");
        assert!(!store.jobs.take_lease("mail", "b", 198, 100).await.unwrap());
        assert!(store.jobs.take_lease("mail", "b", 199, 100).await.unwrap(), "taken over");
        assert!(!store.jobs.take_lease("mail", "a", 200, 100).await.unwrap());
        assert!(store.jobs.take_lease("prune", "a", 200, 100).await.unwrap());
        store.jobs.ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_message_is_hidden_while_it_is_tried() {
    for store in both().await {
        store.write((0..4).map(|i| Write::Enqueue(message(&format!("m{i}"), i * 10))).collect()).await;
        let ids = |messages: Vec<OutboxMessage>| {
            let mut ids: Vec<String> = messages.into_iter().map(|message| message.id).collect();
            ids.sort();
            ids
        };
        let taken = store.jobs.take_messages(20, 100, 2).await.unwrap();
        assert!(taken.iter().all(|message| message.attempts == 1 && message.sealed == [1, 2, 3]));
        assert_eq!(ids(taken), ["m0", "m1"]);
        assert_eq!(ids(store.jobs.take_messages(20, 100, 9).await.unwrap()), ["m2"]);
        assert_eq!(store.jobs.take_messages(20, 100, 9).await.unwrap(), []);
        store.jobs.finish_message("m0").await.unwrap();
        store.jobs.retry_message("m1", 25).await.unwrap();
        let again = store.jobs.take_messages(25, 100, 9).await.unwrap();
        assert_eq!((again.len(), again[0].attempts), (1, 2), "{}", store.name);
        store.jobs.finish_message("m1").await.unwrap();
        assert_eq!(ids(store.jobs.take_messages(500, 100, 9).await.unwrap()), ["m2", "m3"], "the hiding ends");
        store.jobs.finish_message("none").await.unwrap();
        store.jobs.retry_message("none", 1).await.unwrap();
    }
}

#[tokio::test]
async fn pruning_takes_what_is_over_and_nothing_else() {
    for store in both().await {
        let spend = |id: String, expires_at| Write::Spend { pool_id: POOL.to_owned(), id, expires_at };
        let now = 10 * DAY;
        store.write((0..10).map(|i| spend(format!("old{i}"), now - HOUR)).collect()).await;
        store.write(vec![spend("fresh".to_owned(), now + 1), spend("just over".to_owned(), now - 1)]).await;
        store.write(vec![Write::PutCode(code("s", 1))]).await;
        for id in ["x", "y"] {
            let rotate =
                Write::Rotate { pool_id: POOL.to_owned(), token_id: id.to_owned(), now: 0, expires_at: now - HOUR };
            let revoke =
                Write::RevokeOrigin { pool_id: POOL.to_owned(), origin_jti: id.to_owned(), expires_at: now - HOUR };
            store.write(vec![rotate, revoke]).await;
            store.guards.record_session_failure(POOL, id, now - HOUR).await.unwrap();
        }
        for (subject, at) in [("long ago", now - DAY - 1), ("lately", now - HOUR)] {
            store.guards.record_failure(POOL, subject, at, HOUR).await.unwrap();
            store.guards.count_use(POOL, subject, "a", at, HOUR).await.unwrap();
        }
        assert_eq!(store.jobs.prune(now, 4).await.unwrap(), 4);
        assert_eq!(store.jobs.prune(now, 100).await.unwrap(), 1 + 10 + 6 + 2 - 4, "{}", store.name);
        assert_eq!(store.jobs.prune(now, 100).await.unwrap(), 0);
        assert!(store.guards.is_spent(POOL, "fresh").await.unwrap());
        // Another node's clock may be behind: what forbids stays a little longer than what it forbids.
        assert!(store.guards.is_spent(POOL, "just over").await.unwrap());
        assert!(store.guards.failures(POOL, "lately").await.unwrap().is_some());
        assert!(store.guards.failures(POOL, "long ago").await.unwrap().is_none());
        assert_eq!(store.guards.count_use(POOL, "lately", "a", now, 2 * HOUR).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn sessions_events_places_and_permits_end() {
    for store in both().await {
        let now = 3 * EVENT_KEPT_FOR;
        let permit = |id: &str, expires_at| Write::Permit { pool_id: POOL.to_owned(), id: id.to_owned(), expires_at };
        let session = |id: &str, expires_at| {
            user_sessions::insert_session(UserSession { expires_at, ..user_sessions::session("u1", id, 1) })
        };
        let event = |id: &str, created_at| risk::insert_event(risk::event("u1", id, created_at));
        let seen = |value, last_at| Write::Remember(risk::memory("u1", MemoryKind::Place, value, last_at));
        store
            .write(vec![insert(user("u1")), devices::insert_device("u1", "d"), passkeys::insert_passkey("u1", "p")])
            .await;
        store
            .write(vec![
                permit("over", now - 5 * MINUTE - 1),
                permit("good", now + 1),
                session("over", now - 5 * MINUTE - 1),
                session("good", now + 1),
                event("over", now - EVENT_KEPT_FOR - 1),
                event("good", now - EVENT_KEPT_FOR),
                seen(1, now - MEMORY_KEPT_FOR - 1),
                seen(2, now - MEMORY_KEPT_FOR),
            ])
            .await;
        assert_eq!(store.jobs.prune(now, 3).await.unwrap(), 3, "{}", store.name);
        assert_eq!(store.jobs.prune(now, 100).await.unwrap(), 1, "{}", store.name);
        assert_eq!(store.jobs.prune(now, 100).await.unwrap(), 0);
        store.write(vec![Write::UsePermit { pool_id: POOL.to_owned(), id: "good".to_owned(), now }]).await;
        assert_eq!(store.user_sessions.count(POOL, "u1", SessionKind::Token, 0).await.unwrap(), 1);
        assert!(store.user_sessions.session(POOL, "u1", "good").await.unwrap().is_some());
        assert!(store.auth_events.event(POOL, "u1", "good").await.unwrap().is_some());
        assert!(store.auth_events.event(POOL, "u1", "over").await.unwrap().is_none());
        let remembered = store.risk.remembered(POOL, "u1").await.unwrap();
        assert_eq!(remembered.iter().map(|memory| memory.value_mac[0]).collect::<Vec<_>>(), [2]);
        assert_eq!(store.devices.count(POOL, "u1").await.unwrap(), 1);
        assert_eq!(store.passkeys.count(POOL, "u1").await.unwrap(), 1);
    }
}
