//! The domain with everything it needs from outside, built once at start.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard, Notify};

use crate::cache::{ConfigCache, PoolEntry};
use crate::clients::AppClient;
use crate::error::{Error, Result};
use crate::keyring::{MasterKey, PoolKeys, SYSTEM};
use crate::ports::clock::Clock;
use crate::ports::outside::Outside;
use crate::ports::rng::Rng;
use crate::ports::store::{Conflict, Stores, SubmitError, Write};
use crate::settings::Settings;
use crate::sts::TrustPolicies;
use crate::tokens::external::issuers::Issuers;
use crate::tokens::signing::{KeyStock, Signers};

/// How many locks serialize password checks (see [`Domain::gate`]), and as many answers to Sessions
/// ([`Domain::session_gate`]).
const GATES: usize = 1024;

/// Stepwell's domain.
pub struct Domain {
    /// What is remembered.
    pub stores: Stores,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Services outside that pools may ask for.
    pub outside: Outside,
    /// What the operator decided.
    pub settings: Settings,
    /// The deployment's own keys (access keys, pagination tokens).
    pub system_keys: PoolKeys,
    /// Woken when a message was put into the outbox.
    pub outbox_ready: Notify,
    /// RSA keys made ahead.
    pub key_stock: KeyStock,
    pub(crate) trust_policies: TrustPolicies,
    /// Keys of OpenID providers elsewhere.
    pub external_issuers: Issuers,
    pub(crate) master: MasterKey,
    pub(crate) cache: ConfigCache,
    pub(crate) permissions: crate::iam::authorize::Cache,
    gates: Vec<Mutex<()>>,
    session_gates: Vec<Mutex<()>>,
}

