//! Codes, failures, single use, revocation, quotas.

use stepwell_core::ports::store::{Conflict, Failures};

use super::*;

const PURPOSE: CodePurpose = CodePurpose::ConfirmSignUp;

fn consume(subject: &str, mac: u8) -> Write {
    Write::ConsumeCode { pool_id: POOL.to_owned(), subject: subject.to_owned(), purpose: PURPOSE, mac: vec![mac; 32] }
}

#[tokio::test]
async fn attempts_at_a_code_are_counted_and_limited() {
    for store in both().await {
        store.write(vec![Write::PutCode(code("s", 1))]).await;
        for attempt in 1..=3 {
            let found = store.guards.attempt_code(POOL, "s", PURPOSE, 10, 3).await.unwrap().unwrap();
            assert_eq!(found, Code { attempts: attempt, ..code("s", 1) });
        }
        assert_eq!(store.guards.attempt_code(POOL, "s", PURPOSE, 10, 3).await.unwrap(), None);
        assert_eq!(store.guards.code(POOL, "s", PURPOSE).await.unwrap().unwrap().attempts, 3);
        assert_eq!(store.guards.attempt_code(POOL, "s", CodePurpose::ForgotPassword, 10, 3).await.unwrap(), None);
        assert_eq!(store.guards.attempt_code(OTHER_POOL, "s", PURPOSE, 10, 3).await.unwrap(), None);

        // A new code starts afresh and ends the old one.
        store.write(vec![Write::PutCode(code("s", 2))]).await;
        assert_eq!(store.conflict(vec![consume("s", 1)]).await, (0, Conflict::Spent));
        assert_eq!(store.guards.attempt_code(POOL, "s", PURPOSE, 999, 3).await.unwrap().unwrap().attempts, 1);
        assert_eq!(store.guards.attempt_code(POOL, "s", PURPOSE, 1_000, 3).await.unwrap(), None, "expired");
        store.write(vec![consume("s", 2)]).await;
        assert_eq!(store.conflict(vec![consume("s", 2)]).await, (0, Conflict::Spent), "{}", store.name);

        store.write(vec![Write::PutCode(code("t", 1))]).await;
        let delete = Write::DeleteCode { pool_id: POOL.to_owned(), subject: "t".to_owned(), purpose: PURPOSE };
        store.write(vec![delete.clone(), delete]).await;
        assert_eq!(store.guards.code(POOL, "t", PURPOSE).await.unwrap(), None);
    }
}

#[tokio::test]
async fn failures_are_forgotten_after_a_while() {
    for store in both().await {
        assert_eq!(store.guards.failures(POOL, "s").await.unwrap(), None);
        for (now, count) in [(0, 1), (100, 2), (200, 3), (300, 4), (401, 1), (402, 2)] {
            let failures = store.guards.record_failure(POOL, "s", now, 100).await.unwrap();
            assert_eq!(failures, Failures { count, last_at: now }, "{}", store.name);
            assert_eq!(store.guards.failures(POOL, "s").await.unwrap(), Some(failures));
        }
        assert_eq!(store.guards.failures(POOL, "t").await.unwrap(), None);
        let clear = Write::ClearFailures { pool_id: POOL.to_owned(), subject: "s".to_owned() };
        store.write(vec![clear.clone(), clear]).await;
        assert_eq!(store.guards.failures(POOL, "s").await.unwrap(), None);
    }
}

#[tokio::test]
async fn single_use_is_single() {
    for store in both().await {
        let spend = |id: &str| Write::Spend { pool_id: POOL.to_owned(), id: id.to_owned(), expires_at: 9 };
        assert!(!store.guards.is_spent(POOL, "x").await.unwrap());
        store.write(vec![spend("x")]).await;
        assert!(store.guards.is_spent(POOL, "x").await.unwrap());
        assert!(!store.guards.is_spent(OTHER_POOL, "x").await.unwrap());
        assert_eq!(store.conflict(vec![spend("y"), spend("x")]).await, (1, Conflict::Spent));
        assert!(!store.guards.is_spent(POOL, "y").await.unwrap(), "{}", store.name);

        assert_eq!(store.guards.session_failures(POOL, "x").await.unwrap(), 0);
        assert_eq!(store.guards.record_session_failure(POOL, "x", 9).await.unwrap(), 1);
        assert_eq!(store.guards.record_session_failure(POOL, "x", 9).await.unwrap(), 2);
        assert_eq!(store.guards.session_failures(POOL, "x").await.unwrap(), 2);

        let rotate = |now| Write::Rotate { pool_id: POOL.to_owned(), token_id: "r".to_owned(), now, expires_at: 99 };
        assert_eq!(store.guards.rotated_at(POOL, "r").await.unwrap(), None);
        store.write(vec![rotate(5)]).await;
        assert_eq!(store.conflict(vec![rotate(6)]).await, (0, Conflict::Spent));
        assert_eq!(store.guards.rotated_at(POOL, "r").await.unwrap(), Some(5));
    }
}

