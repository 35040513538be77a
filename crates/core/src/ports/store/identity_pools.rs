//! Identity pools and identities, as the domain reads them.

use async_trait::async_trait;

use super::StoreResult;
use crate::identity_pools::{Identity, IdentityPool, Login};

/// Identity pools and their identities.
#[async_trait]
pub trait IdentityPoolStore: Send + Sync {
    /// An identity pool.
    async fn identity_pool(&self, pool_id: &str) -> StoreResult<Option<IdentityPool>>;
    /// Identity pools ordered by id.
    async fn list_identity_pools(&self, after: Option<&str>, limit: u32) -> StoreResult<Vec<IdentityPool>>;
    /// An identity, by its globally unique id.
    async fn identity(&self, identity_id: &str) -> StoreResult<Option<Identity>>;
    /// An identity, and the value of IAM's version row at the same time: what credentials need, in one read.
    async fn identity_and_iam_version(&self, identity_id: &str) -> StoreResult<Option<(Identity, i64)>>;
    /// The identity that a login leads to.
    async fn identity_of(&self, pool_id: &str, login: &Login) -> StoreResult<Option<Identity>>;
    /// A pool's identities ordered by id, also those that became part of others unless `enabled_only`.
    async fn list_identities(
        &self,
        pool_id: &str,
        enabled_only: bool,
        after: Option<&str>,
        limit: u32,
    ) -> StoreResult<Vec<Identity>>;
}
