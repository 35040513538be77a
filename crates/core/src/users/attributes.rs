//! The rules for writing attributes: which exist, who may write them, what they may hold, and what follows from a
//! changed e-mail address or phone number (developer guide, "Working with user attributes" and "Verifying updates to
//! email addresses and phone numbers").

use std::collections::BTreeMap;

use super::attribute_values::{self, is_email, is_phone_number};
use super::{User, UserStatus};
use crate::SecretString;
use crate::clients::AppClient;
use crate::error::{Error, Result};
use crate::pools::schema::AttributeSchema;
use crate::pools::{AliasAttribute, ContactAttribute, UserPool};
use stepwell_model::ErrorCode;

/// Attributes that nobody writes: the service does.
const WRITTEN_BY_NOBODY: [&str; 2] = ["sub", "identities"];
const CONTACTS: [ContactAttribute; 2] = [ContactAttribute::Email, ContactAttribute::PhoneNumber];

/// Who writes.
#[derive(Debug, Clone, Copy)]
pub enum Writer<'a> {
    /// A call signed with administrator credentials.
    Administrator,
    /// A user, through this app client.
    Client(&'a AppClient),
}

/// Attributes as a caller gives them: name and value; an empty value asks for removal.
pub type Given = Vec<(String, SecretString)>;

/// A user with changed attributes, and what the change calls for.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The user after the change.
    pub user: User,
    /// Attributes whose new value (in force already, or pending) is to be verified by a code.
    pub to_verify: Vec<ContactAttribute>,
    /// Attributes whose value in force changed: codes sent to the old value are worth nothing any more.
    pub replaced: Vec<ContactAttribute>,
}

/// Checks the attributes of a new user: permission, schema and formats. Whether something is missing is looked at
/// separately ([`check_required`], [`check_verified`]), because the username may still become an attribute.
pub fn check_new(pool: &UserPool, writer: Writer<'_>, given: Given) -> Result<BTreeMap<String, SecretString>> {
    let given: Given = given.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    if matches!(writer, Writer::Administrator) {
        check_modifiable(writer, given.iter().map(|(name, _)| name.as_str()))?;
    }
    permit(pool, writer, given.iter().map(|(name, _)| name.as_str()))?;
    let attributes = conform(pool, given)?;
    if let Some(name) = attributes.get("preferred_username") {
        check_preferred_username(pool, name)?;
        if matches!(writer, Writer::Client(_)) && pool.has_alias(AliasAttribute::PreferredUsername) {
            return Err(preferred_username_too_early());
        }
    }
    Ok(attributes)
}

/// The required attributes that a user lacks, in the schema's order.
pub fn missing_required<'a>(pool: &'a UserPool, attributes: &BTreeMap<String, SecretString>) -> Vec<&'a str> {
    pool.schema
        .iter()
        .filter(|schema| schema.required && !schema.custom && schema.name != "sub")
        .map(|schema| schema.name.as_str())
        .filter(|name| !attributes.contains_key(*name))
        .collect()
}

/// `InvalidParameterException` if a required attribute is missing.
pub fn check_required(pool: &UserPool, attributes: &BTreeMap<String, SecretString>) -> Result<()> {
    let missing = missing_required(pool, attributes);
    refuse_unless_empty(
        missing.into_iter().map(|name| (name.to_owned(), "The attribute is required".to_owned())).collect(),
    )
}

/// `InvalidParameterException` if an address that is not there is said to be verified.
pub fn check_verified(attributes: &BTreeMap<String, SecretString>) -> Result<()> {
    for contact in CONTACTS {
        let verified = attributes.get(contact.verified_name()).is_some_and(|value| *value == "true");
        if verified && !attributes.contains_key(contact.name()) {
            return Err(verified_without_value(contact));
        }
    }
    Ok(())
}

/// Applies given attributes to a user: what is not given stays, what is given empty goes. A changed e-mail address or
/// phone number is unverified unless the administrator says otherwise in the same call, and only waits in
/// `pending_attributes` where the pool wants it verified first.
pub fn merge(pool: &UserPool, writer: Writer<'_>, user: &User, given: Given) -> Result<Changed> {
    check_modifiable(writer, given.iter().map(|(name, _)| name.as_str()))?;
    permit(pool, writer, given.iter().map(|(name, _)| name.as_str()))?;
    check_mutable(pool, given.iter().map(|(name, _)| name.as_str()))?;
    let (removed, given): (Given, Given) = given.into_iter().partition(|(_, value)| value.is_empty());
    let mut given = conform(pool, given)?;

    let mut changed = Changed { user: user.clone(), to_verify: Vec::new(), replaced: Vec::new() };
    for (name, _) in removed {
        remove(pool, &mut changed, &name)?;
    }
    for contact in CONTACTS {
        let flag = given.remove(contact.verified_name()).map(|value| value == "true");
        let value = given.remove(contact.name());
        write_contact(pool, &mut changed, contact, value, flag)?;
    }
    if let Some(name) = given.get("preferred_username") {
        check_preferred_username(pool, name)?;
        if user.status == UserStatus::Unconfirmed && pool.has_alias(AliasAttribute::PreferredUsername) {
            return Err(preferred_username_too_early());
        }
    }
    changed.user.attributes.extend(given);
    check_still_reachable(pool, user, &changed.user)?;
    Ok(changed)
}

