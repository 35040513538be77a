//! Making users: what sign-up and administrators have in common.

use std::collections::BTreeMap;

use super::attribute_values::{is_email, is_phone_number};
use super::attributes::{self, Given, Writer};
use super::{User, UserStatus, aliases};
use crate::SecretString;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::pools::{AliasAttribute, ContactAttribute, UserPool};
use crate::ports::store::{Conflict, Write};
use stepwell_model::ErrorCode;

/// A checked name and attributes of a user to be.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The username; none where e-mail or phone stands in for it and the sub takes its place.
    pub username: Option<String>,
    /// All attributes, the e-mail address or phone number given as the username included.
    pub attributes: BTreeMap<String, SecretString>,
}

/// What a new user would share with an existing one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// The username.
    Username,
    /// The alias of this attribute.
    Alias(String),
}

/// Checks the name and the attributes of a new user. Users who sign up must give all required attributes; those an
/// administrator leaves out are asked for at the first sign-in.
pub fn check(pool: &UserPool, writer: Writer<'_>, username: &str, given: Given) -> Result<Profile> {
    let mut attributes = attributes::check_new(pool, writer, given)?;
    let username = place_username(pool, username, &mut attributes)?;
    attributes::check_verified(&attributes)?;
    if matches!(writer, Writer::Client(_)) {
        attributes::check_required(pool, &attributes)?;
        for contact in [ContactAttribute::Email, ContactAttribute::PhoneNumber] {
            if attributes.contains_key(contact.name()) {
                attributes.insert(contact.verified_name().to_owned(), "false".into());
            }
        }
    }
    Ok(Profile { username, attributes })
}

/// The user of a profile, without a password, enabled and with a fresh sub.
pub fn user(domain: &Domain, pool: &UserPool, profile: Profile, status: UserStatus) -> User {
    let sub = domain.rng.uuid();
    let username = profile.username.unwrap_or_else(|| sub.clone());
    let now = domain.clock.now();
    User {
        pool_id: pool.id.clone(),
        username_key: User::username_key(pool, &username),
        username,
        sub,
        created_at: now,
        modified_at: now,
        enabled: true,
        status,
        attributes: profile.attributes,
        pending_attributes: BTreeMap::new(),
        sealed_verifier: None,
        temporary_password_expires_at: None,
        mfa: crate::mfa::MfaPreferences::default(),
        software_token: None,
        pending_software_token: None,
        password_history: Vec::new(),
        generation: 0,
        version: 0,
    }
}

/// Stores a new user with its aliases. `before` goes first (aliases taken over), `after` last (messages). Nothing is
/// written if a name is taken.
pub async fn insert(
    domain: &Domain,
    pool: &UserPool,
    user: &User,
    before: Vec<Write>,
    after: Vec<Write>,
) -> Result<std::result::Result<(), Taken>> {
    if name_means_somebody(domain, pool, user).await? {
        return Ok(Err(Taken::Username));
    }
    let mut writes = before;
    writes.push(Write::InsertUser(Box::new(user.clone())));
    writes.extend(aliases::claims(pool, user));
    writes.extend(after);
    match domain.submit(writes).await? {
        Ok(()) => Ok(Ok(())),
        Err(Conflict::Exists) => Ok(Err(Taken::Username)),
        Err(Conflict::AliasTaken) if name_means_somebody(domain, pool, user).await? => Ok(Err(Taken::Username)),
        Err(Conflict::AliasTaken) => {
            let attribute = aliases::taken(domain, pool, user).await?;
            Ok(Err(Taken::Alias(attribute.unwrap_or_else(|| "email".to_owned()))))
        }
        Err(Conflict::Changed | Conflict::Spent | Conflict::Full) => Err(super::update::contended()),
    }
}

/// What this user would share with an existing one, looked at beforehand: [`insert`] has the last word.
pub async fn taken(domain: &Domain, pool: &UserPool, user: &User) -> Result<Option<Taken>> {
    let by_username = domain.stores.users.by_username(&pool.id, &user.username_key).await?;
    if by_username.is_some() || name_means_somebody(domain, pool, user).await? {
        return Ok(Some(Taken::Username));
    }
    Ok(aliases::taken(domain, pool, user).await?.map(Taken::Alias))
}

/// Cognito's words for a taken e-mail address or phone number where it is the username (`SignUp`, `AdminCreateUser`).
pub fn sign_in_attribute_exists(attribute: &str) -> Error {
    Error::new(ErrorCode::UsernameExists, format!("An account with the given {attribute} already exists."))
}

/// A username that is another user's sub or preferred username would be taken for it.
async fn name_means_somebody(domain: &Domain, pool: &UserPool, user: &User) -> Result<bool> {
    let users = &domain.stores.users;
    if pool.generates_usernames() {
        return Ok(false);
    }
    if uuid::Uuid::try_parse(&user.username).is_ok()
        && users.by_sub(&pool.id, &user.username.to_lowercase()).await?.is_some()
    {
        return Ok(true);
    }
    let attribute = AliasAttribute::PreferredUsername;
    Ok(pool.has_alias(attribute) && users.by_alias(&pool.id, attribute.name(), &user.username_key).await?.is_some())
}

/// Decides what the given username is: the username, or the e-mail address or phone number that stands in for it.
fn place_username(
    pool: &UserPool,
    username: &str,
    attributes: &mut BTreeMap<String, SecretString>,
) -> Result<Option<String>> {
    let refuse = |message: &'static str| Err(Error::invalid_parameter(message));
    if !pool.generates_usernames() {
        if pool.has_alias(AliasAttribute::Email) && is_email(username) {
            return refuse("Username cannot be of email format, since user pool is configured for email alias.");
        }
        if pool.has_alias(AliasAttribute::PhoneNumber) && is_phone_number(username) {
            return refuse(
                "Username cannot be of phone number format, since user pool is configured for phone number alias.",
            );
        }
        return Ok(Some(username.to_owned()));
    }
    let by_email = pool.has_username_attribute(ContactAttribute::Email);
    let by_phone = pool.has_username_attribute(ContactAttribute::PhoneNumber);
    let contact = if by_email && is_email(username) {
        ContactAttribute::Email
    } else if by_phone && is_phone_number(username) {
        ContactAttribute::PhoneNumber
    } else {
        return refuse(match (by_email, by_phone) {
            (true, true) => "Username should be either an email or a phone number.",
            (false, true) => "Username should be a phone number.",
            (_, false) => "Username should be an email.",
        });
    };
    match attributes.get(contact.name()) {
        Some(given) if *given != username => {
            Err(Error::invalid_parameter(format!("The {} attribute differs from the username.", contact.name())))
        }
        Some(_) => Ok(None),
        None => {
            attributes.insert(contact.name().to_owned(), username.into());
            Ok(None)
        }
    }
}

#[cfg(test)]
#[path = "create_tests.rs"]
mod tests;
