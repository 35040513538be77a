//! IAM roles.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::arn;
use super::policy::{DocumentKind, MalformedPolicy, PolicyDocument};
use crate::Millis;

/// How many roles an account may have (AWS's highest quota).
pub const MAX_ROLES: i64 = 5_000;

/// An IAM role as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The name, unique in the account whatever the case and the path.
    pub name: String,
    /// `/`, or `/service-role/`.
    pub path: String,
    /// `AROA` and 17 characters. A role of the same name made later has another one.
    pub role_id: String,
    /// When it was made.
    pub created_at: Millis,
    /// Who may assume it: JSON text as given.
    pub trust_policy: String,
    /// The users, roles and sessions of this account that the trust policy names: name and unique id (`AROA…:session` for a
    /// session). They were resolved when the policy was saved: it means them whatever they are called by now, and nobody who
    /// is made later under the same name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub trust_principals: BTreeMap<String, String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The longest session a caller may ask for, in seconds: 3,600 to 43,200.
    pub max_session_duration: i32,
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

impl Role {
    /// Under which the store keeps it.
    pub fn key(&self) -> String {
        super::name_key(&self.name)
    }

    /// Its Amazon Resource Name.
    pub fn arn(&self, account_id: &str) -> String {
        arn::write(account_id, "role", &self.path, &self.name)
    }

    /// The trust policy, bound to the principals that it named when it was saved.
    pub fn trust(&self) -> Result<PolicyDocument, MalformedPolicy> {
        let document = PolicyDocument::parse(&self.trust_policy, DocumentKind::Trust)?;
        Ok(document.with_principal_ids(|arn| self.trust_principals.get(arn).cloned()))
    }
}
