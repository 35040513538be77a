//! What IAM needs remembered.

use async_trait::async_trait;

use super::StoreResult;
use crate::iam::{EntityKind, IamName, ManagedPolicy, OidcProvider, PolicyUsage, PolicyUse, Role, SamlProvider, User};
use crate::keyring::AccessKey;

/// Users, roles, managed policies and identity providers of the account. `key` is what the record's own `key` says.
#[async_trait]
pub trait IamStore: Send + Sync {
    /// The value of IAM's version row. Whoever reads it before everything else, and submits
    /// [`Write::BumpIamVersion`](super::Write::BumpIamVersion) with it, decides on what is still true.
    async fn iam_version(&self) -> StoreResult<i64>;
    /// A user.
    async fn user(&self, key: &str) -> StoreResult<Option<User>>;
    /// A role.
    async fn role(&self, key: &str) -> StoreResult<Option<Role>>;
    /// A managed policy.
    async fn policy(&self, key: &str) -> StoreResult<Option<ManagedPolicy>>;
    /// An OpenID Connect provider.
    async fn oidc_provider(&self, key: &str) -> StoreResult<Option<OidcProvider>>;
    /// A SAML provider.
    async fn saml_provider(&self, key: &str) -> StoreResult<Option<SamlProvider>>;
    /// Users whose path begins with `path_prefix`, ordered by key.
    async fn users(&self, path_prefix: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<User>>;
    /// Roles whose path begins with `path_prefix`, ordered by key.
    async fn roles(&self, path_prefix: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<Role>>;
    /// Managed policies whose path begins with `path_prefix`, ordered by key.
    async fn policies(&self, path_prefix: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<ManagedPolicy>>;
    /// OpenID Connect providers ordered by key.
    async fn oidc_providers(&self, after: Option<&str>, limit: u32) -> StoreResult<Vec<OidcProvider>>;
    /// SAML providers ordered by key.
    async fn saml_providers(&self, after: Option<&str>, limit: u32) -> StoreResult<Vec<SamlProvider>>;
    /// How the user or role of this unique id is called.
    async fn named(&self, unique_id: &str) -> StoreResult<Option<IamName>>;
    /// How many records of a kind there are.
    async fn count(&self, kind: EntityKind) -> StoreResult<i64>;
    /// How many users and roles use a managed policy in this way.
    async fn policy_use_count(&self, policy_arn: &str, usage: PolicyUsage) -> StoreResult<i64>;
    /// The users and roles that use a managed policy in this way: ordered by kind (roles first) and key.
    async fn policy_uses(
        &self,
        policy_arn: &str,
        usage: PolicyUsage,
        after: Option<&PolicyUse>,
        limit: u32,
    ) -> StoreResult<Vec<PolicyUse>>;
    /// The access keys of a user, by the user's key, ordered by id.
    async fn access_keys_of(&self, user_key: &str) -> StoreResult<Vec<AccessKey>>;
}
