//! Sign-up and what a person does before signing in: confirming, asking for the code again, recovering a password.

pub mod confirm;
pub mod recovery;
pub mod register;
pub mod resend;

use crate::auth::Realm;
use crate::cache::PoolEntry;
use crate::error::{Error, Result};
use crate::pools::ContactAttribute;
use crate::users::User;
use stepwell_model::ErrorCode;

/// Where the code of a sign-up goes: to the phone if both phone and e-mail could be verified (developer guide, "Signing
/// up and confirming user accounts"); nowhere if neither can.
fn confirmation_address<'a>(entry: &PoolEntry, user: &'a User) -> Option<(ContactAttribute, &'a str)> {
    [ContactAttribute::PhoneNumber, ContactAttribute::Email]
        .into_iter()
        .filter(|contact| entry.settings.auto_verified_attributes.contains(contact))
        .find_map(|contact| Some((contact, user.attribute(contact.name())?)))
}

/// What a name that is nobody's is counted and remembered under.
fn unknown_subject(realm: &Realm, name: &str) -> String {
    let mac = realm.entry.keys.name_mac(&["unknown", &realm.entry.fold_name(name)]);
    format!("unknown:{}", hex::encode(mac))
}

/// `UserNotFoundException`.
fn not_found() -> Error {
    Error::new(ErrorCode::UserNotFound, "User does not exist.")
}

/// Refuses what the user's state does not allow.
fn already_confirmed<T>() -> Result<T> {
    Err(Error::invalid_parameter("User is already confirmed."))
}
