//! Users: the record, and the rules for finding and changing it.

pub mod admin_create;
pub mod aliases;
pub mod attribute_values;
pub mod attributes;
pub mod create;
pub mod credential;
pub mod filter;
pub mod find;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod lifecycle;
pub mod list;
pub mod migrate;
pub mod password_history;
pub mod passwordless;
pub mod passwords;
pub mod update;
pub mod verification;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stepwell_model::SecretString;

use crate::Millis;
use crate::error::Error;
use crate::mfa::{MfaPreferences, SoftwareToken};
use crate::pools::UserPool;

/// Attributes by which `ListUsers` can filter; the store keeps them in its index (with `username`,
/// `cognito:user_status` and `status`, which are not attributes).
pub const FILTERABLE_ATTRIBUTES: [&str; 6] =
    ["email", "phone_number", "name", "given_name", "family_name", "preferred_username"];

/// A user as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// The pool.
    pub pool_id: String,
    /// The UUID that never changes.
    pub sub: String,
    /// As given at creation (the sub itself where e-mail or phone stands in for usernames).
    pub username: String,
    /// The username as the pool compares it.
    pub username_key: String,
    /// When the user was made.
    pub created_at: Millis,
    /// When the user was last changed.
    pub modified_at: Millis,
    /// False: may not sign in.
    pub enabled: bool,
    /// Where the user stands.
    pub status: UserStatus,
    /// All attributes but `sub`, by full name.
    pub attributes: BTreeMap<String, SecretString>,
    /// New values of e-mail or phone that wait for their verification.
    pub pending_attributes: BTreeMap<String, SecretString>,
    /// SRP salt and verifier, sealed by the pool's key and bound to the user; none for users without a password.
    #[serde(with = "crate::encoding::optional_bytes", default)]
    pub sealed_verifier: Option<Vec<u8>>,
    /// When an administrator-made password stops working.
    pub temporary_password_expires_at: Option<Millis>,
    /// Which second factors the user turned on, and which is asked for first.
    #[serde(default, skip_serializing_if = "MfaPreferences::is_empty")]
    pub mfa: MfaPreferences,
    /// The authenticator app, once associated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_token: Option<SoftwareToken>,
    /// The secret of an authenticator app that was asked for and not proven yet, sealed as [`SoftwareToken`]'s.
    #[serde(default, with = "crate::encoding::optional_bytes", skip_serializing_if = "Option::is_none")]
    pub pending_software_token: Option<Vec<u8>>,
    /// Sealed verifiers of passwords used before, newest first, where the pool's policy looks at them.
    #[serde(default, with = "crate::encoding::list_of_bytes", skip_serializing_if = "Vec::is_empty")]
    pub password_history: Vec<Vec<u8>>,
    /// Carried in every token; raising it signs the user out everywhere.
    pub generation: i64,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}

/// The states of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserStatus {
    /// Signed up, not yet confirmed.
    Unconfirmed,
    /// May sign in.
    Confirmed,
    /// Must set a new password through the recovery code.
    ResetRequired,
    /// Must set a new password at the next sign-in.
    ForceChangePassword,
    /// Comes from an external identity provider.
    ExternalProvider,
}

impl UserStatus {
    /// The protocol's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unconfirmed => "UNCONFIRMED",
            Self::Confirmed => "CONFIRMED",
            Self::ResetRequired => "RESET_REQUIRED",
            Self::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
            Self::ExternalProvider => "EXTERNAL_PROVIDER",
        }
    }
}

impl User {
    /// An attribute's value.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        if name == "sub" { Some(&self.sub) } else { self.attributes.get(name).map(|value| &**value) }
    }

    /// True if `email_verified` or `phone_number_verified` is true.
    pub fn is_verified(&self, contact: crate::pools::ContactAttribute) -> bool {
        self.attribute(contact.verified_name()) == Some("true")
    }

    /// The rows of the filter index: (filter name, value as compared).
    pub fn index_entries(&self) -> Vec<(&'static str, String)> {
        let mut entries = vec![
            ("username", self.username.clone()),
            ("cognito:user_status", self.status.as_str().to_lowercase()),
            ("status", if self.enabled { "Enabled" } else { "Disabled" }.to_owned()),
        ];
        for name in FILTERABLE_ATTRIBUTES {
            if let Some(value) = self.attributes.get(name) {
                entries.push((name, value.to_string()));
            }
        }
        entries
    }

    /// The username key a pool derives from a username.
    pub fn username_key(pool: &UserPool, username: &str) -> String {
        pool.fold_name(username)
    }
}

/// Cognito's words for an unknown user.
pub fn not_found() -> Error {
    Error::new(stepwell_model::ErrorCode::UserNotFound, "User does not exist.")
}
