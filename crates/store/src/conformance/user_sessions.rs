//! Tracked sessions.

use stepwell_core::ports::store::{After, Conflict, StoreError};
use stepwell_core::sessions::{SessionActivity, SessionKind, UserSession};

use super::*;

pub(super) fn session(sub: &str, id: &str, created_at: i64) -> UserSession {
    UserSession {
        pool_id: POOL.to_owned(),
        sub: sub.to_owned(),
        id: id.to_owned(),
        kind: SessionKind::Token,
        client_id: "c1".to_owned(),
        origin_jti: Some(format!("origin of {id}")),
        generation: 0,
        created_at,
        expires_at: 1_000,
        linked_to: Some("sso1".to_owned()),
        last_used_at: created_at,
        activity: SessionActivity {
            ip_address: Some("192.0.2.1".to_owned()),
            device: Some("ünïcode \"quoted\"".to_owned()),
            city: None,
            country: None,
        },
    }
}

pub(super) fn insert_session(session: UserSession) -> Write {
    Write::InsertUserSession(Box::new(session))
}

pub(super) fn touch(id: &str, last_used_at: i64) -> Write {
    Write::TouchUserSession {
        pool_id: POOL.to_owned(),
        sub: "u1".to_owned(),
        id: id.to_owned(),
        last_used_at,
        activity: SessionActivity { device: Some(format!("at {last_used_at}")), ..SessionActivity::default() },
    }
}

fn delete(sub: &str, id: &str) -> Write {
    Write::DeleteUserSession { pool_id: POOL.to_owned(), sub: sub.to_owned(), id: id.to_owned() }
}

fn ids(sessions: Vec<UserSession>) -> Vec<String> {
    sessions.into_iter().map(|session| session.id).collect()
}

#[tokio::test]
async fn a_session_is_found_and_touched() {
    for store in both().await {
        let fresh = session("u1", "tkn1", 10);
        assert_eq!(store.conflict(vec![insert_session(fresh.clone())]).await, (0, Conflict::Changed), "nobody's");
        store.write(vec![insert(user("u1")), insert(user("u2")), insert_session(fresh.clone())]).await;
        assert_eq!(store.conflict(vec![insert_session(fresh.clone())]).await, (0, Conflict::Changed), "taken");
        let sso = UserSession { kind: SessionKind::Sso, origin_jti: None, linked_to: None, ..session("u1", "sso1", 5) };
        store.write(vec![insert_session(sso.clone())]).await;
        assert_eq!(store.user_sessions.session(POOL, "u1", "sso1").await.unwrap(), Some(sso));
        assert_eq!(store.user_sessions.session(POOL, "u1", "tkn1").await.unwrap(), Some(fresh.clone()));
        assert_eq!(store.user_sessions.by_origin(POOL, "origin of tkn1").await.unwrap(), Some(fresh.clone()));
        assert_eq!(store.user_sessions.by_origin(POOL, "").await.unwrap(), None, "{}: not every SSO", store.name);
        assert_eq!(store.user_sessions.by_origin(OTHER_POOL, "origin of tkn1").await.unwrap(), None);
        assert_eq!(store.user_sessions.session(POOL, "u2", "tkn1").await.unwrap(), None);

        // The later use stands, whatever the order of the two writes; one that is gone is no error.
        store.write(vec![touch("tkn1", 30), touch("tkn1", 20), touch("none", 20)]).await;
        let touched = store.user_sessions.session(POOL, "u1", "tkn1").await.unwrap().unwrap();
        let activity = SessionActivity { device: Some("at 30".to_owned()), ..SessionActivity::default() };
        assert_eq!(touched, UserSession { last_used_at: 30, activity, ..fresh });

        store.write(vec![delete("u2", "tkn1")]).await;
        assert!(store.user_sessions.session(POOL, "u1", "tkn1").await.unwrap().is_some(), "another user's");
        store.write(vec![delete("u1", "tkn1"), delete("u1", "tkn1")]).await;
        assert_eq!(store.user_sessions.session(POOL, "u1", "tkn1").await.unwrap(), None);
        store.write(vec![touch("tkn1", 40)]).await;
        assert_eq!(store.user_sessions.session(POOL, "u1", "tkn1").await.unwrap(), None, "not brought back");
    }
}

#[tokio::test]
async fn sessions_are_listed_newest_first_while_others_come_and_go() {
    for store in both().await {
        store.write(vec![insert(user("u1")), insert(user("u2")), insert_session(session("u2", "tknx", 5))]).await;
        // Ties, so that a page ends between equals.
        for (id, at) in [("a", 1), ("b", 2), ("c", 2), ("d", 2), ("e", 3), ("f", 4)] {
            store.write(vec![insert_session(session("u1", id, at))]).await;
        }
        let ended = UserSession { expires_at: 100, ..session("u1", "ended", 2) };
        store.write(vec![insert_session(ended)]).await;
        let mut seen = Vec::new();
        let mut position: Option<After> = None;
        for page in 0..9 {
            let found = store.user_sessions.list(POOL, "u1", 100, position.as_ref(), 2).await.unwrap();
            let Some(last) = found.last() else { break };
            position = Some(After::at(last.created_at, &last.id));
            // Between the pages the last one goes, a new one comes, and all are used.
            let newer = session("u1", &format!("new{page}"), 50 + page);
            store.write(vec![delete("u1", &last.id), insert_session(newer), touch("a", 60 + page)]).await;
            seen.extend(ids(found));
        }
        assert_eq!(seen, ["f", "e", "d", "c", "b", "a"], "{}", store.name);
        let earlier = ids(store.user_sessions.list(POOL, "u1", 99, None, 99).await.unwrap());
        assert!(earlier.contains(&"ended".to_owned()), "{earlier:?}");
        assert!(store.user_sessions.list(POOL, "u1", 1_000, None, 99).await.unwrap().is_empty());
        let odd = After { value: "x".to_owned(), id: "y".to_owned() };
        let odd = store.user_sessions.list(POOL, "u1", 0, Some(&odd), 9).await;
        assert!(matches!(odd, Err(StoreError::Corrupt(_))));
    }
}

#[tokio::test]
async fn the_least_recently_used_come_first() {
    for store in both().await {
        store.write(vec![insert(user("u1"))]).await;
        for (id, at) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
            store.write(vec![insert_session(session("u1", id, at))]).await;
        }
        let sso = UserSession { kind: SessionKind::Sso, ..session("u1", "sso1", 0) };
        let ended = UserSession { expires_at: 100, ..session("u1", "ended", 0) };
        store.write(vec![insert_session(sso), insert_session(ended), touch("a", 50), touch("c", 5)]).await;
        let least = async |kind, now, limit| {
            ids(store.user_sessions.least_recently_used(POOL, "u1", kind, now, limit).await.unwrap())
        };
        assert_eq!(least(SessionKind::Token, 100, 2).await, ["b", "d"], "{}", store.name);
        assert_eq!(least(SessionKind::Token, 99, 9).await, ["ended", "b", "d", "c", "a"]);
        assert_eq!(least(SessionKind::Sso, 100, 9).await, ["sso1"]);
        let count = async |kind, now| store.user_sessions.count(POOL, "u1", kind, now).await.unwrap();
        assert_eq!(count(SessionKind::Token, 99).await, 5);
        assert_eq!(count(SessionKind::Token, 100).await, 4, "what has ended does not count");
        assert_eq!(count(SessionKind::Sso, 100).await, 1);
        assert_eq!(count(SessionKind::Token, 1_000).await, 0);
        assert_eq!(store.user_sessions.count(POOL, "u2", SessionKind::Token, 0).await.unwrap(), 0);
    }
}
