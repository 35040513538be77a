//! The record of an identity: who somebody is to an identity pool, whichever provider vouches.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// An identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The identity pool.
    pub pool_id: String,
    /// `<region>:<uuid>`, unique everywhere.
    pub id: String,
    /// When it was made.
    pub created_at: Millis,
    /// When its logins last changed.
    pub modified_at: Millis,
    /// The logins that lead to it, in no order.
    pub logins: Vec<Login>,
    /// Whether a login ever led to it. Such an identity is nobody's once it has lost the last: an identity id alone opens
    /// only what always was a guest's.
    pub authenticated: bool,
    /// The identity that this one became part of; nothing leads here any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
    /// How often it was written: 1 when it is new. Filled by the store.
    #[serde(skip)]
    pub version: i64,
}

/// A user of a provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Login {
    /// The provider's one name.
    pub provider: String,
    /// Who it is to the provider.
    pub subject: String,
}

impl Identity {
    /// Whether this login leads to it.
    pub fn has(&self, login: &Login) -> bool {
        self.logins.contains(login)
    }

    /// Whether it still can be used.
    pub fn is_enabled(&self) -> bool {
        self.merged_into.is_none()
    }
}
