//! The store: the one implementation of the domain's store ports, on SQLite and PostgreSQL.
//!
//! [`engine`] is the thin layer over the two databases; beside it stands one file of queries per aggregate. Each file
//! implements its read port for [`SqlStore`] and adds to [`Plan`](plan::Plan) the statements of its changes.

mod config;
#[cfg(test)]
mod conformance;
mod devices;
mod document;
pub mod engine;
mod groups;
mod guards;
mod iam;
mod identity_pools;
mod jobs;
mod passkeys;
mod plan;
mod range;
mod resource_servers;
mod risk;
mod schema;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod user_sessions;
mod users;

use std::sync::Arc;

use stepwell_core::ports::store::Stores;

use engine::{DatabaseUrl, Engine, EngineError, Role};

/// Every port of the store, over one database.
#[derive(Debug)]
pub(crate) struct SqlStore {
    engine: Engine,
    estimates: users::Estimates,
}

/// Opens the database of a server, brings its schema up to date and wires the ports.
///
/// `url` is described at [`DatabaseUrl`]. A SQLite file that another server uses is refused.
pub async fn open(url: &str) -> Result<Stores, EngineError> {
    open_as(url, Role::Server).await
}

/// Opens the database for a short-lived command, which may run beside a server on the same data.
pub async fn open_tool(url: &str) -> Result<Stores, EngineError> {
    open_as(url, Role::Tool).await
}

async fn open_as(url: &str, role: Role) -> Result<Stores, EngineError> {
    let engine = Engine::open(&DatabaseUrl::parse(url)?, role).await?;
    engine::migrate::run(&engine, schema::MIGRATIONS).await?;
    let store = Arc::new(SqlStore { engine, estimates: users::Estimates::default() });
    Ok(Stores {
        submit: Arc::clone(&store) as _,
        config: Arc::clone(&store) as _,
        users: Arc::clone(&store) as _,
        groups: Arc::clone(&store) as _,
        resource_servers: Arc::clone(&store) as _,
        devices: Arc::clone(&store) as _,
        passkeys: Arc::clone(&store) as _,
        user_sessions: Arc::clone(&store) as _,
        auth_events: Arc::clone(&store) as _,
        risk: Arc::clone(&store) as _,
        guards: Arc::clone(&store) as _,
        iam: Arc::clone(&store) as _,
        identity_pools: Arc::clone(&store) as _,
        jobs: store,
    })
}