/// Removes attributes from a user.
pub fn delete(pool: &UserPool, writer: Writer<'_>, user: &User, names: &[String]) -> Result<Changed> {
    permit(pool, writer, names.iter().map(String::as_str))?;
    check_mutable(pool, names.iter().map(String::as_str))?;
    let mut changed = Changed { user: user.clone(), to_verify: Vec::new(), replaced: Vec::new() };
    for name in names {
        remove(pool, &mut changed, name)?;
    }
    check_still_reachable(pool, user, &changed.user)?;
    Ok(changed)
}

/// Marks the value in force as verified. What waits in `pending_attributes` is another value, and stays there.
pub fn mark_verified(user: &mut User, contact: ContactAttribute) {
    user.attributes.insert(contact.verified_name().to_owned(), "true".into());
}

/// Puts the pending value, now verified, in force.
pub fn accept_pending(user: &mut User, contact: ContactAttribute) {
    if let Some(pending) = user.pending_attributes.remove(contact.name()) {
        user.attributes.insert(contact.name().to_owned(), pending);
        mark_verified(user, contact);
    }
}

/// The error for an alias that another user holds, where it is not known which.
pub fn alias_taken() -> Error {
    Error::new(ErrorCode::AliasExists, "An account with one of the given attributes already exists.")
}

/// `NotAuthorizedException` if one of these attributes is required and the user has it: who replaces a temporary password
/// adds what is missing, and changes nothing (API reference, `RespondToAuthChallenge`, `NEW_PASSWORD_REQUIRED`).
pub fn check_only_missing(pool: &UserPool, user: &User, given: &Given) -> Result<()> {
    let is_there =
        |name: &str| user.attributes.contains_key(name) && pool.attribute(name).is_some_and(|schema| schema.required);
    match given.iter().find(|(name, _)| is_there(name)) {
        Some((name, _)) => Err(Error::not_authorized(format!("Cannot modify an already provided {name}"))),
        None => Ok(()),
    }
}

const NOT_IN_SCHEMA: &str = "Attribute does not exist in the schema.";
const IMMUTABLE: &str = "Attribute cannot be updated.";

fn write_contact(
    pool: &UserPool,
    changed: &mut Changed,
    contact: ContactAttribute,
    value: Option<SecretString>,
    verified: Option<bool>,
) -> Result<()> {
    let user = &mut changed.user;
    if let Some(value) = value {
        user.pending_attributes.remove(contact.name());
        let in_force = user.attributes.get(contact.name()) == Some(&value);
        // A user who must have the attribute and lacks it gives it as at sign-up.
        let is_first = !user.attributes.contains_key(contact.name())
            && pool.attribute(contact.name()).is_some_and(|schema| schema.required);
        let waits = !is_first && pool.settings.verify_before_update.contains(&contact);
        if !in_force && verified != Some(true) && waits {
            user.pending_attributes.insert(contact.name().to_owned(), value);
            changed.to_verify.push(contact);
        } else if !in_force {
            user.attributes.insert(contact.name().to_owned(), value);
            user.attributes.insert(contact.verified_name().to_owned(), "false".into());
            changed.replaced.push(contact);
            if verified != Some(true) && pool.settings.auto_verified_attributes.contains(&contact) {
                changed.to_verify.push(contact);
            }
        }
    }
    if let Some(verified) = verified {
        if verified && !user.attributes.contains_key(contact.name()) {
            return Err(verified_without_value(contact));
        }
        user.attributes.insert(contact.verified_name().to_owned(), if verified { "true" } else { "false" }.into());
    }
    Ok(())
}

fn remove(pool: &UserPool, changed: &mut Changed, name: &str) -> Result<()> {
    if pool.attribute(name).is_some_and(|schema| schema.required) {
        return Err(Error::invalid_parameter(format!("user.{name}: Required attribute cannot be deleted.\n")));
    }
    let user = &mut changed.user;
    let had = user.attributes.remove(name).is_some();
    if let Some(contact) = ContactAttribute::from_name(name) {
        user.pending_attributes.remove(name);
        user.attributes.remove(contact.verified_name());
        if had {
            changed.replaced.push(contact);
        }
    }
    Ok(())
}

