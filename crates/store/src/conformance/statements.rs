//! Every registered statement means something to both engines, and both have the same tables.

use std::collections::BTreeSet;

use crate::engine::{DatabaseUrl, Engine, Role, Script, migrate};
use crate::schema::MIGRATIONS;
use crate::testing::shared_postgres;

async fn engines() -> (Engine, Engine, tempfile::TempDir) {
    engines_at(MIGRATIONS).await
}

async fn engines_at(migrations: &[migrate::Migration]) -> (Engine, Engine, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut engines = Vec::new();
    for url in [
        format!("sqlite:{}/stepwell.db", folder.path().display()),
        shared_postgres().unwrap().create_database().unwrap(),
    ] {
        let engine = Engine::open(&DatabaseUrl::parse(&url).unwrap(), Role::Server).await.unwrap();
        migrate::run(&engine, migrations).await.unwrap();
        engines.push(engine);
    }
    let postgres = engines.pop().unwrap();
    (engines.pop().unwrap(), postgres, folder)
}

#[tokio::test]
async fn every_statement_is_prepared_by_both() {
    let (sqlite, postgres, _folder) = engines().await;
    let files = [
        crate::config::ALL,
        crate::users::ALL,
        crate::groups::ALL,
        crate::resource_servers::ALL,
        crate::devices::ALL,
        crate::passkeys::ALL,
        crate::user_sessions::ALL,
        crate::risk::ALL,
        crate::guards::ALL,
        crate::iam::ALL,
        crate::identity_pools::ALL,
        crate::jobs::ALL,
        migrate::ALL,
    ];
    let mut count = 0;
    for (name, sql) in files.into_iter().flatten() {
        let one = sqlite.describe(sql).await.unwrap_or_else(|error| panic!("{name} on SQLite: {error}"));
        let other = postgres.describe(sql).await.unwrap_or_else(|error| panic!("{name} on PostgreSQL: {error}"));
        assert_eq!(one, other, "{name}");
        count += 1;
    }
    assert!(count > 140, "only {count} statements are registered");
}

/// Users and roles of databases from before migration 6 are found by their unique id.
#[tokio::test]
async fn older_records_of_iam_get_their_unique_id() {
    const OLDER: &str = r#"INSERT INTO iam_entities (kind, key, path, version, document) VALUES
        ('user', 'ann', '/staff/', 1, '{"name":"Ann","user_id":"AIDAANN","inline_policies":{"p":"\\u0000"}}'),
        ('role', 'app', '/', 1, '{"name":"app","role_id":"AROAAPP"}'),
        ('policy', 'p', '/', 1, '{"name":"p","policy_id":"ANPAP"}')"#;
    let (sqlite, postgres, _folder) = engines_at(MIGRATIONS.split_at(5).0).await;
    for engine in [sqlite, postgres] {
        engine.submit_script(Vec::new(), Script { sqlite: OLDER, postgres: OLDER }).await.unwrap();
        migrate::run(&engine, MIGRATIONS).await.unwrap();
        let sql = "SELECT kind, path, name FROM iam_entities WHERE unique_id = $1";
        for (id, expected) in [("AIDAANN", Some("user /staff/ Ann")), ("AROAAPP", Some("role / app")), ("ANPAP", None)]
        {
            let mut rows = engine.query(sql, &[id.into()]).await.unwrap();
            let found = rows.pop().map(|mut row| [0, 1, 2].map(|column| row.text(column).unwrap()).join(" "));
            assert_eq!(found.as_deref(), expected);
        }
    }
}

/// SQL stands in registered constants only: a literal elsewhere would escape the test above.
#[test]
fn no_statement_escapes_the_register() {
    for (file, text) in [
        ("config.rs", include_str!("../config.rs")),
        ("users.rs", include_str!("../users.rs")),
        ("groups.rs", include_str!("../groups.rs")),
        ("guards.rs", include_str!("../guards.rs")),
        ("jobs.rs", include_str!("../jobs.rs")),
        ("resource_servers.rs", include_str!("../resource_servers.rs")),
        ("devices.rs", include_str!("../devices.rs")),
        ("passkeys.rs", include_str!("../passkeys.rs")),
        ("user_sessions.rs", include_str!("../user_sessions.rs")),
        ("risk.rs", include_str!("../risk.rs")),
        ("iam.rs", include_str!("../iam.rs")),
        ("identity_pools.rs", include_str!("../identity_pools.rs")),
        ("plan.rs", include_str!("../plan.rs")),
        ("lib.rs", include_str!("../lib.rs")),
    ] {
        let rest = match (text.find("statements! {"), text.find("\n}\n")) {
            (Some(start), Some(end)) => [&text[..start], &text[end..]].concat(),
            _ => text.to_owned(),
        };
        for word in ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE "] {
            assert!(!rest.contains(word), "{file} has SQL outside `statements!`");
        }
    }
}

