//! Threat protection: events and what is remembered.

use stepwell_core::ports::store::{After, Conflict};
use stepwell_core::risk::{
    AuthEvent, EventChallenge, EventContext, EventFeedback, EventRisk, Location, MEMORIES_PER_USER, MemoryKind,
    Remembered,
};

use super::*;

pub(super) fn event(sub: &str, id: &str, created_at: i64) -> AuthEvent {
    AuthEvent {
        pool_id: POOL.to_owned(),
        sub: sub.to_owned(),
        id: id.to_owned(),
        created_at,
        event_type: "SignIn".to_owned(),
        response: "InProgress".to_owned(),
        risk: EventRisk { level: Some("High".to_owned()), decision: Some("Block".to_owned()), compromised: Some(true) },
        challenges: vec![EventChallenge { name: "Password".to_owned(), response: "Success".to_owned() }],
        context: EventContext { city: Some("Zürich \"City\"".to_owned()), ..EventContext::default() },
        feedback: None,
        version: 0,
    }
}

pub(super) fn insert_event(event: AuthEvent) -> Write {
    Write::InsertAuthEvent(Box::new(event))
}

pub(super) fn memory(sub: &str, kind: MemoryKind, value: u8, last_at: i64) -> Remembered {
    Remembered {
        pool_id: POOL.to_owned(),
        sub: sub.to_owned(),
        kind,
        value_mac: vec![value; 32],
        last_at,
        location: Some(Location { latitude: 47.376_887, longitude: -0.1 }),
    }
}

#[tokio::test]
async fn events_are_versioned() {
    for store in both().await {
        store.write(vec![insert_event(event("nobody", "e", 1)), insert(user("u1"))]).await;
        assert_eq!(store.auth_events.event(POOL, "nobody", "e").await.unwrap(), None, "{}", store.name);
        store.write(vec![insert_event(event("u1", "e", 1)), insert_event(event("u1", "e", 2))]).await;
        let mut read = store.auth_events.event(POOL, "u1", "e").await.unwrap().unwrap();
        assert_eq!(read, AuthEvent { version: 1, ..event("u1", "e", 1) });
        assert_eq!(store.auth_events.event(POOL, "u2", "e").await.unwrap(), None);
        assert_eq!(store.auth_events.event(OTHER_POOL, "u1", "e").await.unwrap(), None);

        "Pass".clone_into(&mut read.response);
        read.feedback = Some(EventFeedback { value: "Valid".to_owned(), provider: "Admin".to_owned(), at: 9 });
        store.write(vec![Write::UpdateAuthEvent(Box::new(read.clone()))]).await;
        assert_eq!(store.conflict(vec![Write::UpdateAuthEvent(Box::new(read.clone()))]).await, (0, Conflict::Changed));
        let elsewhere = AuthEvent { sub: "u2".to_owned(), version: 2, ..read.clone() };
        assert_eq!(store.conflict(vec![Write::UpdateAuthEvent(Box::new(elsewhere))]).await, (0, Conflict::Changed));
        let again = store.auth_events.event(POOL, "u1", "e").await.unwrap();
        assert_eq!(again, Some(AuthEvent { version: 2, ..read }));
    }
}

#[tokio::test]
async fn events_are_listed_newest_first() {
    for store in both().await {
        store.write(vec![insert(user("u1")), insert(user("u2")), insert_event(event("u2", "x", 9))]).await;
        for (id, at) in [("a", 1), ("b", 2), ("c", 2), ("d", 2), ("e", -3)] {
            store.write(vec![insert_event(event("u1", id, at))]).await;
        }
        let mut seen = Vec::new();
        let mut position: Option<After> = None;
        for page in 0..9 {
            let found = store.auth_events.list(POOL, "u1", position.as_ref(), 2).await.unwrap();
            let Some(last) = found.last() else { break };
            position = Some(After::at(last.created_at, &last.id));
            store.write(vec![insert_event(event("u1", &format!("new{page}"), 50 + page))]).await;
            seen.extend(found.into_iter().map(|event| event.id));
        }
        assert_eq!(seen, ["d", "c", "b", "a", "e"], "{}", store.name);
    }
}

#[tokio::test]
async fn the_latest_places_are_remembered() {
    for store in both().await {
        let remember = |kind, value, last_at| Write::Remember(memory("u1", kind, value, last_at));
        store.write(vec![remember(MemoryKind::Device, 1, 1), insert(user("u1")), insert(user("u2"))]).await;
        assert_eq!(store.risk.remembered(POOL, "u1").await.unwrap(), [], "nobody's");
        store
            .write(vec![
                remember(MemoryKind::Device, 1, 10),
                remember(MemoryKind::Network, 1, 11),
                remember(MemoryKind::Place, 1, 12),
                Write::Remember(memory("u2", MemoryKind::Place, 1, 13)),
            ])
            .await;
        // Seen again later, and a note of an earlier sign-in that comes late.
        let elsewhere = Remembered { location: None, ..memory("u1", MemoryKind::Device, 1, 20) };
        store.write(vec![Write::Remember(elsewhere.clone()), remember(MemoryKind::Device, 1, 15)]).await;
        let expected = [elsewhere, memory("u1", MemoryKind::Place, 1, 12), memory("u1", MemoryKind::Network, 1, 11)];
        assert_eq!(store.risk.remembered(POOL, "u1").await.unwrap(), expected, "{}", store.name);

        // Beyond the bound the oldest go, and only this user's.
        let all = u8::try_from(MEMORIES_PER_USER).unwrap();
        for value in 0..all {
            store.write(vec![remember(MemoryKind::Network, 100 + value, 100 + i64::from(value))]).await;
        }
        let found = store.risk.remembered(POOL, "u1").await.unwrap();
        let values: Vec<u8> = found.iter().map(|memory| memory.value_mac[0]).collect();
        assert_eq!(values, (100..100 + all).rev().collect::<Vec<u8>>(), "{}", store.name);
        store.write(vec![remember(MemoryKind::Network, 1, 5)]).await;
        assert_eq!(store.risk.remembered(POOL, "u1").await.unwrap(), found, "older than all: forgotten at once");
        assert_eq!(store.risk.remembered(POOL, "u2").await.unwrap(), [memory("u2", MemoryKind::Place, 1, 13)]);
        assert_eq!(store.risk.remembered(OTHER_POOL, "u1").await.unwrap(), []);
    }
}
