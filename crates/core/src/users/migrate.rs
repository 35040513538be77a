//! Users that come from elsewhere when they are first asked for (developer guide, "Migrate user Lambda trigger").
//!
//! A pool's function vouches for them: their attributes are taken as an administrator's, their password against no
//! policy. What a client that hides users is told of a name that the function does not know is what it is told of every
//! other unknown name.

use std::collections::BTreeMap;

use super::attributes::{Given, Writer};
use super::create::{self, Taken};
use super::{User, UserStatus, aliases, credential, find};
use crate::SecretString;
use crate::auth::subject::Subject;
use crate::auth::{Realm, lockout};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::{self, Cause};
use crate::mfa::MfaFactor;
use crate::pools::ContactAttribute;
use crate::ports::store::Write;
use crate::triggers::user_migration::{self, Migrated, Source};
use crate::triggers::{Metadata, NO_METADATA, Scene};
use stepwell_model::ErrorCode;

/// The attribute by which a function names the user whom it found by an alias.
const USERNAME: &str = "username";
/// What a welcome says in place of a password: Stepwell does not send people's own ones around.
const KEPT_PASSWORD: &str = "(unchanged)";

/// Asks the pool's function about a name that is nobody's here, and makes the user that it knows. `None` if the pool has no
/// such function. Where the client hides users, a name that the function does not know is `None` too, and at a sign-in a
/// wrong password; elsewhere the function's refusal is told.
///
/// `client_metadata` is that of `ForgotPassword`; a sign-in's comes with the source.
pub async fn migrate(
    cx: &Context<'_>,
    realm: &Realm,
    name: &str,
    source: Source<'_>,
    client_metadata: &Metadata,
) -> Result<Option<User>> {
    let scene = Scene::in_realm(cx.domain, realm);
    if !user_migration::is_configured(&scene) {
        return Ok(None);
    }
    let Source::Authentication { password, .. } = source else {
        return match ask(&scene, source, name, client_metadata).await? {
            Some(found) => make(cx, realm, name, found, None).await,
            None => Ok(None),
        };
    };
    // As with users that are here: the guess counts before anybody looks at it, and one at a time.
    let key = Subject::Unknown { name: realm.entry.fold_name(name) }.lockout_key(realm);
    let forget_failures = lockout::count_first(cx, &realm.entry.pool.id, &key).await?;
    let user = match ask(&scene, source, name, &NO_METADATA).await? {
        Some(found) => make(cx, realm, name, found, Some(password)).await?,
        None => None,
    };
    // Where users are hidden, this is what a wrong password is told.
    let user = user.ok_or_else(|| Error::not_authorized("Incorrect username or password."))?;
    cx.domain.commit(vec![forget_failures]).await?;
    Ok(Some(user))
}

/// What the function knows. Its refusals are told, unless the client hides users.
async fn ask(scene: &Scene<'_>, source: Source<'_>, name: &str, metadata: &Metadata) -> Result<Option<Migrated>> {
    match user_migration::ask(scene, source, name, metadata).await {
        Err(error) if scene.masks_users && is_triggers(&error) => Ok(None),
        // A function that answers nothing about the user, too, as the guide's example does when it finds nobody.
        Err(error) if is_triggers(&error) && error.code() != ErrorCode::UserLambdaValidation => {
            tracing::warn!(pool = scene.entry.id, ?error, "a user could not be migrated");
            Err(failed(scene.client_id.unwrap_or_default()))
        }
        outcome => outcome,
    }
}

/// What an app is told of a user for whom the function gave nothing that is of use (AWS Knowledge Center, "user migration
/// Lambda trigger errors").
fn failed(client_id: &str) -> Error {
    Error::new(ErrorCode::UserNotFound, format!("Exception migrating user in app client {client_id}"))
}

fn is_triggers(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::UserLambdaValidation | ErrorCode::UnexpectedLambda | ErrorCode::InvalidLambdaResponse
    )
}

