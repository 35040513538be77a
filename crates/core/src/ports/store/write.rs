//! The changes a submission is made of.

#[expect(unused_imports, reason = "the documentation names it")]
use super::Conflict;
use super::record::{Alias, Code, CodePurpose, DocumentKind, OutboxMessage, PoolDocument};
use crate::Millis;
use crate::clients::AppClient;
use crate::devices::Device;
use crate::groups::Group;
use crate::iam::{Entity, EntityKind};
use crate::identity_pools::{Identity, IdentityPool, Login};
use crate::keyring::{AccessKey, SigningKey, WrappedKey};
use crate::passkeys::Passkey;
use crate::pools::UserPool;
use crate::resource_servers::ResourceServer;
use crate::risk::{AuthEvent, Remembered};
use crate::sessions::{SessionActivity, UserSession};
use crate::users::User;

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
    /// A new app client (its id is globally unique). [`Conflict::Changed`] if the pool is gone, [`Conflict::Full`] if it has
    /// [`MAX_CLIENTS`](crate::clients::MAX_CLIENTS), [`Conflict::Exists`] if the id is taken.
    InsertClient(Box<AppClient>),
    /// Replaces the client whose `version` was read. [`Conflict::Changed`].
    UpdateClient(Box<AppClient>),
    /// Removes a client and its configuration documents. [`Conflict::Changed`] if it is not there.
    DeleteClient {
        /// The pool.
        pool_id: String,
        /// The client.
        client_id: String,
    },
    /// Stores a configuration document, replacing the one of its pool, kind and key. No precondition.
    PutDocument(PoolDocument),
    /// Forgets a configuration document. No precondition.
    DeleteDocument {
        /// The pool.
        pool_id: String,
        /// What it configures.
        kind: DocumentKind,
        /// The client, or empty.
        key: String,
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
    /// Replaces an access key. [`Conflict::Changed`] if it is not there.
    UpdateAccessKey(AccessKey),
    /// Removes an access key. [`Conflict::Changed`] if it is not there.
    DeleteAccessKey {
        /// The access key id.
        access_key_id: String,
    },

    /// A new user, with its rows in the filter index. [`Conflict::Exists`] if the username key or sub is taken.
    InsertUser(Box<User>),
    /// Replaces the user whose `version` was read, and its rows in the filter index. [`Conflict::Changed`].
    UpdateUser(Box<User>),
    /// Removes the user with its aliases, index rows, memberships, codes, devices, passkeys, sessions, events and what
    /// threat protection remembers of it. [`Conflict::Changed`] if the version differs.
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

    /// A new resource server. [`Conflict::Changed`] if the pool is gone, [`Conflict::Full`] if it has
    /// [`MAX_RESOURCE_SERVERS`](crate::resource_servers::MAX_RESOURCE_SERVERS), [`Conflict::Exists`] if the identifier is
    /// taken in the pool.
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

    /// A new device. [`Conflict::Changed`] if the user is gone, [`Conflict::Exists`] if the user has that device key.
    InsertDevice(Box<Device>),
    /// Replaces the device whose `version` was read. [`Conflict::Changed`].
    UpdateDevice(Box<Device>),
    /// Removes a device. [`Conflict::Changed`] if it is not there.
    DeleteDevice {
        /// The pool.
        pool_id: String,
        /// The user.
        sub: String,
        /// The device key.
        key: String,
    },

    /// A new passkey. [`Conflict::Changed`] if the user is gone, [`Conflict::Exists`] if the pool has that credential id.
    InsertPasskey(Box<Passkey>),
    /// Replaces the passkey whose `version` was read. [`Conflict::Changed`].
    UpdatePasskey(Box<Passkey>),
    /// Removes a passkey of this user. [`Conflict::Changed`] if it is not there.
    DeletePasskey {
        /// The pool.
        pool_id: String,
        /// The user.
        sub: String,
        /// The credential id.
        credential_id: String,
    },

    /// A new tracked session. [`Conflict::Changed`] if the user is gone or the id taken.
    InsertUserSession(Box<UserSession>),
    /// Notes a use of a session: a no-op if a later one is noted already, or if the session is gone. No precondition.
    TouchUserSession {
        /// The pool.
        pool_id: String,
        /// The user.
        sub: String,
        /// The session.
        id: String,
        /// When.
        last_used_at: Millis,
        /// By whom.
        activity: SessionActivity,
    },
    /// Removes a session. No precondition.
    DeleteUserSession {
        /// The pool.
        pool_id: String,
        /// The user.
        sub: String,
        /// The session.
        id: String,
    },

    /// A new event of a user. Nothing is written, and nothing refused, if the user is gone or the id taken.
    InsertAuthEvent(Box<AuthEvent>),
    /// Replaces the event whose `version` was read. [`Conflict::Changed`].
    UpdateAuthEvent(Box<AuthEvent>),
    /// Remembers something of a user's sign-in, or that it was seen again, and forgets what goes beyond the latest 50.
    /// Nothing is written, and nothing refused, if the user is gone.
    Remember(Remembered),

    /// A new record of IAM. [`Conflict::Exists`] if the key is taken.
    InsertIamEntity(Entity),
    /// Replaces the record whose `version` was read. [`Conflict::Changed`].
    UpdateIamEntity(Entity),
    /// Removes a record. [`Conflict::Changed`] if the version is not the one read.
    DeleteIamEntity {
        /// What it is.
        kind: EntityKind,
        /// Its key.
        key: String,
        /// The version read.
        version: i64,
    },
    /// Increments IAM's version row; part of every change of IAM. [`Conflict::Changed`] if it is not the version read, which
    /// makes everything that was read after it part of the precondition.
    BumpIamVersion {
        /// The version read.
        expected: i64,
    },

    /// A new identity pool. [`Conflict::Full`] if there are
    /// [`MAX_IDENTITY_POOLS`](crate::identity_pools::MAX_IDENTITY_POOLS), [`Conflict::Exists`] if the id is taken.
    InsertIdentityPool(Box<IdentityPool>),
    /// Replaces the identity pool whose `version` was read. [`Conflict::Changed`].
    UpdateIdentityPool(Box<IdentityPool>),
    /// Removes the identity pool at once, and leaves its identities to the deletion job. [`Conflict::Changed`] if the version
    /// is not the one read.
    DeleteIdentityPool {
        /// The identity pool.
        pool_id: String,
        /// The version read.
        version: i64,
        /// When.
        now: Millis,
    },
    /// A new identity; its logins are claimed besides. [`Conflict::Changed`] if the identity pool is gone,
    /// [`Conflict::Exists`] if the id is taken.
    InsertIdentity(Box<Identity>),
    /// Replaces the identity whose `version` was read. [`Conflict::Changed`].
    UpdateIdentity(Box<Identity>),
    /// Removes the identity; its logins are released besides. [`Conflict::Changed`] if the version is not the one read.
    DeleteIdentity {
        /// The identity.
        identity_id: String,
        /// The version read.
        version: i64,
    },
    /// Makes a login lead to an identity. Succeeds also if it already does. [`Conflict::AliasTaken`] if it leads to another.
    ClaimLogin {
        /// The identity pool.
        pool_id: String,
        /// The login.
        login: Login,
        /// The identity.
        identity_id: String,
    },
    /// Frees a login if it leads to this identity. No precondition.
    ReleaseLogin {
        /// The identity pool.
        pool_id: String,
        /// The login.
        login: Login,
        /// The identity.
        identity_id: String,
    },

    /// Permits one thing until `expires_at`; an earlier permit of the same id is replaced. No precondition.
    Permit {
        /// The pool.
        pool_id: String,
        /// The id, unique in the pool.
        id: String,
        /// End of its life.
        expires_at: Millis,
    },
    /// Uses up a permit. [`Conflict::Spent`] if there is none (any more), or it has expired.
    UsePermit {
        /// The pool.
        pool_id: String,
        /// The id.
        id: String,
        /// When.
        now: Millis,
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
