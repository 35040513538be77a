//! The engine's promises, on both engines.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::migrate::{self, Migration};
use super::*;
use crate::testing::{PostgresServer, shared_postgres};

const CREATE: &str = "CREATE TABLE items (id TEXT NOT NULL PRIMARY KEY, n BIGINT, b BYTEA)";
const SCHEMA: &[Migration] = &[Migration {
    number: 1,
    name: "items",
    script: Script {
        sqlite: "CREATE TABLE items (id TEXT NOT NULL PRIMARY KEY, n INTEGER, b BLOB) STRICT",
        postgres: CREATE,
    },
}];
const INSERT: &str = "INSERT INTO items (id, n, b) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE items SET n = $3 WHERE id = $1 AND n = $2";
const ADD: &str = "UPDATE items SET n = n + 1 WHERE id = $1";
const GET: &str = "SELECT id, n, b FROM items WHERE id = $1";
const ALL: &str = "SELECT id FROM items ORDER BY id";
const RETURNING: &str =
    "INSERT INTO items (id, n) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = items.n + 1 RETURNING n";
/// `$2` appears before `$1`.
const BACKWARDS: &str = "SELECT n FROM items WHERE n = $2 AND id = $1";

struct Fixture {
    engine: Arc<Engine>,
    name: &'static str,
    _folder: Option<tempfile::TempDir>,
}

async fn open(url: &str, role: Role) -> Result<Engine, EngineError> {
    Engine::open(&DatabaseUrl::parse(url).unwrap(), role).await
}

async fn both() -> Vec<Fixture> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}/data/test.db", folder.path().display());
    let postgres = shared_postgres().unwrap().create_database().unwrap();
    let mut fixtures = Vec::new();
    for (name, url, folder) in [("sqlite", sqlite, Some(folder)), ("postgres", postgres, None)] {
        let engine = Arc::new(open(&url, Role::Server).await.unwrap());
        migrate::run(&engine, SCHEMA).await.unwrap();
        fixtures.push(Fixture { engine, name, _folder: folder });
    }
    fixtures
}

fn insert(id: &str, n: i64) -> Statement {
    Statement::one(INSERT, vec![id.into(), n.into(), Value::Null])
}

async fn number(engine: &Engine, id: &str) -> Option<i64> {
    engine.query(GET, &[id.into()]).await.unwrap().first().map(|row| row.int(1).unwrap())
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    for Fixture { engine, name, .. } in both().await {
        let id = "Ünïcode \u{10FFFF} '\"\\ $1";
        engine
            .submit(vec![Statement::one(INSERT, vec![id.into(), i64::MIN.into(), vec![0_u8, 255].into()])])
            .await
            .unwrap();
        let mut rows = engine.query(GET, &[id.into()]).await.unwrap();
        assert_eq!(rows.len(), 1, "{name}");
        assert_eq!(rows[0].text(0).unwrap(), id);
        assert_eq!(rows[0].int(1).unwrap(), i64::MIN);
        assert_eq!(rows[0].bytes(2).unwrap(), [0, 255]);
        engine.submit(vec![insert("null", 1)]).await.unwrap();
        assert_eq!(engine.scan(GET, vec!["null".into()]).await.unwrap()[0].opt_bytes(2).unwrap(), None);
        let backwards = engine.query(BACKWARDS, &["null".into(), 1_i64.into()]).await.unwrap();
        assert_eq!(backwards.len(), 1, "{name}: placeholders are bound by number");
    }
}

#[tokio::test]
async fn a_failed_precondition_undoes_the_whole_submission() {
    for Fixture { engine, name, .. } in both().await {
        engine.submit(vec![insert("a", 1)]).await.unwrap();
        let change = Statement::one(UPDATE, vec!["a".into(), 1_i64.into(), 2_i64.into()]);
        let stale = Statement::one(UPDATE, vec!["a".into(), 1_i64.into(), 3_i64.into()]);
        let refused = engine.submit(vec![insert("b", 1), change, stale, insert("c", 1)]).await.unwrap_err();
        assert!(matches!(refused, SubmitError::Precondition { index: 2 }), "{name}: {refused}");
        assert_eq!(number(&engine, "a").await, Some(1));
        assert_eq!(number(&engine, "b").await, None);
        let taken = engine.submit(vec![insert("a", 9)]).await.unwrap_err();
        assert!(matches!(taken, SubmitError::Precondition { index: 0 }), "{name}: {taken}");
        let none = Statement { expect: Expect::Rows(0), ..insert("d", 1) };
        assert!(engine.submit(vec![none]).await.is_err(), "{name}: a lone insert with another expectation");
        assert_eq!(number(&engine, "d").await, None);
    }
}

