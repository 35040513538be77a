//! Sign-up and what a person does before signing in: confirming, asking for the code again, recovering a password.

pub mod confirm;
pub mod recovery;
pub mod register;
pub mod resend;

use crate::auth::Realm;
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::pools::ContactAttribute;
use crate::quotas::{self, Action};
use crate::users::{self, User, find};

/// Where the code of a sign-up goes: to the phone if both phone and e-mail could be verified (developer guide, "Signing
/// up and confirming user accounts"); nowhere if neither can.
fn confirmation_address<'a>(entry: &PoolEntry, user: &'a User) -> Option<(ContactAttribute, &'a str)> {
    [ContactAttribute::PhoneNumber, ContactAttribute::Email]
        .into_iter()
        .filter(|contact| entry.settings.auto_verified_attributes.contains(contact))
        .find_map(|contact| Some((contact, user.attribute(contact.name())?)))
}

/// Whom a name means, as far as the caller may find out.
#[derive(Debug)]
enum Addressee {
    /// A user whose state allows what is asked.
    User(Box<User>),
    /// Nobody, or a user for whom it cannot be done, in a client that hides both: the request is played through, and
    /// what it leaves is kept under this subject.
    Nobody {
        /// The user's sub, or the HMAC of an unknown name.
        subject: String,
    },
}

/// Finds the user of a name and counts the use. What `allowed` refuses is told, unless the client hides users: then
/// such a user takes the same steps as a name that is nobody's.
async fn addressee(
    cx: &Context<'_>,
    realm: &Realm,
    name: &str,
    action: Action,
    allowed: impl Fn(&User) -> Result<()>,
) -> Result<Addressee> {
    let pool_id = &realm.entry.pool.id;
    let user = find::by_login(cx.domain, &realm.entry, name).await?;
    let subject = match &user {
        Some(user) => user.sub.clone(),
        None if realm.masks_users() => unknown_subject(realm, name),
        None => return Err(users::not_found()),
    };
    quotas::count(cx.domain, pool_id, &subject, action).await?;
    let Some(user) = user else { return Ok(Addressee::Nobody { subject }) };
    match allowed(&user) {
        Ok(()) => Ok(Addressee::User(Box::new(user))),
        Err(_) if realm.masks_users() => Ok(Addressee::Nobody { subject }),
        Err(refused) => Err(refused),
    }
}

/// What a name that is nobody's is counted and remembered under.
fn unknown_subject(realm: &Realm, name: &str) -> String {
    let mac = realm.entry.keys.name_mac(&["unknown", &realm.entry.fold_name(name)]);
    format!("unknown:{}", hex::encode(mac))
}

/// Refuses disabled users.
fn check_enabled(user: &User) -> Result<()> {
    if user.enabled { Ok(()) } else { Err(Error::not_authorized("User is disabled.")) }
}
