//! What the domain needs remembered. Reads are one trait per aggregate; changes are a list of [`Write`]s that the store
//! commits atomically, or refuses naming the first precondition that failed. No transaction is ever held open by the
//! domain.
//!
//! Every record is one document for the store; it keeps as columns only what is looked up, unique or ordered, and fills
//! the `version` field of what it returns. Values with a lifetime carry `expires_at` and are pruned after it.

use std::sync::Arc;

use async_trait::async_trait;

use crate::Millis;
use crate::clients::AppClient;
use crate::groups::Group;
use crate::keyring::{AccessKey, SigningKey, WrappedKey};
use crate::pools::UserPool;
use crate::resource_servers::ResourceServer;
use crate::users::User;

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
}

/// One change. The comment on each says its precondition, if it has one.
#[derive(Debug, Clone)]
pub enum Write {
    /// A new pool. [`Conflict::Exists`] if the id is taken.
    InsertPool(Box<UserPool>),
    /// Replaces the pool whose `version` was read. [`Conflict::Changed`] otherwise.
    UpdatePool(Box<UserPool>),
    /// Removes the pool, its clients and keys at once, and leaves the rest to the deletion job.
    /// [`Conflict::Changed`] if the version is not the one read.
    DeletePool {
        /// The pool.
        pool_id: String,
        /// The version read.
        version: i64,
        /// When.
        now: Millis,
    },
    /// A new app client (its id is globally unique). [`Conflict::Exists`].
    InsertClient(Box<AppClient>),
    /// Replaces the client whose `version` was read. [`Conflict::Changed`].
    UpdateClient(Box<AppClient>),
    /// Removes a client. [`Conflict::Changed`] if it is not there.
    DeleteClient {
        /// The pool.
        pool_id: String,
        /// The client.
        client_id: String,
    },
    /// Tells all nodes that configuration changed (increments the one version row). No precondition.
    BumpConfigVersion,
    /// A new wrapped pool key. [`Conflict::Exists`] if that version of it exists.
    InsertWrappedKey(WrappedKey),
    /// Replaces the wrapping of a key (master-key rotation). [`Conflict::Changed`] if it is not there.
    UpdateWrappedKey(WrappedKey),
    /// A new token-signing key. [`Conflict::Exists`].
    InsertSigningKey(SigningKey),
    /// A new access key. [`Conflict::Exists`].
    InsertAccessKey(AccessKey),
    /// Removes an access key. [`Conflict::Changed`] if it is not there.
    DeleteAccessKey {
        /// The access key id.
        access_key_id: String,
    },

    /// A new user, with its rows in the filter index. [`Conflict::Exists`] if the username key or sub is taken.
    InsertUser(Box<User>),
    /// Replaces the user whose `version` was read, and its rows in the filter index. [`Conflict::Changed`].
    UpdateUser(Box<User>),
    /// Removes the user with its aliases, index rows, memberships, codes. [`Conflict::Changed`] if the version differs.
    DeleteUser {
        /// The pool.
        pool_id: String,
        /// The user.
        sub: String,
        /// The version read.
        version: i64,
    },
    /// Makes an alias point at a user. Succeeds also if it already does. [`Conflict::AliasTaken`] if another holds it.
    ClaimAlias(Alias),
    /// Frees an alias if this user holds it. No precondition.
    ReleaseAlias(Alias),

    /// A new group. [`Conflict::Exists`].
    InsertGroup(Box<Group>),
    /// Replaces the group whose `version` was read. [`Conflict::Changed`].
    UpdateGroup(Box<Group>),
    /// Removes a group and its memberships. [`Conflict::Changed`] if it is not there.
    DeleteGroup {
        /// The pool.
        pool_id: String,
        /// The group's name.
        name: String,
    },
    /// Adds a member; a member already there is no error. [`Conflict::Changed`] if group or user is gone.
    AddMember {
        /// The pool.
        pool_id: String,
        /// The group's name.
        group: String,
        /// The user.
        sub: String,
        /// When.
        now: Millis,
    },
    /// Removes a member. No precondition.
    RemoveMember {
        /// The pool.
        pool_id: String,
        /// The group's name.
        group: String,
        /// The user.
        sub: String,
    },

    /// A new resource server. [`Conflict::Exists`] if the identifier is taken in the pool.
    InsertResourceServer(Box<ResourceServer>),
    /// Replaces the resource server whose `version` was read. [`Conflict::Changed`].
    UpdateResourceServer(Box<ResourceServer>),
    /// Removes a resource server. [`Conflict::Changed`] if it is not there.
    DeleteResourceServer {
        /// The pool.
        pool_id: String,
        /// Its identifier.
        identifier: String,
    },

