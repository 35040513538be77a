//! What the domain may rely on, tried on both engines, races included.

mod config;
mod devices;
mod groups;
mod guards;
mod iam;
mod identity_pools;
mod jobs;
mod kill;
mod pages;
mod passkeys;
mod races;
mod resource_servers;
mod risk;
mod statements;
mod user_sessions;
mod users;

use std::collections::BTreeMap;

use stepwell_core::clients::AppClient;
use stepwell_core::groups::Group;
use stepwell_core::pools::UserPool;
use stepwell_core::ports::store::{Alias, Code, CodePurpose, Conflict, OutboxMessage, Stores, SubmitError, Write};
use stepwell_core::users::{User, UserStatus};

use crate::testing::shared_postgres;

const POOL: &str = "eu-west-1_aaaaaaaaa";
const OTHER_POOL: &str = "eu-west-1_bbbbbbbbb";

/// A fresh store on one engine.
struct Fixture {
    name: &'static str,
    url: String,
    stores: Stores,
    _folder: Option<tempfile::TempDir>,
}

impl std::ops::Deref for Fixture {
    type Target = Stores;
    fn deref(&self) -> &Stores {
        &self.stores
    }
}

async fn both() -> Vec<Fixture> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}/stepwell.db", folder.path().display());
    let postgres = shared_postgres().unwrap().create_database().unwrap();
    let mut fixtures = Vec::new();
    for (name, url, folder) in [("sqlite", sqlite, Some(folder)), ("postgres", postgres, None)] {
        let stores = crate::open(&url).await.unwrap();
        fixtures.push(Fixture { name, url, stores, _folder: folder });
    }
    fixtures
}

impl Fixture {
    async fn write(&self, writes: Vec<Write>) {
        self.submit.submit(writes).await.unwrap();
    }

    /// The conflict that the writes meet.
    async fn conflict(&self, writes: Vec<Write>) -> (usize, Conflict) {
        match self.submit.submit(writes).await {
            Err(SubmitError::Conflict { index, conflict }) => (index, conflict),
            other => panic!("{}: {other:?}", self.name),
        }
    }

    async fn stored_user(&self, sub: &str) -> User {
        self.users.by_sub(POOL, sub).await.unwrap().unwrap()
    }
}

fn pool(id: &str) -> UserPool {
    let mut pool: UserPool = serde_json::from_str(include_str!("pool.json")).unwrap();
    pool.id = id.to_owned();
    pool
}

fn client(pool_id: &str, id: &str) -> AppClient {
    let mut client: AppClient = serde_json::from_str(include_str!("client.json")).unwrap();
    client.pool_id = pool_id.to_owned();
    client.id = id.to_owned();
    client
}

fn user(sub: &str) -> User {
    User {
        pool_id: POOL.to_owned(),
        sub: sub.to_owned(),
        username: format!("Name-{sub}"),
        username_key: format!("name-{sub}"),
        created_at: 1,
        modified_at: 1,
        enabled: true,
        status: UserStatus::Confirmed,
        attributes: BTreeMap::from([("email".to_owned(), format!("{sub}@example.com").into())]),
        pending_attributes: BTreeMap::new(),
        sealed_verifier: Some(vec![0, 1, 255]),
        temporary_password_expires_at: None,
        mfa: stepwell_core::mfa::MfaPreferences::default(),
        software_token: None,
        pending_software_token: None,
        password_history: Vec::new(),
        generation: 0,
        version: 0,
    }
}

fn insert(user: User) -> Write {
    Write::InsertUser(Box::new(user))
}

fn update(user: User) -> Write {
    Write::UpdateUser(Box::new(user))
}

fn group(name: &str) -> Group {
    Group {
        pool_id: POOL.to_owned(),
        name: name.to_owned(),
        description: Some("ünïcode".to_owned()),
        role_arn: None,
        precedence: Some(3),
        created_at: 1,
        modified_at: 1,
        version: 0,
    }
}

fn alias(value: &str, sub: &str) -> Alias {
    Alias { pool_id: POOL.to_owned(), attribute: "email".to_owned(), value: value.to_owned(), sub: sub.to_owned() }
}

fn code(subject: &str, mac: u8) -> Code {
    Code {
        pool_id: POOL.to_owned(),
        subject: subject.to_owned(),
        purpose: CodePurpose::ConfirmSignUp,
        mac: vec![mac; 32],
        destination: vec![9; 32],
        expires_at: 1_000,
        attempts: 0,
    }
}

fn message(id: &str, due_at: i64) -> OutboxMessage {
    OutboxMessage {
        id: id.to_owned(),
        pool_id: POOL.to_owned(),
        due_at,
        expires_at: 1_000_000,
        attempts: 0,
        sealed: vec![1, 2, 3],
    }
}

fn subs(users: &[User]) -> Vec<&str> {
    users.iter().map(|user| user.sub.as_str()).collect()
}
