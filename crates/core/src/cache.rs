//! Configuration kept in memory, within bounds: a limited number of pools and clients, and only while the last
//! successful look at the version row is at most three seconds old.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use lru::LruCache;
use parking_lot::Mutex;

use crate::clients::AppClient;
use crate::error::Result;
use crate::identity_pools::{IdentityIssuer, IdentityPoolEntry};
use crate::keyring::PoolKeys;
use crate::pools::UserPool;
use crate::ports::rng::Rng;
use crate::tokens::signing::Signers;
use crate::users::credential::Decoy;
use crate::{Millis, SECOND};

const FRESH_FOR: Millis = 3 * SECOND;
const CLIENTS_PER_POOL: usize = 4;

/// A pool with its keys, ready to use.
#[derive(Debug)]
pub struct PoolEntry {
    /// The settings.
    pub pool: UserPool,
    /// The sealing keys.
    pub keys: PoolKeys,
    /// The token-signing keys.
    pub signers: Signers,
    /// A verifier no password matches, for users that do not exist.
    pub decoy: Decoy,
}

impl PoolEntry {
    /// Puts the parts together.
    pub fn new(rng: &dyn Rng, pool: UserPool, keys: PoolKeys, signers: Signers) -> Result<Self> {
        let decoy = Decoy::new(rng, &keys)?;
        Ok(Self { pool, keys, signers, decoy })
    }
}

impl std::ops::Deref for PoolEntry {
    type Target = UserPool;
    fn deref(&self) -> &UserPool {
        &self.pool
    }
}

pub(crate) struct ConfigCache {
    pools: Mutex<LruCache<String, Arc<PoolEntry>>>,
    clients: Mutex<LruCache<String, Arc<AppClient>>>,
    identity_pools: Mutex<LruCache<String, Arc<IdentityPoolEntry>>>,
    identity_issuer: Mutex<Option<Arc<IdentityIssuer>>>,
    version: AtomicI64,
    fresh_until: AtomicI64,
    /// Counts the clearings, so that what was read before one is not put in after it.
    epoch: AtomicU64,
}

impl ConfigCache {
    pub(crate) fn new(pools: usize) -> Self {
        let pools = NonZeroUsize::new(pools).unwrap_or(NonZeroUsize::MIN);
        Self {
            pools: Mutex::new(LruCache::new(pools)),
            clients: Mutex::new(LruCache::new(
                pools.saturating_mul(NonZeroUsize::new(CLIENTS_PER_POOL).unwrap_or(NonZeroUsize::MIN)),
            )),
            identity_pools: Mutex::new(LruCache::new(pools)),
            identity_issuer: Mutex::new(None),
            version: AtomicI64::new(-1),
            fresh_until: AtomicI64::new(0),
            epoch: AtomicU64::new(0),
        }
    }

    /// Takes note of a poll that began at `now` and saw `version`.
    pub(crate) fn observe(&self, version: i64, now: Millis) {
        if self.version.swap(version, Ordering::AcqRel) != version {
            self.clear();
        }
        self.fresh_until.store(now + FRESH_FOR, Ordering::Release);
    }

    pub(crate) fn clear(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.pools.lock().clear();
        self.clients.lock().clear();
        self.identity_pools.lock().clear();
        *self.identity_issuer.lock() = None;
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    fn is_fresh(&self, now: Millis) -> bool {
        now <= self.fresh_until.load(Ordering::Acquire)
    }

    pub(crate) fn pool(&self, pool_id: &str, now: Millis) -> Option<Arc<PoolEntry>> {
        self.is_fresh(now).then(|| self.pools.lock().get(pool_id).cloned())?
    }

    pub(crate) fn client(&self, client_id: &str, now: Millis) -> Option<Arc<AppClient>> {
        self.is_fresh(now).then(|| self.clients.lock().get(client_id).cloned())?
    }

    pub(crate) fn put_pool(&self, epoch: u64, entry: &Arc<PoolEntry>) {
        let mut pools = self.pools.lock();
        if epoch == self.epoch() {
            pools.put(entry.pool.id.clone(), Arc::clone(entry));
        }
    }

    pub(crate) fn put_client(&self, epoch: u64, client: &Arc<AppClient>) {
        let mut clients = self.clients.lock();
        if epoch == self.epoch() {
            clients.put(client.id.clone(), Arc::clone(client));
        }
    }

    pub(crate) fn identity_pool(&self, pool_id: &str, now: Millis) -> Option<Arc<IdentityPoolEntry>> {
        self.is_fresh(now).then(|| self.identity_pools.lock().get(pool_id).cloned())?
    }

    pub(crate) fn put_identity_pool(&self, epoch: u64, entry: &Arc<IdentityPoolEntry>) {
        let mut pools = self.identity_pools.lock();
        if epoch == self.epoch() {
            pools.put(entry.pool.id.clone(), Arc::clone(entry));
        }
    }

    pub(crate) fn identity_issuer(&self, now: Millis) -> Option<Arc<IdentityIssuer>> {
        self.is_fresh(now).then(|| self.identity_issuer.lock().clone())?
    }

    pub(crate) fn put_identity_issuer(&self, epoch: u64, issuer: &Arc<IdentityIssuer>) {
        let mut slot = self.identity_issuer.lock();
        if epoch == self.epoch() {
            *slot = Some(Arc::clone(issuer));
        }
    }
}