    /// Stores a one-time code, replacing an earlier one for the same subject and purpose. No precondition.
    PutCode(Code),
    /// Uses up the code with exactly this MAC. [`Conflict::Spent`] if it is not there (any more).
    ConsumeCode {
        /// The pool.
        pool_id: String,
        /// The subject.
        subject: String,
        /// The purpose.
        purpose: CodePurpose,
        /// The MAC that was compared.
        mac: Vec<u8>,
    },
    /// Forgets a code. No precondition.
    DeleteCode {
        /// The pool.
        pool_id: String,
        /// The subject.
        subject: String,
        /// The purpose.
        purpose: CodePurpose,
    },
    /// Uses up a single-use id (Session, `SECRET_BLOCK`). [`Conflict::Spent`] if it was used before.
    Spend {
        /// The pool.
        pool_id: String,
        /// The id, unique in the pool.
        id: String,
        /// When the thing itself expires; the row may go then.
        expires_at: Millis,
    },
    /// Revokes all tokens of one sign-in. Idempotent.
    RevokeOrigin {
        /// The pool.
        pool_id: String,
        /// The sign-in's `origin_jti`.
        origin_jti: String,
        /// When the last of its tokens expires.
        expires_at: Millis,
    },
    /// Marks a refresh token as rotated out. [`Conflict::Spent`] if it already was.
    Rotate {
        /// The pool.
        pool_id: String,
        /// The refresh token's own id.
        token_id: String,
        /// When.
        now: Millis,
        /// When the token itself expires.
        expires_at: Millis,
    },
    /// Forgets the failed password attempts of a subject. No precondition.
    ClearFailures {
        /// The pool.
        pool_id: String,
        /// The subject.
        subject: String,
    },
    /// Puts a message into the outbox.
    Enqueue(OutboxMessage),
}

/// An alternative name by which a user can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The pool.
    pub pool_id: String,
    /// The attribute: `email`, `phone_number` or `preferred_username`.
    pub attribute: String,
    /// The value, folded as the pool demands.
    pub value: String,
    /// The user.
    pub sub: String,
}

/// What a one-time code is for. A code for one purpose never serves another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// Confirming a sign-up.
    ConfirmSignUp,
    /// Setting a new password.
    ForgotPassword,
    /// Verifying the e-mail address.
    VerifyEmail,
    /// Verifying the phone number.
    VerifyPhoneNumber,
}

impl CodePurpose {
    /// The stored form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmSignUp => "confirm_sign_up",
            Self::ForgotPassword => "forgot_password",
            Self::VerifyEmail => "verify_email",
            Self::VerifyPhoneNumber => "verify_phone_number",
        }
    }
}

/// A one-time code at rest: only its MAC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The pool.
    pub pool_id: String,
    /// The user's sub, or the HMAC of an unknown name.
    pub subject: String,
    /// What it is for.
    pub purpose: CodePurpose,
    /// HMAC-SHA256 of the code under a key of the pool.
    pub mac: Vec<u8>,
    /// The destination it was sent to (an attribute value's HMAC), so that a code proves only the address it went to.
    pub destination: Vec<u8>,
    /// End of its life.
    pub expires_at: Millis,
    /// Wrong and right answers so far.
    pub attempts: i64,
}

/// Failed password attempts of one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many, since the last reset.
    pub count: i64,
    /// When the last one was.
    pub last_at: Millis,
}

/// A message waiting to be sent. The body is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// A random id.
    pub id: String,
    /// The pool whose key seals the body.
    pub pool_id: String,
    /// Not before.
    pub due_at: Millis,
    /// Given up after.
    pub expires_at: Millis,
    /// Tries so far.
    pub attempts: i64,
    /// A sealed [`super::delivery::Message`].
    pub sealed: Vec<u8>,
}

/// A filter of `ListUsers`, already parsed and folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFilter {
    /// `username`, `email`, `phone_number`, `name`, `given_name`, `family_name`, `preferred_username`,
    /// `cognito:user_status`, `status` or `sub`.
    pub attribute: String,
    /// The value.
    pub value: String,
    /// True for `^=`.
    pub prefix: bool,
}

/// A position in a list: the last item's ordering value and its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// The ordering value (equal to `id` where the list is ordered by id).
    pub value: String,
    /// The id that breaks ties.
    pub id: String,
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
    /// How many clients a pool has.
    async fn count_clients(&self, pool_id: &str) -> StoreResult<i64>;
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
}

/// Users.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// By sub.
    async fn by_sub(&self, pool_id: &str, sub: &str) -> StoreResult<Option<User>>;
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
    /// How many resource servers a pool has.
    async fn count(&self, pool_id: &str) -> StoreResult<i64>;
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
    /// Removes up to `limit` rows whose life has ended (codes, single-use ids, revocations, rotations, failures and
    /// quotas not touched for a day); returns how many went.
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
    /// Codes, failures, single use, revocation, quotas.
    pub guards: Arc<dyn GuardStore>,
    /// Background work.
    pub jobs: Arc<dyn JobStore>,
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stores")
    }
}