/// Stores the user, unless the pool cannot take it as the function describes it.
async fn make(
    cx: &Context<'_>,
    realm: &Realm,
    name: &str,
    found: Migrated,
    password: Option<&str>,
) -> Result<Option<User>> {
    let (domain, entry) = (cx.domain, &realm.entry);
    let mut user = match describe(cx, realm, name, &found, password.is_none()) {
        Ok(user) => user,
        Err(error) => return refuse(realm, &error),
    };
    if let Some(password) = password {
        credential::set_password(domain, entry, &mut user, password)?;
    }
    let welcome =
        if found.welcome && password.is_some() { welcome(cx, realm, &user, &found).await? } else { Vec::new() };
    let taken_over =
        if found.force_alias_creation { aliases::take_over(domain, entry, &user).await? } else { Vec::new() };
    match create::insert(domain, entry, &user, taken_over, welcome).await? {
        Ok(()) => find::by_sub(domain, &entry.pool.id, &user.sub).await.map(Some),
        Err(taken) => match find::by_login(domain, entry, name).await? {
            // Another request brought the same user in just now.
            Some(user) => Ok(Some(user)),
            None => refuse(realm, &Error::internal(describe_taken(&taken))),
        },
    }
}

/// The user as it shall be stored, but for the password.
fn describe(cx: &Context<'_>, realm: &Realm, name: &str, found: &Migrated, forgot_password: bool) -> Result<User> {
    let entry = &realm.entry;
    let mut attributes = found.attributes.clone();
    // Who signs in by an alias has a username besides, which only the function knows.
    let username = attributes.remove(USERNAME).filter(|username| !username.is_empty());
    let username = username.as_deref().unwrap_or(name);
    let profile = create::check(entry, Writer::Administrator, username, given(attributes))?;
    let reset = found.reset_required || forgot_password;
    let status = if reset { UserStatus::ResetRequired } else { UserStatus::Confirmed };
    let mut user = create::user(cx.domain, entry, profile, status);
    if found.enable_sms_mfa {
        let possible = entry.settings.mfa.offers(MfaFactor::Sms) && user.attribute("phone_number").is_some();
        if !possible {
            return Err(Error::invalid_parameter("enableSMSMFA needs a phone number, and a pool with SMS MFA"));
        }
        user.mfa.enable(MfaFactor::Sms);
    }
    Ok(user)
}

fn given(attributes: BTreeMap<String, SecretString>) -> Given {
    attributes.into_iter().collect()
}

/// A function that describes a user whom the pool cannot take has a mistake in it: its owner finds the reason in the log.
fn refuse(realm: &Realm, reason: &Error) -> Result<Option<User>> {
    tracing::warn!(pool = realm.entry.pool.id, client = realm.client.id, ?reason, "a user could not be migrated");
    if realm.masks_users() {
        return Ok(None);
    }
    Err(failed(&realm.client.id))
}

fn describe_taken(taken: &Taken) -> String {
    match taken {
        Taken::Username => "the username is taken".to_owned(),
        Taken::Alias(attribute) => format!("the {attribute} is another user's"),
    }
}

/// The welcome to the addresses that were asked for, or to the phone: as far as there are any, and a way to them.
async fn welcome(cx: &Context<'_>, realm: &Realm, user: &User, found: &Migrated) -> Result<Vec<Write>> {
    let (domain, entry) = (cx.domain, &realm.entry);
    let mediums = found.mediums.as_deref().unwrap_or(&[ContactAttribute::PhoneNumber]);
    let mut addresses = Vec::new();
    for contact in mediums {
        let reachable = messaging::check_way(domain, entry, *contact).is_ok();
        match user.attribute(contact.name()) {
            Some(address) if reachable => addresses.push((*contact, address.to_owned())),
            _ => {}
        }
    }
    let scene = Scene::in_realm(domain, realm);
    let texts = messaging::invitation_texts(&scene, user, &addresses, &NO_METADATA).await?;
    let cause = Cause::new(&realm.client.id, None).with_texts(&texts);
    addresses
        .iter()
        .map(|(contact, address)| messaging::invitation(domain, entry, cause, user, (*contact, address), KEPT_PASSWORD))
        .collect()
}
