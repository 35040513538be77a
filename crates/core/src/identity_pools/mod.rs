//! Identity pools: from proof of a sign-in, or from none, to an identity and its temporary credentials.

mod configuration;
mod entry;
mod guest;
mod login;
mod manage;
mod openid_login;
mod pool;
mod prove;
mod provider;
mod role_choice;
mod settle;
mod social;
mod user_pool_login;

pub mod credentials;
pub mod developer;
pub mod external_sts;
pub mod get_id;
pub mod identities;
pub mod identity;
pub mod issuer;
pub mod openid_token;
pub mod principal_tags;
pub mod roles;
pub mod tags;
pub mod unlink;

pub use configuration::Configuration;
pub use entry::IdentityPoolEntry;
pub use guest::{INLINE_SESSION_POLICY, MANAGED_SESSION_POLICY};
pub use identity::{Identity, Login};
pub use issuer::{IdentityIssuer, IdentityToken, IdentityTokenError};
pub use manage::{create, delete, list, read, update};
pub use pool::{
    AmbiguousRole, IdentityPool, MatchType, PrincipalTagMap, RoleMapping, RoleMappingKind, RoleRule, UserPoolProvider,
};

use std::collections::BTreeMap;

use stepwell_model::{ErrorCode, SecretString};

use crate::domain::Domain;
use crate::error::Error;
use crate::settings::Settings;

/// How many identity pools a deployment may have (developer guide, "Quotas in Amazon Cognito").
pub const MAX_IDENTITY_POOLS: i64 = 1_000;
/// How many logins an identity may have (API, `MergeDeveloperIdentities`).
pub const MAX_LOGINS: usize = 20;
/// How often a change is tried again when somebody else was faster.
const TRIES: usize = 8;

/// The `Logins` of a request: tokens by provider.
pub type Logins = BTreeMap<String, SecretString>;

/// `IdentityPool '…' not found.`
pub fn pool_not_found(pool_id: &str) -> Error {
    Error::not_found(format!("IdentityPool '{pool_id}' not found."))
}

/// `Identity '…' not found.`
pub fn identity_not_found(identity_id: &str) -> Error {
    Error::not_found(format!("Identity '{identity_id}' not found."))
}

/// The refusal of an identity that the request does not prove to be the caller's.
fn forbidden(identity_id: &str) -> Error {
    Error::not_authorized(format!("Access to Identity '{identity_id}' is forbidden."))
}

fn logins_do_not_match() -> Error {
    Error::not_authorized(
        "Logins don't match. Please include at least one valid login for this identity or identity pool.",
    )
}

fn no_guests() -> Error {
    Error::not_authorized("Unauthenticated access is not supported for this identity pool.")
}

/// Roles that are not set, not there, or do not trust the pool.
fn invalid_roles() -> Error {
    Error::new(
        ErrorCode::InvalidIdentityPoolConfiguration,
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    )
}

fn changed_meanwhile() -> Error {
    Error::new(ErrorCode::TooManyRequests, "The resource was changed by other requests; try again.")
}

impl Domain {
    /// An identity pool's Amazon Resource Name.
    pub fn identity_pool_arn(&self, pool_id: &str) -> String {
        let Settings { region, account_id, .. } = &self.settings;
        format!("arn:aws:cognito-identity:{region}:{account_id}:identitypool/{pool_id}")
    }

    /// A fresh id of an identity pool or an identity: `<region>:<uuid>`.
    fn identity_uuid(&self) -> String {
        format!("{}:{}", self.settings.region, self.rng.uuid())
    }
}