#[tokio::test]
async fn mistakes_are_errors_not_panics_and_the_engine_lives_on() {
    for Fixture { engine, name, .. } in both().await {
        let nul = engine.submit(vec![insert("a\0b", 1)]).await.unwrap_err();
        assert!(matches!(nul, SubmitError::Engine(EngineError::NulByte)), "{name}");
        assert!(matches!(engine.query(GET, &["\0".into()]).await, Err(EngineError::NulByte)));
        assert!(matches!(engine.query(GET, &[]).await, Err(EngineError::Arity { takes: 1, given: 0 })), "{name}");
        let arity = engine.submit(vec![insert("a", 1), Statement::any(ADD, vec![])]).await.unwrap_err();
        assert!(matches!(arity, SubmitError::Engine(EngineError::Arity { takes: 1, given: 0 })), "{name}: {arity}");
        assert!(matches!(engine.query("SELECT nonsense", &[]).await, Err(EngineError::Refused(_))), "{name}");
        let kind = engine
            .submit(vec![
                insert("x", 1),
                Statement::any(ADD, vec![Value::Null]),
                Statement::one(INSERT, vec!["y".into(), "text".into(), Value::Null]),
            ])
            .await;
        assert!(matches!(kind, Err(SubmitError::Engine(EngineError::Refused(_)))), "{name}: {kind:?}");
        assert_eq!(number(&engine, "x").await, None, "{name}");
        engine.submit(vec![insert("a", 1)]).await.unwrap();
        assert_eq!(number(&engine, "a").await, Some(1), "{name}");
        assert_eq!(number(&engine, "' OR 1=1 --").await, None, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_submissions_keep_their_own_fate() {
    for Fixture { engine, name, .. } in both().await {
        engine.submit(vec![insert("counter", 0)]).await.unwrap();
        let tasks: Vec<_> = (0..200_i64)
            .map(|i| {
                let engine = Arc::clone(&engine);
                tokio::spawn(async move {
                    // Every key is inserted by two submissions, of which one must win; each winner counts once.
                    let key = format!("key{}", i / 2);
                    engine.submit(vec![Statement::one(ADD, vec!["counter".into()]), insert(&key, i)]).await
                })
            })
            .collect();
        let (mut won, mut lost) = (0, 0);
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => won += 1,
                Err(SubmitError::Precondition { index: 1 }) => lost += 1,
                Err(error) => panic!("{name}: {error}"),
            }
        }
        assert_eq!((won, lost), (100, 100), "{name}");
        assert_eq!(number(&engine, "counter").await, Some(100), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deadlocks_are_tried_again() {
    for Fixture { engine, name, .. } in both().await {
        engine.submit(vec![insert("a", 0), insert("b", 0)]).await.unwrap();
        // PostgreSQL looks for deadlocks after a second, and ends one transaction of each that it finds.
        let tasks: Vec<_> = (0..4)
            .map(|i| {
                let engine = Arc::clone(&engine);
                let order = if i % 2 == 0 { ["a", "b"] } else { ["b", "a"] };
                tokio::spawn(async move {
                    engine.submit(order.map(|id| Statement::one(ADD, vec![id.into()])).to_vec()).await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!((number(&engine, "a").await, number(&engine, "b").await), (Some(4), Some(4)), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn returning_counts_exactly() {
    for Fixture { engine, name, .. } in both().await {
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let engine = Arc::clone(&engine);
                tokio::spawn(async move {
                    engine.write_returning(RETURNING, vec!["k".into(), 1_i64.into()]).await.unwrap()[0].int(0).unwrap()
                })
            })
            .collect();
        let mut seen = Vec::new();
        for task in tasks {
            seen.push(task.await.unwrap());
        }
        seen.sort_unstable();
        assert_eq!(seen, (1..=50).collect::<Vec<i64>>(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abandoned_submission_is_whole_or_absent() {
    for Fixture { engine, name, .. } in both().await {
        for i in 0..50_u64 {
            let (a, b) = (format!("a{i}"), format!("b{i}"));
            let work = engine.submit(vec![insert(&a, 1), insert(&b, 1)]);
            let _cut = tokio::time::timeout(std::time::Duration::from_micros(i * 40), work).await;
        }
        // A connection that went back to the pool in the middle of a transaction would swallow these.
        for i in 0..20 {
            engine.submit(vec![insert(&format!("after{i}"), 1), insert(&format!("beyond{i}"), 1)]).await.unwrap();
        }
        let ids: Vec<String> =
            engine.scan(ALL, vec![]).await.unwrap().into_iter().map(|mut row| row.text(0).unwrap()).collect();
        for i in 0..50 {
            assert_eq!(ids.contains(&format!("a{i}")), ids.contains(&format!("b{i}")), "{name} {i}");
        }
        assert_eq!(ids.iter().filter(|id| id.starts_with("after")).count(), 20, "{name}");
    }
}

#[tokio::test]
async fn text_is_ordered_by_code_point() {
    for Fixture { engine, name, .. } in both().await {
        let mut ids = vec!["b", "B", "a", "é", "z", "Z", "aa", "a b", "\u{FFFF}", "\u{10000}", "_", "10", "9"];
        for id in &ids {
            engine.submit(vec![insert(id, 1)]).await.unwrap();
        }
        ids.sort_unstable();
        let found: Vec<String> =
            engine.scan(ALL, vec![]).await.unwrap().into_iter().map(|mut row| row.text(0).unwrap()).collect();
        assert_eq!(found, ids, "{name}");
    }
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = shared_postgres().unwrap().create_database().unwrap();
    let mut nodes = Vec::new();
    for _ in 0..6 {
        let url = url.clone();
        nodes.push(tokio::spawn(async move {
            let engine = open(&url, Role::Server).await.unwrap();
            migrate::run(&engine, SCHEMA).await.map(|()| engine)
        }));
    }
    for node in nodes {
        let engine = node.await.unwrap().unwrap();
        assert_eq!(number(&engine, "none").await, None);
    }
    let sqlite = format!("sqlite:{}/x.db", folder.path().display());
    for url in [url, sqlite] {
        let engine = open(&url, Role::Server).await.unwrap();
        migrate::run(&engine, SCHEMA).await.unwrap();
        let refusal = migrate::run(&engine, &[]).await.unwrap_err().to_string();
        assert!(refusal.contains("newer release"), "{refusal}");
    }
}

#[tokio::test]
async fn a_dead_nodes_migration_is_taken_over() {
    let url = shared_postgres().unwrap().create_database().unwrap();
    let engine = open(&url, Role::Server).await.unwrap();
    migrate::run(&engine, &[]).await.unwrap();
    engine
        .submit(vec![Statement::one("UPDATE migration_lease SET held = 1, beat = 7 WHERE id = 1", vec![])])
        .await
        .unwrap();
    let began = std::time::Instant::now();
    migrate::run(&engine, SCHEMA).await.unwrap();
    assert!(began.elapsed() >= std::time::Duration::from_secs(14), "took over after {:?}", began.elapsed());
    assert_eq!(number(&engine, "none").await, None);
}

#[tokio::test]
async fn a_broken_migration_leaves_nothing() {
    const BROKEN: Script = Script {
        sqlite: "CREATE TABLE half (id TEXT NOT NULL PRIMARY KEY) STRICT; CREATE TABLE items (nonsense",
        postgres: "CREATE TABLE half (id TEXT NOT NULL PRIMARY KEY); CREATE TABLE items (nonsense",
    };
    for Fixture { engine, name, .. } in both().await {
        let broken = [SCHEMA[0], Migration { number: 2, name: "broken", script: BROKEN }];
        assert!(migrate::run(&engine, &broken).await.is_err(), "{name}");
        assert!(engine.query("SELECT id FROM half", &[]).await.is_err(), "{name}");
        let version = engine.query("SELECT MAX(number) FROM schema_migrations", &[]).await.unwrap();
        assert_eq!(version[0].int(0).unwrap(), 1, "{name}");
    }
}

#[tokio::test]
async fn one_server_per_sqlite_file_and_tools_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/data/test.db", folder.path().display());
    let server = open(&url, Role::Server).await.unwrap();
    migrate::run(&server, SCHEMA).await.unwrap();
    for file in ["data/test.db", "data/test.db-wal", "data/test.db-shm", "data/test.db.lock"] {
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let refusal = open(&url, Role::Server).await.unwrap_err().to_string();
    assert!(refusal.contains("another Stepwell server"), "{refusal}");

    let tool = open(&url, Role::Tool).await.unwrap();
    migrate::run(&tool, SCHEMA).await.unwrap();
    tool.submit(vec![insert("by tool", 1)]).await.unwrap();
    assert_eq!(number(&server, "by tool").await, Some(1));
    server.submit(vec![insert("by server", 1)]).await.unwrap();
    assert_eq!(number(&tool, "by server").await, Some(1));
    let newer = [SCHEMA[0], Migration { number: 2, name: "later", script: SCHEMA[0].script }];
    let refusal = migrate::run(&tool, &newer).await.unwrap_err().to_string();
    assert!(refusal.contains("restart the server"), "{refusal}");

    drop(server);
    open(&url, Role::Server).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_restarts_is_found_again() {
    let server = PostgresServer::start("").unwrap();
    let engine = open(&server.create_database().unwrap(), Role::Server).await.unwrap();
    migrate::run(&engine, SCHEMA).await.unwrap();
    for round in 0..3 {
        engine.submit(vec![insert(&format!("before{round}"), 1), insert(&format!("also{round}"), 1)]).await.unwrap();
        server.crash().unwrap();
        let away = engine.query(GET, &["x".into()]).await;
        assert!(matches!(away, Err(EngineError::Unavailable(_))), "{away:?}");
        let away = engine.submit(vec![insert("lost", 1), insert("lost too", 1)]).await;
        assert!(matches!(away, Err(SubmitError::Engine(EngineError::Unavailable(_)))), "{away:?}");
        server.resume().unwrap();
        assert_eq!(number(&engine, &format!("before{round}")).await, Some(1));
        engine.submit(vec![insert(&format!("after{round}"), 1)]).await.unwrap();
    }
    // Connections that the server ends while they lie in the pool.
    for _ in 0..5 {
        server
            .psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stepwell'")
            .unwrap();
        engine
            .submit(vec![Statement::one(ADD, vec!["before0".into()]), Statement::one(ADD, vec!["after0".into()])])
            .await
            .unwrap();
    }
    assert_eq!(number(&engine, "before0").await, Some(6));
}

#[tokio::test]
async fn tls_is_verified() {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = PostgresServer::start("").unwrap();
    server.crash().unwrap();
    let write = |name: &str, text: &str| {
        let path = server.folder().join("data").join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let owner = std::fs::metadata(server.folder()).unwrap();
        std::os::unix::fs::chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    };
    write("server.crt", &cert.pem());
    write("server.key", &signing_key.serialize_pem());
    let configuration = server.folder().join("data/postgresql.auto.conf");
    let old = std::fs::read_to_string(&configuration).unwrap();
    std::fs::write(&configuration, format!("{old}\nssl = on\nlisten_addresses = '127.0.0.1'\nport = {port}\n"))
        .unwrap();
    server.resume().unwrap();

    let roots = folder.path().join("ca.pem");
    std::fs::write(&roots, cert.pem()).unwrap();
    let url = |host: &str, options: &str| format!("postgres://stepwell@{host}:{port}/postgres?{options}");
    let root = format!("sslmode=verify-full&sslrootcert={}", roots.display());
    let engine = open(&url("localhost", &root), Role::Server).await.unwrap();
    let encrypted = "SELECT CAST(COUNT(*) AS BIGINT) FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl";
    assert_eq!(engine.query(encrypted, &[]).await.unwrap()[0].int(0).unwrap(), 1);
    let wrong_name = open(&url("127.0.0.1", &root), Role::Server).await;
    assert!(wrong_name.is_err(), "a certificate for another name");
    let unknown_root = open(&url("localhost", "sslmode=require"), Role::Server).await;
    assert!(unknown_root.is_err(), "a certificate of an unknown authority");
    open(&url("localhost", "sslmode=disable"), Role::Server).await.unwrap();
}

/// A proxy to the server that cuts every connection whose client says `word` while `armed`: before passing it on, or
/// right after. Returns its port.
async fn cutting_proxy(socket: std::path::PathBuf, word: &'static [u8], armed: Arc<AtomicU32>, after: bool) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = tokio::net::UnixStream::connect(&socket).await.unwrap();
            let armed = Arc::clone(&armed);
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let answers = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
                let mut buffer = vec![0; 65536];
                while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
                    let said = buffer[..length].windows(word.len()).any(|part| part == word);
                    let cut =
                        said && armed.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
                    if cut {
                        // No answer may come back once the word has been said.
                        answers.abort();
                    }
                    if !cut || after {
                        to_server.write_all(&buffer[..length]).await.unwrap();
                    }
                    if cut {
                        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                        break;
                    }
                }
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_at_commit_is_ambiguous_and_not_tried_again() {
    let server = PostgresServer::start("").unwrap();
    let direct = open(&server.url("postgres"), Role::Server).await.unwrap();
    migrate::run(&direct, SCHEMA).await.unwrap();
    direct.submit(vec![insert("n", 0), insert("m", 0)]).await.unwrap();
    let socket = server.folder().join(".s.PGSQL.5432");
    let add = || vec![Statement::one(ADD, vec!["n".into()]), Statement::one(ADD, vec!["m".into()])];

    for after in [true, false] {
        let armed = Arc::new(AtomicU32::new(0));
        // With its terminator: BEGIN says READ COMMITTED.
        let port = cutting_proxy(socket.clone(), b"COMMIT\0", Arc::clone(&armed), after).await;
        let engine = open(&format!("postgres://stepwell@127.0.0.1:{port}/postgres"), Role::Server).await.unwrap();
        engine.query(GET, &["n".into()]).await.unwrap();
        let before = number(&direct, "n").await.unwrap();
        armed.store(1, Ordering::SeqCst);
        let lost = engine.submit(add()).await;
        assert!(matches!(lost, Err(SubmitError::Engine(EngineError::Ambiguous(_)))), "{lost:?}");
        assert_eq!(armed.load(Ordering::SeqCst), 0);
        // The client is told before the server has done its part.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(number(&direct, "n").await.unwrap(), before + i64::from(after), "stored once or not at all");
        engine.submit(add()).await.unwrap();
    }

    // Lost before the commit was sent: tried again, stored once.
    let armed = Arc::new(AtomicU32::new(0));
    let port = cutting_proxy(socket.clone(), b"BEGIN", Arc::clone(&armed), true).await;
    let engine = open(&format!("postgres://stepwell@127.0.0.1:{port}/postgres"), Role::Server).await.unwrap();
    let before = number(&direct, "n").await.unwrap();
    armed.store(2, Ordering::SeqCst);
    engine.submit(add()).await.unwrap();
    assert_eq!((armed.load(Ordering::SeqCst), number(&direct, "n").await), (0, Some(before + 1)));

    // A lone statement commits by itself, so its loss is ambiguous as well.
    let port = cutting_proxy(socket, b"lonely", Arc::clone(&armed), true).await;
    let engine = open(&format!("postgres://stepwell@127.0.0.1:{port}/postgres"), Role::Server).await.unwrap();
    engine.submit(vec![insert("other", 1)]).await.unwrap();
    armed.store(1, Ordering::SeqCst);
    let lost = engine.submit(vec![insert("lonely", 1)]).await;
    assert!(matches!(lost, Err(SubmitError::Engine(EngineError::Ambiguous(_)))), "{lost:?}");
    armed.store(1, Ordering::SeqCst);
    let lost = engine.write_returning(RETURNING, vec!["lonely".into(), 1_i64.into()]).await;
    assert!(matches!(lost, Err(EngineError::Ambiguous(_))), "{lost:?}");
}
