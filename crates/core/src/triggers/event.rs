//! What all events have in common: the envelope, and whom they are about.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::auth::Realm;
use crate::cache::PoolEntry;
use crate::domain::Domain;
use crate::users::User;

/// `ClientMetadata` or `ValidationData`: what a caller wants triggers to know. Neither stored nor checked.
pub type Metadata = BTreeMap<String, String>;

/// For triggers that a caller's metadata does not reach.
pub static NO_METADATA: Metadata = BTreeMap::new();

/// What the caller of one operation wants triggers to know.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// `ValidationData`: for `PreSignUp` alone.
    pub validation_data: &'a Metadata,
    /// `ClientMetadata`.
    pub client_metadata: &'a Metadata,
}

/// What Cognito calls a client library that it does not know.
const UNKNOWN_SDK: &str = "aws-sdk-unknown-unknown";
/// What stands for the client in calls that name none.
const NO_CLIENT: &str = "CLIENT_ID_NOT_APPLICABLE";

/// Where something happens that a trigger may want to know of.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The domain.
    pub domain: &'a Domain,
    /// The pool.
    pub entry: &'a PoolEntry,
    /// The app client; none in administrators' calls that name none.
    pub client_id: Option<&'a str>,
    /// The client hides which names have a user: events then say whether this one has.
    pub masks_users: bool,
}

impl<'a> Scene<'a> {
    /// In an app client.
    pub fn in_realm(domain: &'a Domain, realm: &'a Realm) -> Self {
        Self { domain, entry: &realm.entry, client_id: Some(&realm.client.id), masks_users: realm.masks_users() }
    }

    /// In a pool, without a client.
    pub fn in_pool(domain: &'a Domain, entry: &'a PoolEntry) -> Self {
        Self { domain, entry, client_id: None, masks_users: false }
    }

    /// In a pool, through a client about whose users there is nothing to hide: the caller is the user.
    pub fn with_client(domain: &'a Domain, entry: &'a PoolEntry, client_id: &'a str) -> Self {
        let client_id = (!client_id.is_empty()).then_some(client_id);
        Self { domain, entry, client_id, masks_users: false }
    }
}

/// Whom an event is about.
#[derive(Debug, Clone, Copy)]
pub enum Person<'a> {
    /// A user.
    User(&'a User),
    /// A name that is nobody's, in a client that hides that.
    Nobody {
        /// The name as it was given.
        name: &'a str,
    },
}

impl<'a> Person<'a> {
    /// `userName`.
    pub(super) fn name(self) -> &'a str {
        match self {
            Self::User(user) => &user.username,
            Self::Nobody { name } => name,
        }
    }

    /// `userAttributes`.
    pub(super) fn attributes(self) -> Attributes<'a> {
        match self {
            Self::User(user) => attributes_of(user),
            Self::Nobody { .. } => Attributes::new(),
        }
    }

    /// `userNotFound`: there only where the client hides who is not (developer guide, "Managing user existence error
    /// responses").
    pub(super) fn not_found(self, scene: &Scene<'_>) -> Option<bool> {
        scene.masks_users.then_some(matches!(self, Self::Nobody { .. }))
    }
}

/// `userAttributes` of an event.
pub(super) type Attributes<'a> = BTreeMap<&'a str, &'a str>;

/// All attributes of a user, with the two that are none: `sub` and the state.
pub(super) fn attributes_of(user: &User) -> Attributes<'_> {
    let own = user.attributes.iter().map(|(name, value)| (name.as_str(), &**value));
    own.chain([("sub", user.sub.as_str()), ("cognito:user_status", user.status.as_str())]).collect()
}

/// One round of custom authentication, as the triggers see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChallengeResult<'a> {
    /// `CUSTOM_CHALLENGE`, `SRP_A`, `PASSWORD_VERIFIER`, …
    pub challenge_name: &'a str,
    /// Whether it was answered right.
    pub challenge_result: bool,
    /// What the create trigger said about it; null where it said nothing.
    pub challenge_metadata: Option<&'a str>,
}

/// An event as it is sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a, Q, S> {
    version: &'a str,
    region: &'a str,
    user_pool_id: &'a str,
    user_name: &'a str,
    caller_context: CallerContext<'a>,
    trigger_source: &'a str,
    request: Q,
    response: S,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallerContext<'a> {
    aws_sdk_version: &'a str,
    client_id: &'a str,
}

impl<'a, Q: Serialize, S: Serialize> Event<'a, Q, S> {
    /// An event of version 1.
    pub(super) fn new(scene: &Scene<'a>, source: &'a str, user_name: &'a str, request: Q, response: S) -> Self {
        Self {
            version: "1",
            region: &scene.domain.settings.region,
            user_pool_id: &scene.entry.pool.id,
            user_name,
            caller_context: CallerContext {
                aws_sdk_version: UNKNOWN_SDK,
                client_id: scene.client_id.unwrap_or(NO_CLIENT),
            },
            trigger_source: source,
            request,
            response,
        }
    }

    /// The same event of another version.
    pub(super) fn of_version(mut self, version: &'a str) -> Self {
        self.version = version;
        self
    }
}

/// The answer of a trigger from which nothing is expected: `"response": {}`.
#[derive(Debug, Default, Serialize, serde::Deserialize)]
pub(super) struct NoResponse {}

/// Metadata in an event: left out if there is none.
pub(super) fn given(metadata: &Metadata) -> Option<&Metadata> {
    (!metadata.is_empty()).then_some(metadata)
}
