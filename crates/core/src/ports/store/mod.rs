//! What the domain needs remembered. Reads are one trait per aggregate; changes are a list of [`Write`]s that the store
//! commits atomically, or refuses naming the first precondition that failed. No transaction is ever held open by the
//! domain.
//!
//! Every record is one document for the store; it keeps as columns only what is looked up, unique or ordered, and fills
//! the `version` field of what it returns. Values with a lifetime carry `expires_at` and are pruned after it.

mod iam;
mod identity_pools;
mod record;
mod write;

use std::sync::Arc;

use async_trait::async_trait;

use crate::Millis;
use crate::clients::AppClient;
use crate::devices::Device;
use crate::groups::Group;
use crate::keyring::{AccessKey, SigningKey, WrappedKey};
use crate::passkeys::Passkey;
use crate::pools::UserPool;
use crate::resource_servers::ResourceServer;
use crate::risk::{AuthEvent, Remembered};
use crate::sessions::{SessionKind, UserSession};
use crate::users::User;

pub use iam::IamStore;
pub use identity_pools::IdentityPoolStore;
pub use record::{
    After, Alias, Code, CodePurpose, DocumentKind, Failures, OutboxMessage, PoolDocument, RefreshTokenUser, UserFilter,
};
pub use write::Write;

/// The store could not answer: an internal error, never a domain decision.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine failed or is away. Nothing was written.
    #[error("store: {0}")]
    Unavailable(String),
    /// The connection was lost during COMMIT: it is unknown whether the writes are there.
    #[error("store: the outcome of a commit is unknown: {0}")]
    Ambiguous(String),
    /// A stored document could not be read.
    #[error("store: corrupt record: {0}")]
    Corrupt(String),
    /// A value that no engine may see (a NUL character).
    #[error("store: a value holds a NUL character")]
    Nul,
}

/// The result of a read.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a list of writes was refused. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The precondition of the write at this index does not hold.
    #[error("write {index} was refused: {conflict:?}")]
    Conflict {
        /// Index into the submitted list.
        index: usize,
        /// Which precondition.
        conflict: Conflict,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The precondition that did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// An insert found the key taken (pool id, client id, username, group name, …).
    Exists,
    /// The record is gone or was changed by somebody else since it was read.
    Changed,
    /// Another user holds the alias.
    AliasTaken,
    /// The single-use thing (Session, `SECRET_BLOCK`, code, refresh token) has been used before.
    Spent,
    /// The pool holds as many of the kind as it may.
    Full,
}

/// Commits changes.
#[async_trait]
pub trait Submit: Send + Sync {
    /// Commits all writes durably and atomically, in order, or none.
    async fn submit(&self, writes: Vec<Write>) -> Result<(), SubmitError>;
}

/// Pools, clients and keys.
#[async_trait]
pub trait ConfigStore: Send + Sync {
    /// The value of the configuration's version row.
    async fn config_version(&self) -> StoreResult<i64>;
    /// A pool.
    async fn pool(&self, pool_id: &str) -> StoreResult<Option<UserPool>>;
    /// Pools ordered by id.
    async fn list_pools(&self, after: Option<&str>, limit: u32) -> StoreResult<Vec<UserPool>>;
    /// A client, by its globally unique id.
    async fn client(&self, client_id: &str) -> StoreResult<Option<AppClient>>;
    /// A pool's clients ordered by id.
    async fn list_clients(&self, pool_id: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<AppClient>>;
    /// All versions of a pool's key, oldest first. The pool id `_system` holds the deployment's own key.
    async fn wrapped_keys(&self, pool_id: &str) -> StoreResult<Vec<WrappedKey>>;
    /// Every wrapped key there is, for re-wrapping under a new master key.
    async fn all_wrapped_keys(&self) -> StoreResult<Vec<WrappedKey>>;
    /// A pool's signing keys, oldest first.
    async fn signing_keys(&self, pool_id: &str) -> StoreResult<Vec<SigningKey>>;
    /// An access key.
    async fn access_key(&self, access_key_id: &str) -> StoreResult<Option<AccessKey>>;
    /// All access keys ordered by id.
    async fn list_access_keys(&self) -> StoreResult<Vec<AccessKey>>;
    /// A configuration document of a pool (empty `key`) or of one of its clients.
    async fn document(&self, pool_id: &str, kind: DocumentKind, key: &str) -> StoreResult<Option<PoolDocument>>;
}

/// Users.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// By sub.
    async fn by_sub(&self, pool_id: &str, sub: &str) -> StoreResult<Option<User>>;
    /// The user of a refresh token, and what was written down against the token, in one read: there is one in every refresh.
    async fn of_refresh_token(
        &self,
        pool_id: &str,
        sub: &str,
        origin_jti: &str,
        token_id: &str,
    ) -> StoreResult<Option<RefreshTokenUser>>;
    /// By the folded username ([`User::username_key`]).
    async fn by_username(&self, pool_id: &str, username_key: &str) -> StoreResult<Option<User>>;
    /// By an alias: attribute and folded value.
    async fn by_alias(&self, pool_id: &str, attribute: &str, value: &str) -> StoreResult<Option<User>>;
    /// Users, ordered by the filter's attribute and then sub, or by sub without a filter.
    async fn list(
        &self,
        pool_id: &str,
        filter: Option<&UserFilter>,
        after: Option<&After>,
        limit: u32,
    ) -> StoreResult<Vec<User>>;
    /// About how many there are.
    async fn estimated_count(&self, pool_id: &str) -> StoreResult<i64>;
}

