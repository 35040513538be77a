//! Groups of users, and the roles and claims that follow from them.

mod claims;
mod members;
mod store;

use serde::{Deserialize, Serialize};

use crate::Millis;

pub use claims::{GroupClaims, claims};
pub use members::{add_member, members, of_user, remove_member};
pub use store::{GroupProperties, create, delete, get, list, update};

/// A group as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The pool.
    pub pool_id: String,
    /// The name, unique in the pool.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The IAM role of its members.
    pub role_arn: Option<String>,
    /// Lower wins; none is last.
    pub precedence: Option<i32>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub modified_at: Millis,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}
