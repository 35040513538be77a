//! IAM users.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::arn;
use crate::Millis;

/// How many users an account may have.
pub const MAX_USERS: i64 = 5_000;

/// An IAM user as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name, unique in the account whatever the case and the path.
    pub name: String,
    /// `/`, or `/division/team/`.
    pub path: String,
    /// `AIDA` and 17 characters. A user of the same name made later has another one.
    pub user_id: String,
    /// When it was made.
    pub created_at: Millis,
    /// Tags, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The ARN of the managed policy that bounds its permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
    /// Policies embedded in it: name and JSON text as given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inline_policies: BTreeMap<String, String>,
    /// ARNs of the managed policies attached to it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub attached: BTreeSet<String>,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}

impl User {
    /// Under which the store keeps it.
    pub fn key(&self) -> String {
        super::name_key(&self.name)
    }

    /// Its Amazon Resource Name.
    pub fn arn(&self, account_id: &str) -> String {
        arn::write(account_id, "user", &self.path, &self.name)
    }
}