/// Groups and their members.
#[async_trait]
pub trait GroupStore: Send + Sync {
    /// A group.
    async fn group(&self, pool_id: &str, name: &str) -> StoreResult<Option<Group>>;
    /// A pool's groups ordered by name.
    async fn list(&self, pool_id: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<Group>>;
    /// How many groups a pool has.
    async fn count(&self, pool_id: &str) -> StoreResult<i64>;
    /// The groups of one user ordered by name.
    async fn of_user(&self, pool_id: &str, sub: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<Group>>;
    /// The members of one group ordered by sub.
    async fn members(&self, pool_id: &str, group: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<User>>;
}

/// Resource servers.
#[async_trait]
pub trait ResourceServerStore: Send + Sync {
    /// A resource server.
    async fn resource_server(&self, pool_id: &str, identifier: &str) -> StoreResult<Option<ResourceServer>>;
    /// A pool's resource servers ordered by identifier.
    async fn list(&self, pool_id: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<ResourceServer>>;
}

/// The devices of users.
#[async_trait]
pub trait DeviceStore: Send + Sync {
    /// A device of a user.
    async fn device(&self, pool_id: &str, sub: &str, key: &str) -> StoreResult<Option<Device>>;
    /// A user's devices ordered by key.
    async fn list(&self, pool_id: &str, sub: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<Device>>;
    /// How many devices a user has.
    async fn count(&self, pool_id: &str, sub: &str) -> StoreResult<i64>;
}

/// The passkeys of users.
#[async_trait]
pub trait PasskeyStore: Send + Sync {
    /// A passkey, whosoever it is: the caller compares the user.
    async fn passkey(&self, pool_id: &str, credential_id: &str) -> StoreResult<Option<Passkey>>;
    /// A user's passkeys ordered by credential id.
    async fn of_user(&self, pool_id: &str, sub: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<Passkey>>;
    /// How many passkeys a user has.
    async fn count(&self, pool_id: &str, sub: &str) -> StoreResult<i64>;
}

/// The sessions of users, where the pool tracks them.
#[async_trait]
pub trait UserSessionStore: Send + Sync {
    /// A session of a user, also one whose life has ended.
    async fn session(&self, pool_id: &str, sub: &str, id: &str) -> StoreResult<Option<UserSession>>;
    /// The session of a sign-in, also one whose life has ended.
    async fn by_origin(&self, pool_id: &str, origin_jti: &str) -> StoreResult<Option<UserSession>>;
    /// A user's sessions that live at `now`, newest first. The position is [`After::at`] of `created_at`.
    async fn list(
        &self,
        pool_id: &str,
        sub: &str,
        now: Millis,
        after: Option<&After>,
        limit: u32,
    ) -> StoreResult<Vec<UserSession>>;
    /// How many sessions of a kind a user has that live at `now`.
    async fn count(&self, pool_id: &str, sub: &str, kind: SessionKind, now: Millis) -> StoreResult<i64>;
    /// A user's sessions of a kind that live at `now`, least recently used first.
    async fn least_recently_used(
        &self,
        pool_id: &str,
        sub: &str,
        kind: SessionKind,
        now: Millis,
        limit: u32,
    ) -> StoreResult<Vec<UserSession>>;
}

/// What threat protection recorded of users' attempts.
#[async_trait]
pub trait AuthEventStore: Send + Sync {
    /// An event of a user.
    async fn event(&self, pool_id: &str, sub: &str, id: &str) -> StoreResult<Option<AuthEvent>>;
    /// A user's events, newest first. The position is [`After::at`] of `created_at`.
    async fn list(&self, pool_id: &str, sub: &str, after: Option<&After>, limit: u32) -> StoreResult<Vec<AuthEvent>>;
}

/// What threat protection remembers of users' successful sign-ins.
#[async_trait]
pub trait RiskStore: Send + Sync {
    /// What is remembered of a user, latest first; at most [`crate::risk::MEMORIES_PER_USER`].
    async fn remembered(&self, pool_id: &str, sub: &str) -> StoreResult<Vec<Remembered>>;
}

/// What guards sign-in: codes, failures, single use, revocation, quotas.
#[async_trait]
pub trait GuardStore: Send + Sync {
    /// Counts an attempt at a code durably and, in the same statement, returns the code if it has not expired and the
    /// attempt was within `max_attempts`. `attempts` in the answer includes this one.
    async fn attempt_code(
        &self,
        pool_id: &str,
        subject: &str,
        purpose: CodePurpose,
        now: Millis,
        max_attempts: i64,
    ) -> StoreResult<Option<Code>>;
    /// Looks at a code without counting.
    async fn code(&self, pool_id: &str, subject: &str, purpose: CodePurpose) -> StoreResult<Option<Code>>;
    /// The failed password attempts of a subject.
    async fn failures(&self, pool_id: &str, subject: &str) -> StoreResult<Option<Failures>>;
    /// Counts a failed attempt durably; starts again at 1 if the last one is older than `forget_after`.
    async fn record_failure(
        &self,
        pool_id: &str,
        subject: &str,
        now: Millis,
        forget_after: Millis,
    ) -> StoreResult<Failures>;
    /// True if the single-use id has been used up.
    async fn is_spent(&self, pool_id: &str, id: &str) -> StoreResult<bool>;
    /// Wrong answers to a Session so far.
    async fn session_failures(&self, pool_id: &str, session_id: &str) -> StoreResult<i64>;
    /// Counts a wrong answer to a Session durably and returns the new count.
    async fn record_session_failure(&self, pool_id: &str, session_id: &str, expires_at: Millis) -> StoreResult<i64>;
    /// True if the sign-in's tokens were revoked.
    async fn is_revoked(&self, pool_id: &str, origin_jti: &str) -> StoreResult<bool>;
    /// When the refresh token was rotated out, if it was.
    async fn rotated_at(&self, pool_id: &str, token_id: &str) -> StoreResult<Option<Millis>>;
    /// Counts one use of `action` by `subject` durably in a window that starts with its first use and lasts `window`;
    /// returns the count in the current window, this use included.
    async fn count_use(
        &self,
        pool_id: &str,
        subject: &str,
        action: &str,
        now: Millis,
        window: Millis,
    ) -> StoreResult<i64>;
}

/// Background work: the outbox, leases, pruning, pool deletion.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Takes or renews a named lease for `owner` until `now + ttl`; false if another owner holds it.
    async fn take_lease(&self, name: &str, owner: &str, now: Millis, ttl: Millis) -> StoreResult<bool>;
    /// Takes up to `limit` due messages and hides them from other takers until `now + ttl`; counts the try.
    async fn take_messages(&self, now: Millis, ttl: Millis, limit: u32) -> StoreResult<Vec<OutboxMessage>>;
    /// Removes a message that was sent or given up.
    async fn finish_message(&self, id: &str) -> StoreResult<()>;
    /// Puts a message back, due again at `due_at`.
    async fn retry_message(&self, id: &str, due_at: Millis) -> StoreResult<()>;
    /// Removes up to `limit` rows whose life has ended (codes, single-use ids, permits, revocations, rotations, sessions;
    /// failures and quotas not touched for a day, events after two years, places not seen for one); returns how many went.
    async fn prune(&self, now: Millis, limit: u32) -> StoreResult<u64>;
    /// Removes up to `limit` rows of pools that were deleted; returns how many went.
    async fn delete_leftovers(&self, limit: u32) -> StoreResult<u64>;
    /// True if the database answers.
    async fn ping(&self) -> StoreResult<()>;
}

/// All the store's ports.
#[derive(Clone)]
pub struct Stores {
    /// Changes.
    pub submit: Arc<dyn Submit>,
    /// Pools, clients, keys.
    pub config: Arc<dyn ConfigStore>,
    /// Users.
    pub users: Arc<dyn UserStore>,
    /// Groups.
    pub groups: Arc<dyn GroupStore>,
    /// Resource servers.
    pub resource_servers: Arc<dyn ResourceServerStore>,
    /// Devices.
    pub devices: Arc<dyn DeviceStore>,
    /// Passkeys.
    pub passkeys: Arc<dyn PasskeyStore>,
    /// Tracked sessions.
    pub user_sessions: Arc<dyn UserSessionStore>,
    /// Events of threat protection.
    pub auth_events: Arc<dyn AuthEventStore>,
    /// What threat protection remembers.
    pub risk: Arc<dyn RiskStore>,
    /// Codes, failures, single use, revocation, quotas.
    pub guards: Arc<dyn GuardStore>,
    /// Users, roles, policies and providers of IAM.
    pub iam: Arc<dyn IamStore>,
    /// Identity pools and identities.
    pub identity_pools: Arc<dyn IdentityPoolStore>,
    /// Background work.
    pub jobs: Arc<dyn JobStore>,
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stores")
    }
}
