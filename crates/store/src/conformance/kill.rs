//! A writer killed in the middle of its work: every acknowledged row is there.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::testing::PostgresServer;

const URL: &str = "STEPWELL_STORE_KILL_TEST_URL";
const WRITERS: usize = 8;

/// Not a test by itself: the process that is killed. Writes users and says which ones were acknowledged.
#[test]
#[ignore = "run by the tests below as a child process"]
fn writer() {
    let Ok(url) = std::env::var(URL) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let stores = crate::open(&url).await.unwrap();
        let run = std::process::id();
        let mut tasks = Vec::new();
        for writer in 0..WRITERS {
            let stores = stores.clone();
            tasks.push(tokio::spawn(async move {
                for i in 0.. {
                    let sub = format!("{run}-{writer}-{i}");
                    let writes = vec![
                        insert(user(&sub)),
                        Write::ClaimAlias(alias(&sub, &sub)),
                        Write::Spend { pool_id: POOL.to_owned(), id: sub.clone(), expires_at: 1 },
                    ];
                    if stores.submit.submit(writes).await.is_ok() {
                        println!("ACK {sub}");
                    } else {
                        // The database is being killed; nothing was acknowledged.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// Starts a writer, lets it work, calls `disturb`, kills it with SIGKILL; returns what it had acknowledged.
fn killed_writer(url: &str, after: Duration, disturb: impl FnOnce()) -> BTreeSet<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "conformance::kill::writer", "--ignored", "--nocapture", "--test-threads=1"])
        .env(URL, url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        // A line cut off by the kill has no newline, but looks like a shorter name: it must not count.
        lines.filter_map(|line| line.split_once("ACK ").map(|(_, sub)| sub.to_owned())).collect::<Vec<_>>()
    });
    std::thread::sleep(after);
    disturb();
    child.kill().unwrap();
    child.wait().unwrap();
    let mut acknowledged = reader.join().unwrap();
    acknowledged.pop();
    acknowledged.into_iter().collect()
}

async fn check(url: &str, acknowledged: &BTreeSet<String>) {
    let stores = crate::open(url).await.unwrap();
    for sub in acknowledged {
        assert!(stores.users.by_sub(POOL, sub).await.unwrap().is_some(), "{sub} was acknowledged and is lost");
        assert!(stores.guards.is_spent(POOL, sub).await.unwrap(), "{sub}");
    }
    // Nothing half-written: every user has its alias.
    let mut position = None;
    loop {
        let page = stores.users.list(POOL, None, position.as_ref(), 500).await.unwrap();
        let Some(last) = page.last() else { break };
        position = Some(stepwell_core::ports::store::After { value: last.sub.clone(), id: last.sub.clone() });
        for user in &page {
            let holder = stores.users.by_alias(POOL, "email", &user.sub).await.unwrap();
            assert_eq!(holder.as_ref(), Some(user));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_writer_keeps_its_word() {
    for store in both().await {
        let Fixture { url, stores, name, _folder } = store;
        // Only one server may use a SQLite file.
        drop(stores);
        let mut all = BTreeSet::new();
        for round in 0..5 {
            let url = url.clone();
            let after = Duration::from_millis(400 + 130 * round);
            let acknowledged = tokio::task::spawn_blocking(move || killed_writer(&url, after, || {})).await.unwrap();
            all.extend(acknowledged);
        }
        assert!(all.len() > 100, "{name}: only {} acknowledged", all.len());
        check(&url, &all).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_postgres_keeps_its_word() {
    let server = Arc::new(PostgresServer::start("").unwrap());
    let url = server.create_database().unwrap();
    drop(crate::open(&url).await.unwrap());
    let mut all = BTreeSet::new();
    for round in 0..4 {
        let (url, server) = (url.clone(), Arc::clone(&server));
        let acknowledged = tokio::task::spawn_blocking(move || {
            killed_writer(&url, Duration::from_millis(500 + 170 * round), || {
                server.crash().unwrap();
                server.resume().unwrap();
                // The writer finds the database again and goes on.
                std::thread::sleep(Duration::from_millis(300));
            })
        });
        all.extend(acknowledged.await.unwrap());
    }
    assert!(all.len() > 100, "only {} acknowledged", all.len());
    check(&url, &all).await;
}
