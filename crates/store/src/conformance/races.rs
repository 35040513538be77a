//! Two at once, many times over: exactly one may win. On PostgreSQL the two are two nodes, each with its own pool.

use std::future::Future;
use std::sync::Arc;

use stepwell_core::ports::store::Conflict;
use stepwell_core::risk::{MEMORIES_PER_USER, MemoryKind};
use tokio::sync::Barrier;

use super::*;

mod left_behind;

const ROUNDS: usize = 40;

/// The stores of two nodes: two engines on PostgreSQL; on SQLite one server and a tool beside it.
async fn nodes(fixture: &Fixture) -> [Stores; 2] {
    [fixture.stores.clone(), crate::open_tool(&fixture.url).await.unwrap()]
}

/// Runs the same attempt twice, started together, one on each node.
async fn duel<T, F>(nodes: &[Stores; 2], attempt: impl Fn(Stores, usize) -> F) -> [T; 2]
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(2));
    let run = |index: usize| {
        let (barrier, work) = (Arc::clone(&barrier), attempt(nodes[index].clone(), index));
        tokio::spawn(async move {
            barrier.wait().await;
            work.await
        })
    };
    let (one, other) = (run(0), run(1));
    [one.await.unwrap(), other.await.unwrap()]
}

/// Submits the two lists of writes at once; exactly one must be stored and the other refused with `conflict`.
async fn one_wins(nodes: &[Stores; 2], conflict: Conflict, writes: impl Fn(usize) -> Vec<Write>) -> usize {
    let outcomes = duel(nodes, |stores, index| {
        let writes = writes(index);
        async move { stores.submit.submit(writes).await }
    })
    .await;
    let lost = |outcome: &Result<(), SubmitError>| matches!(outcome, Err(SubmitError::Conflict { conflict: met, .. }) if *met == conflict);
    match &outcomes {
        [Ok(()), other] if lost(other) => 0,
        [other, Ok(())] if lost(other) => 1,
        _ => panic!("{outcomes:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_code_is_redeemed_once() {
    for store in both().await {
        let nodes = nodes(&store).await;
        for round in 0..ROUNDS {
            let subject = format!("s{round}");
            store.write(vec![Write::PutCode(code(&subject, 1)), insert(user(&subject))]).await;
            // As ConfirmSignUp does: the code goes and the user changes, together.
            let confirmed = store.stored_user(&subject).await;
            one_wins(&nodes, Conflict::Spent, |_| {
                let consume = Write::ConsumeCode {
                    pool_id: POOL.to_owned(),
                    subject: subject.clone(),
                    purpose: CodePurpose::ConfirmSignUp,
                    mac: vec![1; 32],
                };
                vec![consume, update(confirmed.clone())]
            })
            .await;
            assert_eq!(store.stored_user(&subject).await.version, 2);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_attempt_at_a_code_escapes_the_count() {
    for store in both().await {
        let nodes = nodes(&store).await;
        store.write(vec![Write::PutCode(code("s", 1))]).await;
        let mut tasks = Vec::new();
        for i in 0..30 {
            let stores = nodes[i % 2].clone();
            tasks.push(tokio::spawn(async move {
                stores.guards.attempt_code(POOL, "s", CodePurpose::ConfirmSignUp, 0, 10).await.unwrap()
            }));
        }
        let mut attempts = Vec::new();
        for task in tasks {
            attempts.extend(task.await.unwrap().map(|code| code.attempts));
        }
        attempts.sort_unstable();
        assert_eq!(attempts, (1..=10).collect::<Vec<i64>>(), "{}", store.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_user_is_updated_by_one_of_two_writers() {
    for store in both().await {
        let nodes = nodes(&store).await;
        store.write(vec![insert(user("u"))]).await;
        for round in 0..ROUNDS {
            let read = store.stored_user("u").await;
            let winner = one_wins(&nodes, Conflict::Changed, |index| {
                let mut changed = read.clone();
                changed.attributes.insert("name".to_owned(), format!("{round} by {index}").into());
                vec![update(changed)]
            })
            .await;
            let now = store.stored_user("u").await;
            assert_eq!(now.attribute("name"), Some(format!("{round} by {winner}").as_str()), "{}", store.name);
            // The index holds the winner's value and no other.
            let filter = stepwell_core::ports::store::UserFilter {
                attribute: "name".to_owned(),
                value: String::new(),
                prefix: true,
            };
            assert_eq!(store.users.list(POOL, Some(&filter), None, 60).await.unwrap().len(), 1, "{}", store.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_session_is_answered_once() {
    for store in both().await {
        let nodes = nodes(&store).await;
        for round in 0..ROUNDS {
            let spend = Write::Spend { pool_id: POOL.to_owned(), id: format!("session{round}"), expires_at: 1_000 };
            // Alone, and as part of more.
            let rest =
                (round % 2 == 1).then(|| Write::ClearFailures { pool_id: POOL.to_owned(), subject: "s".to_owned() });
            one_wins(&nodes, Conflict::Spent, |_| [spend.clone()].into_iter().chain(rest.clone()).collect()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_refresh_token_is_rotated_once() {
    for store in both().await {
        let nodes = nodes(&store).await;
        for round in 0..ROUNDS {
            let winner = one_wins(&nodes, Conflict::Spent, |index| {
                let now = i64::try_from(index).unwrap();
                let token_id = format!("token{round}");
                vec![Write::Rotate { pool_id: POOL.to_owned(), token_id, now, expires_at: 1_000 }]
            })
            .await;
            let rotated = store.guards.rotated_at(POOL, &format!("token{round}")).await.unwrap();
            assert_eq!(rotated, Some(i64::try_from(winner).unwrap()), "{}", store.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_alias_is_claimed_by_one_user() {
    for store in both().await {
        let nodes = nodes(&store).await;
        for round in 0..ROUNDS {
            // As a sign-up with UsernameAttributes does: the loser's user must not stay.
            let winner = one_wins(&nodes, Conflict::AliasTaken, |index| {
                let sub = format!("u{round}-{index}");
                vec![insert(user(&sub)), Write::ClaimAlias(alias(&format!("{round}@x"), &sub))]
            })
            .await;
            let holder = store.users.by_alias(POOL, "email", &format!("{round}@x")).await.unwrap().unwrap();
            assert_eq!(holder.sub, format!("u{round}-{winner}"));
            let loser = format!("u{round}-{}", 1 - winner);
            assert_eq!(store.users.by_sub(POOL, &loser).await.unwrap(), None, "{}", store.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_username_is_taken_once() {
    for store in both().await {
        let nodes = nodes(&store).await;
        for round in 0..ROUNDS {
            one_wins(&nodes, Conflict::Exists, |index| {
                vec![insert(User { username_key: format!("same{round}"), ..user(&format!("u{round}-{index}")) })]
            })
            .await;
        }
        assert_eq!(store.users.estimated_count(POOL).await.unwrap(), i64::try_from(ROUNDS).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_workers_share_the_outbox() {
    for store in both().await {
        let nodes = nodes(&store).await;
        for round in 0..10 {
            store.write((0..20).map(|i| Write::Enqueue(message(&format!("r{round}m{i:02}"), i))).collect()).await;
            let mut taken = Vec::new();
            while taken.len() < 20 {
                let found =
                    duel(&nodes, |stores, _| async move { stores.jobs.take_messages(100, 100, 7).await.unwrap() });
                taken.extend(found.await.into_iter().flatten().map(|message| message.id));
            }
            taken.sort();
            taken.dedup();
            assert_eq!(taken.len(), 20, "{}: each message once", store.name);
            for id in taken {
                store.jobs.finish_message(&id).await.unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_expired_lease_has_one_heir() {
    for store in both().await {
        let nodes = nodes(&store).await;
        for round in 0..i64::try_from(ROUNDS).unwrap() {
            let heirs = duel(&nodes, |stores, index| async move {
                stores.jobs.take_lease("l", &format!("{round}-{index}"), round * 100, 100).await.unwrap()
            });
            let heirs = heirs.await;
            assert!(heirs[0] ^ heirs[1], "{}: {heirs:?}", store.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn counts_miss_nothing() {
    for store in both().await {
        let nodes = nodes(&store).await;
        let mut tasks = Vec::new();
        for i in 0..40 {
            let stores = nodes[i % 2].clone();
            tasks.push(tokio::spawn(async move {
                stores.guards.record_failure(POOL, "s", 5, 100).await.unwrap();
                stores.guards.record_session_failure(POOL, "s", 5).await.unwrap();
                stores.guards.count_use(POOL, "s", "a", 5, 100).await.unwrap();
                stores.submit.submit(vec![Write::BumpConfigVersion]).await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(store.guards.failures(POOL, "s").await.unwrap().unwrap().count, 40, "{}", store.name);
        assert_eq!(store.guards.session_failures(POOL, "s").await.unwrap(), 40);
        assert_eq!(store.guards.count_use(POOL, "s", "a", 5, 100).await.unwrap(), 41);
        assert_eq!(store.config.config_version().await.unwrap(), 41);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_permit_serves_one_of_two() {
    for store in both().await {
        let nodes = nodes(&store).await;
        for round in 0..ROUNDS {
            let id = format!("permit{round}");
            store.write(vec![Write::Permit { pool_id: POOL.to_owned(), id: id.clone(), expires_at: 10 }]).await;
            one_wins(&nodes, Conflict::Spent, |_| {
                vec![Write::UsePermit { pool_id: POOL.to_owned(), id: id.clone(), now: 1 }]
            })
            .await;
        }
    }
}

/// Two users, one authenticator's credential id: it is the first one's.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_passkey_is_registered_once() {
    for store in both().await {
        let nodes = nodes(&store).await;
        store.write(vec![insert(user("u0")), insert(user("u1"))]).await;
        for round in 0..ROUNDS {
            let id = format!("credential{round}");
            let winner =
                one_wins(&nodes, Conflict::Exists, |index| vec![passkeys::insert_passkey(&format!("u{index}"), &id)])
                    .await;
            let stored = store.passkeys.passkey(POOL, &id).await.unwrap().unwrap();
            assert_eq!(stored.sub, format!("u{winner}"), "{}", store.name);
        }
    }
}

/// A cloned authenticator shows by its counter only if no two assertions are judged against the same one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_assertion_moves_the_counter() {
    for store in both().await {
        let nodes = nodes(&store).await;
        store
            .write(vec![insert(user("u")), passkeys::insert_passkey("u", "p"), devices::insert_device("u", "d")])
            .await;
        for round in 0..ROUNDS {
            let passkey = store.passkeys.passkey(POOL, "p").await.unwrap().unwrap();
            let device = store.devices.device(POOL, "u", "d").await.unwrap().unwrap();
            let winner = one_wins(&nodes, Conflict::Changed, |index| {
                let (mut passkey, mut device) = (passkey.clone(), device.clone());
                passkey.counter = i64::try_from(round * 2 + index).unwrap();
                device.name = Some(passkey.counter.to_string());
                vec![Write::UpdatePasskey(Box::new(passkey)), Write::UpdateDevice(Box::new(device))]
            })
            .await;
            let counter = i64::try_from(round * 2 + winner).unwrap();
            assert_eq!(store.passkeys.passkey(POOL, "p").await.unwrap().unwrap().counter, counter, "{}", store.name);
            let name = store.devices.device(POOL, "u", "d").await.unwrap().unwrap().name;
            assert_eq!(name, Some(counter.to_string()));
        }
    }
}

/// Many sign-ins of one user at once, each remembering three things: none is refused, and the bound holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sign_ins_at_once_are_all_remembered() {
    for store in both().await {
        let nodes = nodes(&store).await;
        store
            .write(vec![insert(user("u")), user_sessions::insert_session(user_sessions::session("u", "tkn1", 1))])
            .await;
        let mut tasks = Vec::new();
        for i in 0..60_u8 {
            let stores = nodes[usize::from(i % 2)].clone();
            tasks.push(tokio::spawn(async move {
                let at = 1_000 + i64::from(i);
                let kinds = [MemoryKind::Device, MemoryKind::Network, MemoryKind::Place];
                let mut writes: Vec<Write> =
                    kinds.map(|kind| Write::Remember(risk::memory("u", kind, i / 2, at))).into();
                writes.push(risk::insert_event(risk::event("u", &format!("e{i}"), at)));
                writes.push(Write::TouchUserSession {
                    pool_id: POOL.to_owned(),
                    sub: "u".to_owned(),
                    id: "tkn1".to_owned(),
                    last_used_at: at,
                    activity: stepwell_core::sessions::SessionActivity::default(),
                });
                stores.submit.submit(writes).await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let bound = usize::try_from(MEMORIES_PER_USER).unwrap();
        let remembered = store.risk.remembered(POOL, "u").await.unwrap();
        assert_eq!(remembered.len(), bound, "{}", store.name);
        assert_eq!(remembered[0].last_at, 1_059, "{}", store.name);
        assert_eq!(store.auth_events.list(POOL, "u", None, 100).await.unwrap().len(), 60);
        let session = store.user_sessions.session(POOL, "u", "tkn1").await.unwrap().unwrap();
        assert_eq!(session.last_used_at, 1_059, "{}", store.name);
    }
}

/// The last place is taken once, by clients as by resource servers.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_place_in_a_pool_is_taken_once() {
    for store in both().await {
        let nodes = nodes(&store).await;
        let server = |id: &str| Write::InsertResourceServer(Box::new(resource_servers::resource_server(id)));
        let app = |id: &str| Write::InsertClient(Box::new(client(POOL, id)));
        store.write(vec![Write::InsertPool(Box::new(pool(POOL)))]).await;
        store.write((0..24).map(|n| server(&format!("s{n}"))).collect()).await;
        store.write((0..999).map(|n| app(&format!("c{n}"))).collect()).await;
        for round in 0..ROUNDS {
            let winner = one_wins(&nodes, Conflict::Full, |index| vec![server(&format!("last{round}-{index}"))]).await;
            let identifier = format!("last{round}-{winner}");
            store.write(vec![Write::DeleteResourceServer { pool_id: POOL.to_owned(), identifier }]).await;
            let winner = one_wins(&nodes, Conflict::Full, |index| vec![app(&format!("last{round}-{index}"))]).await;
            let client_id = format!("last{round}-{winner}");
            store.write(vec![Write::DeleteClient { pool_id: POOL.to_owned(), client_id }]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_place_for_an_identity_pool_is_taken_once() {
    for store in both().await {
        let nodes = nodes(&store).await;
        let insert = |id: &str| Write::InsertIdentityPool(Box::new(identity_pools::identity_pool(id)));
        store.write((0..999).map(|n| insert(&format!("r:{n}"))).collect()).await;
        for round in 0..ROUNDS {
            let winner = one_wins(&nodes, Conflict::Full, |index| vec![insert(&format!("last{round}-{index}"))]).await;
            let pool_id = format!("last{round}-{winner}");
            store.write(vec![Write::DeleteIdentityPool { pool_id, version: 1, now: 5 }]).await;
        }
    }
}