/// Where e-mail or phone stands in for the username, the last of them stays: nobody could sign in without it.
fn check_still_reachable(pool: &UserPool, before: &User, after: &User) -> Result<()> {
    let reachable =
        |user: &User| pool.username_attributes.iter().any(|contact| user.attribute(contact.name()).is_some());
    if reachable(before) && !reachable(after) {
        return Err(Error::invalid_parameter("The attribute with which the user signs in cannot be removed."));
    }
    Ok(())
}

/// Whether the writer may write these attributes at all.
fn permit<'a>(pool: &UserPool, writer: Writer<'_>, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let Writer::Client(client) = writer else { return Ok(()) };
    for name in names {
        // A client without a list of its own is told of unknown attributes; one with a list only that it may not.
        let judged = client.settings.write_attributes.is_some() || pool.attribute(name).is_some();
        if judged && !client.can_write(pool, name) {
            return Err(Error::not_authorized("A client attempted to write unauthorized attribute"));
        }
    }
    Ok(())
}

/// Refuses what the service alone writes, whatever a client's list says: Cognito tells it apart from what a client may not
/// write.
fn check_modifiable<'a>(writer: Writer<'_>, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let verified = CONTACTS.map(ContactAttribute::verified_name);
    let is_services = |name: &str| {
        WRITTEN_BY_NOBODY.contains(&name) || (matches!(writer, Writer::Client(_)) && verified.contains(&name))
    };
    match names.into_iter().find(|name| is_services(name)) {
        Some(name) => Err(Error::invalid_parameter(format!("Cannot modify the non-mutable attribute {name}"))),
        None => Ok(()),
    }
}

/// Refuses to change what does not exist or never changes.
fn check_mutable<'a>(pool: &UserPool, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut refused = String::new();
    for name in names {
        let reason = match pool.attribute(name) {
            _ if WRITTEN_BY_NOBODY.contains(&name) => IMMUTABLE,
            None => NOT_IN_SCHEMA,
            Some(schema) if !schema.mutable => IMMUTABLE,
            Some(_) => continue,
        };
        refused.extend(["user.", name, ": ", reason, "\n"]);
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::invalid_parameter(refused)) }
}

/// Checks names and values against the schema and brings the values into the form they are kept in.
fn conform(pool: &UserPool, given: Given) -> Result<BTreeMap<String, SecretString>> {
    let mut attributes = BTreeMap::new();
    let mut violations = Vec::new();
    for (name, value) in given {
        match conform_one(pool, &name, &value) {
            Ok(value) => {
                if attributes.insert(name.clone(), value).is_some() {
                    violations.push((name, "Attribute is given more than once.".to_owned()));
                }
            }
            Err(reason) => violations.push((name, reason)),
        }
    }
    refuse_unless_empty(violations)?;
    if attributes.get("email").is_some_and(|email| !is_email(email)) {
        return Err(Error::invalid_parameter("Invalid email address format."));
    }
    if attributes.get("phone_number").is_some_and(|number| !is_phone_number(number)) {
        return Err(Error::invalid_parameter("Invalid phone number format."));
    }
    Ok(attributes)
}

fn conform_one(pool: &UserPool, name: &str, value: &SecretString) -> std::result::Result<SecretString, String> {
    if WRITTEN_BY_NOBODY.contains(&name) {
        return Err(IMMUTABLE.to_owned());
    }
    let schema: &AttributeSchema = pool.attribute(name).ok_or_else(|| NOT_IN_SCHEMA.to_owned())?;
    attribute_values::check(schema, value)
}

/// A preferred username that looks like another kind of alias would be taken for it.
fn check_preferred_username(pool: &UserPool, name: &str) -> Result<()> {
    let ambiguous = pool.has_alias(AliasAttribute::PreferredUsername)
        && (pool.has_alias(AliasAttribute::Email) && is_email(name)
            || pool.has_alias(AliasAttribute::PhoneNumber) && is_phone_number(name)
            || uuid::Uuid::try_parse(name).is_ok());
    if ambiguous {
        return Err(Error::invalid_parameter(
            "preferred_username cannot have the format of an email address, a phone number or a sub.",
        ));
    }
    Ok(())
}

fn preferred_username_too_early() -> Error {
    Error::invalid_parameter("preferred_username is an alias and can be set only after the user is confirmed.")
}

fn verified_without_value(contact: ContactAttribute) -> Error {
    Error::invalid_parameter(match contact {
        ContactAttribute::Email => "Email is required to verify/un-verify an email",
        ContactAttribute::PhoneNumber => "Phone Number is required to verify/un-verify a phone number",
    })
}

fn refuse_unless_empty(violations: Vec<(String, String)>) -> Result<()> {
    if violations.is_empty() {
        return Ok(());
    }
    let mut message = "Attributes did not conform to the schema: ".to_owned();
    for (name, reason) in violations {
        message.extend([&name, ": ", &reason, "\n"]);
    }
    Err(Error::new(ErrorCode::InvalidParameter, message))
}

#[cfg(test)]
#[path = "attributes_tests.rs"]
mod tests;
