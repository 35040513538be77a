//! Managed policies of the account, with their versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::arn;
use crate::Millis;
use crate::domain::Domain;
use crate::error::Result;

/// How many managed policies an account may have (AWS's highest quota).
pub const MAX_POLICIES: i64 = 5_000;
/// How many versions a managed policy may have.
pub const MAX_VERSIONS: usize = 5;

/// A managed policy as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// The name, unique in the account whatever the case and the path.
    pub name: String,
    /// `/`, or `/division/team/`.
    pub path: String,
    /// `ANPA` and 17 characters.
    pub policy_id: String,
    /// What it is for; fixed when it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Tags, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Its versions, oldest first; at most [`MAX_VERSIONS`].
    pub versions: Vec<PolicyVersion>,
    /// The id of the version in force.
    pub default_version: String,
    /// The number of the next version: numbers are not used again.
    pub next_version: u32,
    /// When it was made.
    pub created_at: Millis,
    /// When its newest version was made.
    pub updated_at: Millis,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// `v1`, `v2`, ….
    pub id: String,
    /// The JSON text as given.
    pub text: String,
    /// When it was made.
    pub created_at: Millis,
}

impl ManagedPolicy {
    /// Under which the store keeps it.
    pub fn key(&self) -> String {
        super::name_key(&self.name)
    }

    /// Its Amazon Resource Name.
    pub fn arn(&self, account_id: &str) -> String {
        arn::write(account_id, "policy", &self.path, &self.name)
    }

    /// One of its versions.
    pub fn version(&self, id: &str) -> Option<&PolicyVersion> {
        self.versions.iter().find(|version| version.id == id)
    }

    /// The text in force.
    pub fn text(&self) -> Option<&str> {
        self.version(&self.default_version).map(|version| version.text.as_str())
    }
}

/// The text in force of a managed policy, AWS's or the account's, by its ARN; none if there is none of exactly this ARN.
pub async fn default_text(domain: &Domain, arn: &str) -> Result<Option<String>> {
    if let Some(policy) = super::builtin::by_arn(arn) {
        return Ok(Some(policy.text.to_owned()));
    }
    let name = arn.rsplit_once('/').map_or(arn, |(_, name)| name);
    let policy = domain.stores.iam.policy(&super::name_key(name)).await?;
    let policy = policy.filter(|policy| policy.arn(&domain.settings.account_id) == arn);
    Ok(policy.and_then(|policy| policy.text().map(str::to_owned)))
}
