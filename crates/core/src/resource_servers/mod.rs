//! Resource servers: the APIs that a pool's access tokens authorize, and their custom scopes (developer guide, "Scopes,
//! M2M, and resource servers").
//!
//! Clients name a custom scope as `identifier/scope`. A scope that goes, alone or with its server, stays on the clients'
//! lists and is *inactive*: it may be asked for, but no token carries it until it is there again.

mod scopes;
mod store;

use serde::{Deserialize, Serialize};

pub use scopes::{active, is_custom};
pub use store::{create, delete, describe, list, update};

/// How many resource servers a pool may have (developer guide, "Quotas").
pub const MAX_RESOURCE_SERVERS: i64 = 25;

/// A resource server as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceServer {
    /// The pool.
    pub pool_id: String,
    /// Unique in the pool, and what its scopes begin with; often an address. May hold slashes.
    pub identifier: String,
    /// The name for people.
    pub name: String,
    /// Its scopes, in the order given; at most 100, no name twice.
    pub scopes: Vec<ResourceServerScope>,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}

/// One custom scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceServerScope {
    /// The name, without the server's identifier. Never holds a slash.
    pub name: String,
    /// What it allows, for people.
    pub description: String,
}