/// The one read of a refresh sees what the single reads see, and nothing of other pools, users or tokens.
#[tokio::test]
async fn a_refresh_token_is_read_with_its_user() {
    for store in both().await {
        store.write(vec![insert(user("u1")), insert(user("u2"))]).await;
        let read = async |pool: &str, sub: &str, origin: &str, token: &str| {
            let found = store.users.of_refresh_token(pool, sub, origin, token).await.unwrap();
            found.map(|found| (found.user, found.is_revoked, found.is_rotated_out))
        };
        let (first, second) = (store.stored_user("u1").await, store.stored_user("u2").await);
        assert_eq!(read(POOL, "u1", "o", "r").await, Some((first.clone(), false, false)), "{}", store.name);

        let revoke = Write::RevokeOrigin { pool_id: POOL.to_owned(), origin_jti: "o".to_owned(), expires_at: 99 };
        store.write(vec![revoke]).await;
        assert_eq!(read(POOL, "u1", "o", "r").await, Some((first.clone(), true, false)));
        let rotate = Write::Rotate { pool_id: POOL.to_owned(), token_id: "r".to_owned(), now: 5, expires_at: 99 };
        store.write(vec![rotate]).await;
        assert_eq!(read(POOL, "u1", "o", "r").await, Some((first.clone(), true, true)));
        assert_eq!(read(POOL, "u1", "p", "r").await, Some((first.clone(), false, true)));
        assert_eq!(read(POOL, "u1", "p", "s").await, Some((first, false, false)));
        assert_eq!(read(POOL, "u2", "o", "s").await, Some((second, true, false)));
        assert_eq!(read(POOL, "u3", "o", "r").await, None);
        assert_eq!(read(OTHER_POOL, "u1", "o", "r").await, None, "{}", store.name);
    }
}

/// A sign-in's code belongs to its Session, and serves no other purpose.
#[tokio::test]
async fn the_codes_of_a_sign_in_belong_to_its_session() {
    for store in both().await {
        let purposes = [
            CodePurpose::FirstFactorEmail,
            CodePurpose::FirstFactorSms,
            CodePurpose::MfaEmail,
            CodePurpose::MfaSms,
            CodePurpose::ConfirmSignUp,
            CodePurpose::ForgotPassword,
            CodePurpose::VerifyEmail,
            CodePurpose::VerifyPhoneNumber,
        ];
        for purpose in purposes {
            store.write(vec![Write::PutCode(Code { purpose, ..code("session-1", 1) })]).await;
            assert_eq!(store.guards.code(POOL, "session-2", purpose).await.unwrap(), None);
            let mine = store.guards.attempt_code(POOL, "session-1", purpose, 10, 3).await.unwrap().unwrap();
            assert_eq!(mine.purpose, purpose);
            for other in purposes.into_iter().filter(|other| *other != purpose) {
                assert_eq!(store.guards.code(POOL, "session-1", other).await.unwrap(), None, "{}", store.name);
            }
            // Pruned with the Session that it belonged to (whose end is the code's).
            assert_eq!(store.jobs.prune(10_000_000, 100).await.unwrap(), 1, "{}", store.name);
            assert_eq!(store.guards.code(POOL, "session-1", purpose).await.unwrap(), None);
        }
    }
}

#[tokio::test]
async fn a_permit_is_used_once_and_in_time() {
    for store in both().await {
        let permit = |id: &str, expires_at| Write::Permit { pool_id: POOL.to_owned(), id: id.to_owned(), expires_at };
        let r#use =
            |pool_id: &str, id: &str, now| Write::UsePermit { pool_id: pool_id.to_owned(), id: id.to_owned(), now };
        assert_eq!(store.conflict(vec![r#use(POOL, "x", 0)]).await, (0, Conflict::Spent), "never given");
        store.write(vec![permit("x", 100)]).await;
        assert_eq!(store.conflict(vec![r#use(OTHER_POOL, "x", 0)]).await, (0, Conflict::Spent));
        assert_eq!(store.conflict(vec![r#use(POOL, "x", 100)]).await, (0, Conflict::Spent), "expired");
        store.write(vec![r#use(POOL, "x", 99)]).await;
        assert_eq!(store.conflict(vec![r#use(POOL, "x", 99)]).await, (0, Conflict::Spent), "{}", store.name);
        // Given twice is one permit, with the later life; and what fails beside it leaves it whole.
        store.write(vec![permit("x", 100), permit("x", 200)]).await;
        let failing = vec![r#use(POOL, "x", 150), r#use(POOL, "y", 150)];
        assert_eq!(store.conflict(failing).await, (1, Conflict::Spent));
        store.write(vec![r#use(POOL, "x", 150)]).await;
        assert_eq!(store.conflict(vec![r#use(POOL, "x", 150)]).await, (0, Conflict::Spent), "{}", store.name);
    }
}

#[tokio::test]
async fn revocation_lasts_as_long_as_the_longest_token() {
    for store in both().await {
        let revoke =
            |expires_at| Write::RevokeOrigin { pool_id: POOL.to_owned(), origin_jti: "o".to_owned(), expires_at };
        let much_later = 10_000_000_000;
        store.write(vec![revoke(1), revoke(much_later), revoke(2)]).await;
        assert!(store.guards.is_revoked(POOL, "o").await.unwrap());
        assert!(!store.guards.is_revoked(POOL, "p").await.unwrap());
        assert_eq!(store.jobs.prune(much_later - 1, 100).await.unwrap(), 0, "{}", store.name);
        assert!(store.guards.is_revoked(POOL, "o").await.unwrap());
    }
}

#[tokio::test]
async fn uses_are_counted_per_window() {
    for store in both().await {
        for (now, count) in [(0, 1), (50, 2), (99, 3), (100, 1), (150, 2), (199, 3), (250, 1)] {
            assert_eq!(store.guards.count_use(POOL, "s", "resend", now, 100).await.unwrap(), count, "{}", store.name);
        }
        assert_eq!(store.guards.count_use(POOL, "s", "other", 250, 100).await.unwrap(), 1);
    }
}
