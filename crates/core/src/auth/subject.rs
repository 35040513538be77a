//! Who a sign-in is about: a user, or a name that is nobody's and must not show it.

use super::lockout::LockoutKey;
use super::{Realm, Request};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::pools::{AliasAttribute, ContactAttribute};
use crate::triggers::user_migration::{self, Source};
use crate::triggers::{Person, Scene};
use crate::users::credential::{self, Credential};
use crate::users::{User, find, migrate};
use stepwell_model::ErrorCode;

/// The subject of a sign-in.
#[derive(Debug)]
pub enum Subject {
    /// A user of the pool.
    Known(Box<User>),
    /// A name without a user, in a client that hides which names have one.
    Unknown {
        /// The name, folded.
        name: String,
    },
}

/// Finds the user of a login name. An unknown one is `UserNotFoundException`, unless the client hides that.
pub async fn resolve(cx: &Context<'_>, realm: &Realm, name: &str) -> Result<Subject> {
    match find::by_login(cx.domain, &realm.entry, name).await? {
        Some(user) => Ok(Subject::Known(Box::new(user))),
        None => unknown(realm, name),
    }
}

/// As [`resolve`]; a name that is nobody's may be known to the pool's migration function, with the password that came
/// with it.
pub async fn resolve_or_migrate(
    cx: &Context<'_>,
    realm: &Realm,
    name: &str,
    password: Option<&str>,
    request: &Request<'_>,
) -> Result<Subject> {
    let Some(password) = password.filter(|_| migrates(cx, realm)) else { return resolve(cx, realm, name).await };
    if let Some(user) = find::by_login(cx.domain, &realm.entry, name).await? {
        return Ok(Subject::Known(Box::new(user)));
    }
    let source = Source::Authentication { password, validation_data: request.validation_data };
    match migrate::migrate(cx, realm, name, source, request.client_metadata).await? {
        Some(user) => Ok(Subject::Known(Box::new(user))),
        None => unknown(realm, name),
    }
}

fn migrates(cx: &Context<'_>, realm: &Realm) -> bool {
    user_migration::is_configured(&Scene::in_realm(cx.domain, realm))
}

fn unknown(realm: &Realm, name: &str) -> Result<Subject> {
    if realm.masks_users() {
        return Ok(Subject::Unknown { name: realm.entry.fold_name(name) });
    }
    Err(Error::new(ErrorCode::UserNotFound, "User does not exist."))
}

impl Subject {
    /// The subject as triggers see it; `name` is the one that was given.
    pub fn person<'a>(&'a self, name: &'a str) -> Person<'a> {
        match self {
            Self::Known(user) => Person::User(user),
            Self::Unknown { .. } => Person::Nobody { name },
        }
    }

    /// What guesses at this subject count against.
    pub fn lockout_key(&self, realm: &Realm) -> LockoutKey {
        match self {
            Self::Known(user) => LockoutKey(user.sub.clone()),
            Self::Unknown { name } => {
                let id = made_up_id(&realm.entry, name);
                LockoutKey(format!("unknown:{}", hex::encode(realm.entry.keys.name_mac(&["lockout", &id]))))
            }
        }
    }

    /// The user's sub, or for nobody the same made-up one each time.
    pub fn sub(&self, realm: &Realm) -> String {
        match self {
            Self::Known(user) => user.sub.clone(),
            Self::Unknown { name } => made_up_sub(&realm.entry, name),
        }
    }

    /// The name SRP hashes: the username. For nobody it is the name that was given, or a UUID where that name could not
    /// be a username (developer guide, "Managing user existence error responses").
    pub fn srp_user_id(&self, realm: &Realm) -> String {
        match self {
            Self::Known(user) => user.username.clone(),
            Self::Unknown { name } => made_up_id(&realm.entry, name),
        }
    }

    /// The credential to compare with, and whether a match counts: nobody and users without a password get a decoy.
    pub fn credential(&self, realm: &Realm) -> Result<(Credential, bool)> {
        let keys = &realm.entry.keys;
        let decoy_name = match self {
            Self::Known(user) => match credential::open(keys, user)? {
                Some(credential) => return Ok((credential, true)),
                None => user.username_key.clone(),
            },
            Self::Unknown { name } => made_up_id(&realm.entry, name),
        };
        Ok((realm.entry.decoy.open(keys, &decoy_name)?, false))
    }
}

/// Whether a name that is nobody's, of this made-up sub, looks like a user who has this: half of them do, each always or
/// never.
pub(crate) fn seems_to_have(entry: &PoolEntry, sub: &str, what: &str) -> bool {
    let mac = entry.keys.name_mac(&["seems-to-have", what, sub]);
    mac.first().is_some_and(|byte| byte & 1 == 1)
}

/// Whether it looks like a user with a phone number: one whom the pool asks for it does.
pub(crate) fn seems_to_have_phone(entry: &PoolEntry, sub: &str) -> bool {
    let phone = ContactAttribute::PhoneNumber;
    entry.has_username_attribute(phone)
        || entry.settings.auto_verified_attributes.contains(&phone)
        || entry.attribute(phone.name()).is_some_and(|schema| schema.required)
        || seems_to_have(entry, sub, phone.name())
}

/// The made-up sub of a folded name that is nobody's.
pub(crate) fn made_up_sub(entry: &PoolEntry, name: &str) -> String {
    made_up_uuid(entry, &made_up_id(entry, name))
}

/// The username of a folded name that is nobody's: the name itself, or the same UUID each time where the name could not be
/// a username. A UUID stands for itself, so that asking again by the username just learned leads to the same nobody.
pub(crate) fn made_up_id(entry: &PoolEntry, name: &str) -> String {
    if uuid::Uuid::try_parse(name).is_err() && is_no_username(entry, name) {
        made_up_uuid(entry, name)
    } else {
        name.to_owned()
    }
}

fn made_up_uuid(entry: &PoolEntry, id: &str) -> String {
    if uuid::Uuid::try_parse(id).is_ok() {
        return id.to_owned();
    }
    let mac = entry.keys.name_mac(&["sub", id]);
    let bytes = mac.first_chunk::<16>().copied().unwrap_or_default();
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// True if the pool makes the usernames itself, or the name looks like an alias that usernames must not look like.
fn is_no_username(entry: &PoolEntry, name: &str) -> bool {
    entry.generates_usernames()
        || match ContactAttribute::from_name_shape(name) {
            Some(ContactAttribute::Email) => entry.has_alias(AliasAttribute::Email),
            Some(ContactAttribute::PhoneNumber) => entry.has_alias(AliasAttribute::PhoneNumber),
            None => false,
        }
}
