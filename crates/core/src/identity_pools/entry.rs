//! An identity pool as it is kept in memory, with what every sign-in looks up prepared.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pool::{IdentityPool, RoleMapping};
use super::{pool_not_found, provider};
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// An identity pool, ready to use.
#[derive(Debug)]
pub struct IdentityPoolEntry {
    /// The settings.
    pub pool: IdentityPool,
    /// By user pool: the app clients whose tokens count, and whether the user is looked at besides.
    user_pools: BTreeMap<String, BTreeMap<String, bool>>,
    /// By the provider's one name.
    role_mappings: BTreeMap<String, RoleMapping>,
}

impl std::ops::Deref for IdentityPoolEntry {
    type Target = IdentityPool;
    fn deref(&self) -> &IdentityPool {
        &self.pool
    }
}

impl IdentityPoolEntry {
    pub(super) fn new(settings: &Settings, pool: IdentityPool) -> Self {
        let mut user_pools: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
        for given in &pool.user_pools {
            if let Some(user_pool) = provider::user_pool_id(settings, &given.provider_name) {
                let clients = user_pools.entry(user_pool.to_owned()).or_default();
                // One client may stand under two names of its pool: the stricter entry counts.
                *clients.entry(given.client_id.clone()).or_default() |= given.server_side_token_check == Some(true);
            }
        }
        let role_mappings = pool
            .role_mappings
            .iter()
            .map(|(key, mapping)| (provider::canonical_role_key(settings, key), mapping.clone()))
            .collect();
        Self { pool, user_pools, role_mappings }
    }

    /// The app clients of a user pool whose tokens count, if any do, and whether the user is looked at besides.
    pub(super) fn clients_of(&self, user_pool_id: &str) -> Option<&BTreeMap<String, bool>> {
        self.user_pools.get(user_pool_id)
    }

    /// The role mapping of a provider, by its one name (a user pool's with the app client behind it).
    pub(super) fn role_mapping(&self, key: &str) -> Option<&RoleMapping> {
        self.role_mappings.get(key)
    }

    /// Refuses where the pool does not have the basic flow, in which the holder of a token chooses the role.
    pub(super) fn check_basic_flow(&self) -> Result<()> {
        if !self.allow_classic_flow {
            return Err(Error::invalid_parameter("Basic (classic) flow is not enabled, please use enhanced flow."));
        }
        if !self.role_mappings.is_empty() {
            return Err(Error::invalid_parameter(
                "Basic (classic) flow is not supported with RoleMappings enabled, please use enhanced flow.",
            ));
        }
        Ok(())
    }

    /// Whether anybody can sign in at all.
    pub(super) fn has_providers(&self) -> bool {
        let IdentityPool { social_providers, oidc_provider_arns, user_pools, saml_provider_arns, .. } = &self.pool;
        !(social_providers.is_empty()
            && oidc_provider_arns.is_empty()
            && user_pools.is_empty()
            && saml_provider_arns.is_empty())
    }
}

impl Domain {
    /// An identity pool; `ResourceNotFoundException` if there is none.
    pub async fn identity_pool(&self, pool_id: &str) -> Result<Arc<IdentityPoolEntry>> {
        if let Some(entry) = self.cache.identity_pool(pool_id, self.clock.now()) {
            return Ok(entry);
        }
        let epoch = self.cache.epoch();
        let pool = self.stores.identity_pools.identity_pool(pool_id).await?.ok_or_else(|| pool_not_found(pool_id))?;
        let entry = Arc::new(IdentityPoolEntry::new(&self.settings, pool));
        self.cache.put_identity_pool(epoch, &entry);
        Ok(entry)
    }
}