impl std::fmt::Debug for Domain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Domain").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Why the domain could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenDomainError {
    /// The database was sealed under another master key.
    #[error(
        "the master key does not open this database: it is sealed under another one. \
         Give that one (after a rotation, the new one); nothing was changed"
    )]
    WrongMasterKey,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl Domain {
    /// Opens the domain; makes the deployment's key on first start, and refuses a wrong master key.
    pub async fn open(
        stores: Stores,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        settings: Settings,
        master: MasterKey,
    ) -> std::result::Result<Self, OpenDomainError> {
        let mut wrapped = stores.config.wrapped_keys(SYSTEM).await.map_err(Error::from)?;
        if wrapped.is_empty() {
            let (fresh, _) = master.generate(&*rng, SYSTEM, 1)?;
            match stores.submit.submit(vec![Write::InsertWrappedKey(fresh)]).await {
                // Another node was first: its key is the deployment's.
                Ok(()) | Err(SubmitError::Conflict { conflict: Conflict::Exists, .. }) => {}
                Err(error) => return Err(Error::internal(error).into()),
            }
            wrapped = stores.config.wrapped_keys(SYSTEM).await.map_err(Error::from)?;
        }
        let keys = wrapped
            .iter()
            .map(|key| master.unwrap(key).map(Arc::new))
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|_| OpenDomainError::WrongMasterKey)?;
        let cache = ConfigCache::new(settings.cached_pools);
        let domain = Self {
            system_keys: PoolKeys::new(SYSTEM, keys)?,
            stores,
            clock,
            rng,
            outside: Outside::default(),
            settings,
            outbox_ready: Notify::new(),
            key_stock: KeyStock::default(),
            trust_policies: TrustPolicies::default(),
            external_issuers: Issuers::default(),
            master,
            cache,
            permissions: crate::iam::authorize::Cache::default(),
            gates: (0..GATES).map(|_| Mutex::new(())).collect(),
            session_gates: (0..GATES).map(|_| Mutex::new(())).collect(),
        };
        domain.poll_config().await?;
        Ok(domain)
    }

    /// The domain with these services outside. To be said before it is shared.
    #[must_use]
    pub fn with_outside(mut self, outside: Outside) -> Self {
        self.outside = outside;
        self
    }

    /// Looks whether configuration changed on another node. Called every second; while it fails, nothing older than
    /// three seconds is used.
    pub async fn poll_config(&self) -> Result<()> {
        let now = self.clock.now();
        let version = self.stores.config.config_version().await?;
        self.cache.observe(version, now);
        Ok(())
    }

    /// A pool with its keys; `ResourceNotFoundException` if there is none.
    pub async fn pool(&self, pool_id: &str) -> Result<Arc<PoolEntry>> {
        if let Some(entry) = self.cache.pool(pool_id, self.clock.now()) {
            return Ok(entry);
        }
        let epoch = self.cache.epoch();
        let pool = self.stores.config.pool(pool_id).await?.ok_or_else(|| pool_not_found(pool_id))?;
        let wrapped = self.stores.config.wrapped_keys(pool_id).await?;
        let keys = PoolKeys::open(&self.master, pool_id, &wrapped)?;
        let signing = self.stores.config.signing_keys(pool_id).await?;
        let signers = Signers::open(&keys, &signing)?;
        let entry = Arc::new(PoolEntry::new(&*self.rng, pool, keys, signers)?);
        self.cache.put_pool(epoch, &entry);
        Ok(entry)
    }

    /// An app client; `ResourceNotFoundException` if there is none.
    pub async fn client(&self, client_id: &str) -> Result<Arc<AppClient>> {
        if let Some(client) = self.cache.client(client_id, self.clock.now()) {
            return Ok(client);
        }
        let epoch = self.cache.epoch();
        let client = self.stores.config.client(client_id).await?.ok_or_else(|| client_not_found(client_id))?;
        let client = Arc::new(client);
        self.cache.put_client(epoch, &client);
        Ok(client)
    }

    /// An app client and its pool.
    pub async fn client_and_pool(&self, client_id: &str) -> Result<(Arc<AppClient>, Arc<PoolEntry>)> {
        let client = self.client(client_id).await?;
        let pool = self.pool(&client.pool_id).await?;
        Ok((client, pool))
    }

    /// An app client of this pool; a client of another pool does not exist here.
    pub async fn client_of_pool(&self, pool_id: &str, client_id: &str) -> Result<Arc<AppClient>> {
        let client = self.client(client_id).await?;
        if client.pool_id == pool_id { Ok(client) } else { Err(client_not_found(client_id)) }
    }

    /// Commits writes. The outer error is a failure, the inner one the domain's to judge.
    pub async fn submit(&self, writes: Vec<Write>) -> Result<std::result::Result<(), Conflict>> {
        let changes_config = writes.iter().any(|write| matches!(write, Write::BumpConfigVersion));
        let enqueues = writes.iter().any(|write| matches!(write, Write::Enqueue(_)));
        let outcome = self.stores.submit.submit(writes).await;
        if changes_config {
            // Also after a failure: an ambiguous commit may have changed it.
            self.cache.clear();
        }
        match outcome {
            Ok(()) => {
                if enqueues {
                    self.outbox_ready.notify_one();
                }
                Ok(Ok(()))
            }
            Err(SubmitError::Conflict { conflict, .. }) => Ok(Err(conflict)),
            Err(SubmitError::Store(error)) => Err(error.into()),
        }
    }

    /// Commits writes of which none may be refused unless somebody else changed the same record just now; then the
    /// caller is asked to try again (`ConcurrentModificationException` is an error SDKs show, not retry).
    pub async fn commit(&self, writes: Vec<Write>) -> Result<()> {
        self.submit(writes).await?.map_err(|_| {
            Error::new(
                stepwell_model::ErrorCode::TooManyRequests,
                "The resource was changed by another request; try again.",
            )
        })
    }

    /// Serializes the guesses at one subject's password on this node, so that a burst of parallel guesses cannot pass
    /// the lockout check together. Who holds it takes no other gate.
    pub async fn gate(&self, subject: &str) -> MutexGuard<'_, ()> {
        pass(&self.gates, subject).await
    }

    /// Serializes the answers to one Session on this node. Locks of their own: an answer with a password takes the
    /// subject's gate besides, which by its hash could otherwise be the very lock that it holds, or one that waits for it.
    pub async fn session_gate(&self, session_id: &str) -> MutexGuard<'_, ()> {
        pass(&self.session_gates, session_id).await
    }

    /// A pool's Amazon Resource Name.
    pub fn pool_arn(&self, pool_id: &str) -> String {
        let Settings { region, account_id, .. } = &self.settings;
        format!("arn:aws:cognito-idp:{region}:{account_id}:userpool/{pool_id}")
    }
}

/// Takes the lock of a name among `gates`; some names share one.
async fn pass<'a>(gates: &'a [Mutex<()>], name: &str) -> MutexGuard<'a, ()> {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let index = usize::try_from(hash % GATES as u64).unwrap_or(0);
    #[expect(clippy::indexing_slicing, reason = "the index is a remainder of the length")]
    gates[index].lock().await
}

/// Cognito's words for an unknown pool.
pub fn pool_not_found(pool_id: &str) -> Error {
    Error::not_found(format!("User pool {pool_id} does not exist."))
}

/// Cognito's words for an unknown app client.
pub fn client_not_found(client_id: &str) -> Error {
    Error::not_found(format!("User pool client {client_id} does not exist."))
}