#[tokio::test]
async fn both_have_the_same_tables_and_keys() {
    let (sqlite, postgres, _folder) = engines().await;
    let columns_of = |rows: Vec<crate::engine::Row>| -> BTreeSet<String> {
        rows.into_iter().map(|mut row| row.text(0).unwrap()).collect()
    };
    let one = sqlite
        .scan(
            "SELECT t.name || '.' || c.name || ' ' || c.type || CASE WHEN c.\"notnull\" = 1 THEN '' ELSE ' null' END
             FROM pragma_table_list t JOIN pragma_table_info(t.name) c
             WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite%'",
            vec![],
        )
        .await
        .unwrap();
    let other = postgres
        .scan(
            "SELECT table_name || '.' || column_name || ' '
                || CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'text' THEN 'TEXT' WHEN 'bytea' THEN 'BLOB'
                   ELSE data_type END
                || CASE WHEN data_type = 'text' AND collation_name <> 'C' THEN ' collated' ELSE '' END
                || CASE is_nullable WHEN 'NO' THEN '' ELSE ' null' END
             FROM information_schema.columns WHERE table_schema = 'public'",
            vec![],
        )
        .await
        .unwrap();
    let (one, other) = (columns_of(one), columns_of(other));
    assert_eq!(one, other);
    assert!(one.len() > 110, "{one:?}");

    let one = sqlite
        .scan(
            "SELECT t.name || ' ' || l.\"unique\" || ' ' || (SELECT group_concat(name, ',') FROM
                (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno))
             FROM pragma_table_list t JOIN pragma_index_list(t.name) l
             WHERE t.schema = 'main' AND t.type = 'table'",
            vec![],
        )
        .await
        .unwrap();
    let other = postgres
        .scan(
            "SELECT c.relname || ' ' || CASE WHEN i.indisunique THEN 1 ELSE 0 END || ' ' || string_agg(a.attname, ','
                ORDER BY k.position)
             FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
             CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attribute, position)
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attribute
             WHERE NOT (i.indisprimary AND a.atttypid = 20 AND i.indnatts = 1)
             GROUP BY c.relname, i.indexrelid, i.indisunique",
            vec![],
        )
        .await
        .unwrap();
    assert_eq!(columns_of(one), columns_of(other));
}

/// A table that somebody adds and forgets here would keep the personal data of those who left.
#[tokio::test]
async fn nothing_outlives_its_pool_or_user() {
    let (sqlite, _, _folder) = engines().await;
    let tables_with = async |column: &str| -> Vec<String> {
        let sql = "SELECT t.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c
                   WHERE t.schema = 'main' AND t.type = 'table' AND c.name = $1";
        let rows = sqlite.scan(sql, vec![column.into()]).await.unwrap();
        rows.into_iter().map(|mut row| row.text(0).unwrap()).collect()
    };
    let tables = tables_with("pool_id").await;
    assert!(tables.len() > 20, "{tables:?}");
    for table in tables.iter().filter(|table| *table != "deleted_pools") {
        let deletion = format!("DELETE FROM {table} ");
        assert!(crate::jobs::SWEEPS.iter().any(|sql| sql.starts_with(&deletion)), "{table} of a deleted pool");
    }
    let tables = tables_with("sub").await;
    assert!(tables.len() > 7, "{tables:?}");
    // The user itself, and its index rows, go one by one.
    for table in tables.iter().filter(|table| !["users", "user_index"].contains(&table.as_str())) {
        let deletion = format!("DELETE FROM {table} WHERE pool_id = $1 AND sub = $2");
        assert!(crate::users::DELETE_WITH_USER.contains(&deletion.as_str()), "{table} of a deleted user");
    }
}

/// Each list must walk an index from its position on; a full scan or a sort would make page n cost n pages.
#[tokio::test]
async fn sqlite_walks_an_index_for_every_statement() {
    let (sqlite, _, _folder) = engines().await;
    let Engine::Sqlite(sqlite) = sqlite else { panic!("not SQLite") };
    // Read whole because they are short.
    let whole =
        ["GET_SIGNING_KEYS", "GET_ALL_WRAPPED_KEYS", "LIST_ACCESS_KEYS", "GET_DELETED_POOLS", "GET_VERSION", "PING"];
    for (name, sql) in [
        crate::config::ALL,
        crate::users::ALL,
        crate::groups::ALL,
        crate::resource_servers::ALL,
        crate::devices::ALL,
        crate::passkeys::ALL,
        crate::user_sessions::ALL,
        crate::risk::ALL,
        crate::guards::ALL,
        crate::iam::ALL,
        crate::identity_pools::ALL,
        crate::jobs::ALL,
    ]
    .into_iter()
    .flatten()
    .filter(|(name, _)| !whole.contains(name))
    {
        for step in sqlite.plan(sql).unwrap() {
            let sorted = step.contains("TEMP B-TREE");
            let scanned = step.starts_with("SCAN") && !step.contains("CONSTANT ROW") && !step.contains("USING");
            assert!(!sorted && !scanned, "{name}: {step}");
        }
        if *name == "LIST_FILTERED" {
            let plan = sqlite.plan(sql).unwrap().join("\n");
            assert!(plan.contains("(value_key,sub)>(?,?)") && plan.contains("value_key<?"), "{plan}");
        }
    }
}
