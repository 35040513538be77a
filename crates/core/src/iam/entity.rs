//! What the store keeps of IAM: one record of each kind.

use std::collections::{BTreeMap, BTreeSet};

use super::managed_policy::ManagedPolicy;
use super::provider::{OidcProvider, SamlProvider};
use super::role::Role;
use super::user::User;
use crate::ports::rng::Rng;

/// The form under which a name is unique in the account: IAM tells names apart only by more than their case.
pub fn name_key(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// What unique ids are written with: the prefix says of what they are the id (IAM User Guide, "IAM identifiers").
pub(crate) const ID_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// How many characters follow the prefix.
const ID_LENGTH: usize = 17;

/// A new unique id of a user, role or policy: 21 characters.
pub(super) fn unique_id(rng: &dyn Rng, prefix: &str) -> String {
    format!("{prefix}{}", rng.text(ID_ALPHABET, ID_LENGTH))
}

/// A new access key id: 20 characters.
pub(crate) fn access_key_id(rng: &dyn Rng, prefix: &str) -> String {
    format!("{prefix}{}", rng.text(ID_ALPHABET, ID_LENGTH - 1))
}

/// The kinds of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// [`User`].
    User,
    /// [`Role`].
    Role,
    /// [`ManagedPolicy`].
    Policy,
    /// [`OidcProvider`].
    OidcProvider,
    /// [`SamlProvider`].
    SamlProvider,
}

impl EntityKind {
    /// As the store names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Policy => "policy",
            Self::OidcProvider => "oidc-provider",
            Self::SamlProvider => "saml-provider",
        }
    }
}

/// How the holder of a unique id is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IamName {
    /// [`EntityKind::User`] or [`EntityKind::Role`].
    pub kind: EntityKind,
    /// `/`, or `/division/team/`.
    pub path: String,
    /// The name.
    pub name: String,
}

/// How a managed policy is used by a user or role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyUsage {
    /// It grants permissions.
    Permissions,
    /// It bounds them.
    Boundary,
}

impl PolicyUsage {
    /// As the store names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permissions => "permissions",
            Self::Boundary => "boundary",
        }
    }
}

/// A user or role that uses a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyUse {
    /// [`EntityKind::User`] or [`EntityKind::Role`].
    pub kind: EntityKind,
    /// Under which the store keeps it.
    pub key: String,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entity {
    /// A user.
    User(Box<User>),
    /// A role.
    Role(Box<Role>),
    /// A managed policy.
    Policy(Box<ManagedPolicy>),
    /// An OpenID Connect provider.
    OidcProvider(Box<OidcProvider>),
    /// A SAML provider.
    SamlProvider(Box<SamlProvider>),
}

impl Entity {
    /// Its kind.
    pub fn kind(&self) -> EntityKind {
        match self {
            Self::User(_) => EntityKind::User,
            Self::Role(_) => EntityKind::Role,
            Self::Policy(_) => EntityKind::Policy,
            Self::OidcProvider(_) => EntityKind::OidcProvider,
            Self::SamlProvider(_) => EntityKind::SamlProvider,
        }
    }

    /// Under which the store keeps it.
    pub fn key(&self) -> String {
        match self {
            Self::User(user) => user.key(),
            Self::Role(role) => role.key(),
            Self::Policy(policy) => policy.key(),
            Self::OidcProvider(provider) => provider.key(),
            Self::SamlProvider(provider) => provider.key(),
        }
    }

    /// Its path; providers have none.
    pub fn path(&self) -> &str {
        match self {
            Self::User(user) => &user.path,
            Self::Role(role) => &role.path,
            Self::Policy(policy) => &policy.path,
            Self::OidcProvider(_) | Self::SamlProvider(_) => "/",
        }
    }

    /// Name and unique id of a user or role.
    pub fn holder(&self) -> Option<(&str, &str)> {
        match self {
            Self::User(user) => Some((&user.name, &user.user_id)),
            Self::Role(role) => Some((&role.name, &role.role_id)),
            Self::Policy(_) | Self::OidcProvider(_) | Self::SamlProvider(_) => None,
        }
    }

    /// The permissions boundary of a user or role: a managed policy's ARN.
    pub fn boundary(&self) -> Option<&str> {
        match self {
            Self::User(user) => user.permissions_boundary.as_deref(),
            Self::Role(role) => role.permissions_boundary.as_deref(),
            Self::Policy(_) | Self::OidcProvider(_) | Self::SamlProvider(_) => None,
        }
    }

    /// The version read.
    pub fn version(&self) -> i64 {
        match self {
            Self::User(user) => user.version,
            Self::Role(role) => role.version,
            Self::Policy(policy) => policy.version,
            Self::OidcProvider(provider) => provider.version,
            Self::SamlProvider(provider) => provider.version,
        }
    }

    /// Its tags.
    pub fn tags(&self) -> &BTreeMap<String, String> {
        match self {
            Self::User(user) => &user.tags,
            Self::Role(role) => &role.tags,
            Self::Policy(policy) => &policy.tags,
            Self::OidcProvider(provider) => &provider.tags,
            Self::SamlProvider(provider) => &provider.tags,
        }
    }

    pub(super) fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        match self {
            Self::User(user) => &mut user.tags,
            Self::Role(role) => &mut role.tags,
            Self::Policy(policy) => &mut policy.tags,
            Self::OidcProvider(provider) => &mut provider.tags,
            Self::SamlProvider(provider) => &mut provider.tags,
        }
    }

    /// The managed policies it uses: ARN and how.
    pub fn used_policies(&self) -> Vec<(&str, PolicyUsage)> {
        let attached: Option<&BTreeSet<String>> = match self {
            Self::User(user) => Some(&user.attached),
            Self::Role(role) => Some(&role.attached),
            Self::Policy(_) | Self::OidcProvider(_) | Self::SamlProvider(_) => None,
        };
        let attached = attached.into_iter().flatten().map(|arn| (arn.as_str(), PolicyUsage::Permissions));
        attached.chain(self.boundary().map(|arn| (arn, PolicyUsage::Boundary))).collect()
    }
}
