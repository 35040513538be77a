//! Fresh databases for tests, and everything that stands in one.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::OpenFlags;
use rusqlite::types::ValueRef;
use stepwell_store::testing::shared_postgres;
use tempfile::TempDir;

/// Which engine a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// A file in a temporary folder.
    Sqlite,
    /// A database of its own in a private server that all tests of the process share.
    Postgres,
}

/// Every row of every table, as text, sorted.
pub type Tables = BTreeMap<String, Vec<String>>;

/// A fresh, empty database.
#[derive(Debug)]
pub struct Database {
    url: String,
    folder: TempDir,
}

impl Database {
    /// Makes one.
    pub fn new(engine: EngineKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match engine {
            EngineKind::Sqlite => format!("sqlite:{}", folder.path().join("test.db").display()),
            EngineKind::Postgres => shared_postgres().unwrap().create_database().unwrap(),
        };
        Self { url, folder }
    }

    /// How to open it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder that goes with it: a SQLite database stands in there.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What stands in it now.
    pub async fn tables(&self) -> Tables {
        match self.url.strip_prefix("sqlite:") {
            Some(path) => sqlite_tables(Path::new(path)),
            None => postgres_tables(&self.url).await,
        }
    }
}

fn sqlite_tables(path: &Path) -> Tables {
    let connection = rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut names = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
    let names = names.query_map([], |row| row.get(0)).unwrap().collect::<Result<Vec<String>, _>>().unwrap();
    let rows_of = |name: &str| {
        let mut statement = connection.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let mut texts = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<String> = (0..columns).map(|index| text(row.get_ref(index).unwrap())).collect();
            texts.push(values.join("|"));
        }
        texts.sort();
        texts
    };
    names.iter().map(|name| (name.clone(), rows_of(name))).collect()
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
        ValueRef::Blob(bytes) => hex::encode(bytes),
    }
}

async fn postgres_tables(url: &str) -> Tables {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let names = client.query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'", &[]).await.unwrap();
    let mut tables = Tables::new();
    for name in names.iter().map(|row| row.get::<_, String>(0)) {
        let rows = client.query(&format!("SELECT t::text FROM {name} t"), &[]).await.unwrap();
        let mut texts: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        texts.sort();
        tables.insert(name, texts);
    }
    drop(client);
    let _closed = connection.await;
    tables
}
