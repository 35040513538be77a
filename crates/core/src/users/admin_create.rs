//! `AdminCreateUser`: an administrator makes a user with a temporary password and invites the person, or invites
//! again.

use super::attributes::{Given, Writer};
use super::create::{self, Taken};
use super::{User, UserStatus, aliases, credential, find, passwordless, passwords, update};
use crate::SecretString;
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::{self, Cause};
use crate::pools::ContactAttribute;
use crate::ports::store::Write;
use crate::triggers::custom_message::Texts;
use crate::triggers::{Scene, Told, pre_sign_up};
use stepwell_model::ErrorCode;

/// What the administrator asks for.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// The username, or the e-mail address or phone number that stands in for it.
    pub username: &'a str,
    /// The attributes.
    pub attributes: Given,
    /// The temporary password. Without one, the user has no password if one-time codes can begin a sign-in; else one is
    /// made.
    pub temporary_password: Option<&'a SecretString>,
    /// Take verified addresses from whoever else holds them as an alias.
    pub force_alias_creation: bool,
    /// Where the invitation goes; `None` means the phone, if there is one.
    pub mediums: Option<Vec<ContactAttribute>>,
    /// For triggers.
    pub told: Told<'a>,
}

/// Whether the person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invitation {
    /// A message goes out, with the temporary password if there is one.
    Sent,
    /// `SUPPRESS`: the administrator tells the person.
    Suppressed,
}

/// Makes a user in the state `FORCE_CHANGE_PASSWORD`, or without a password in the state `CONFIRMED`.
pub async fn create(cx: &Context<'_>, pool_id: &str, new: NewUser<'_>, invitation: Invitation) -> Result<User> {
    let domain = cx.domain;
    let entry = domain.pool(pool_id).await?;
    let profile = create::check(&entry, Writer::Administrator, new.username, new.attributes)?;
    let mut user = create::user(domain, &entry, profile, UserStatus::ForceChangePassword);
    let addresses = addresses(&user, new.mediums.as_deref())?;
    let password = match new.temporary_password {
        None if passwordless::is_possible(&entry, &user) => None,
        given => Some(temporary_password(cx, &entry, given)?),
    };
    if password.is_none() {
        user.status = UserStatus::Confirmed;
    }
    let scene = Scene::in_pool(domain, &entry);
    let Told { validation_data, client_metadata } = new.told;
    pre_sign_up::ask(&scene, pre_sign_up::Source::AdminCreateUser, &user, validation_data, client_metadata).await?;
    let messages = match invitation {
        Invitation::Sent => {
            let texts = invitation_texts(&scene, &user, &addresses, new.told).await?;
            let cause = Cause::new("", Some(client_metadata)).with_texts(&texts);
            invitations(cx, &entry, cause, &user, &addresses, password.as_deref())?
        }
        Invitation::Suppressed => Vec::new(),
    };
    if let Some(password) = &password {
        credential::set_password(domain, &entry, &mut user, password)?;
        user.temporary_password_expires_at = Some(passwords::temporary_until(&entry, cx.now()));
    }
    let taken_over =
        if new.force_alias_creation { aliases::take_over(domain, &entry, &user).await? } else { Vec::new() };
    match create::insert(domain, &entry, &user, taken_over, messages).await? {
        Ok(()) => Ok(user),
        Err(Taken::Username) => Err(Error::new(ErrorCode::UsernameExists, "User account already exists")),
        Err(Taken::Alias(attribute)) if entry.generates_usernames() => {
            Err(create::sign_in_attribute_exists(&attribute))
        }
        Err(Taken::Alias(attribute)) => Err(aliases::taken_error(&entry, &attribute)),
    }
}

/// `RESEND`: a fresh temporary password for a user who has not signed in yet, its time starting anew, and a message
/// with it. Attributes in the request have no effect, as in Cognito.
pub async fn resend(cx: &Context<'_>, pool_id: &str, new: NewUser<'_>) -> Result<User> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, new.username).await?;
    check_invited(&user)?;
    let password = temporary_password(cx, &entry, new.temporary_password)?;
    let scene = Scene::in_pool(cx.domain, &entry);
    let texts = invitation_texts(&scene, &user, &addresses(&user, new.mediums.as_deref())?, new.told).await?;
    let cause = Cause::new("", Some(new.told.client_metadata)).with_texts(&texts);
    let sealed = credential::seal_for(cx.domain, &entry, &user, &password)?;
    update::apply(cx.domain, &entry, user, |user| {
        check_invited(user)?;
        let messages =
            invitations(cx, &entry, cause, user, &addresses(user, new.mediums.as_deref())?, Some(&password))?;
        // Not remembered: nobody ever chose the one that it replaces.
        user.sealed_verifier = Some(sealed.clone());
        user.temporary_password_expires_at = Some(passwords::temporary_until(&entry, cx.now()));
        Ok(messages)
    })
    .await
}

fn check_invited(user: &User) -> Result<()> {
    if user.status == UserStatus::ForceChangePassword {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::UnsupportedUserState,
        format!("Resend not possible. {} status is not FORCE_CHANGE_PASSWORD", user.status.as_str()),
    ))
}

fn temporary_password(cx: &Context<'_>, entry: &PoolEntry, given: Option<&SecretString>) -> Result<SecretString> {
    let policy = &entry.settings.password_policy;
    match given {
        Some(given) => policy.check_temporary(given).map(|()| given.clone()),
        None => Ok(policy.generate(&*cx.domain.rng).into()),
    }
}

/// Where the invitation goes. A medium that was asked for needs an address; the default one only goes out if it has
/// one.
fn addresses(user: &User, mediums: Option<&[ContactAttribute]>) -> Result<Vec<(ContactAttribute, String)>> {
    let address = |contact: ContactAttribute| user.attribute(contact.name()).map(|value| (contact, value.to_owned()));
    let Some(mediums) = mediums else { return Ok(address(ContactAttribute::PhoneNumber).into_iter().collect()) };
    let mut addresses: Vec<(ContactAttribute, String)> = Vec::new();
    for &contact in mediums {
        let found = address(contact).ok_or_else(|| {
            let medium = if contact == ContactAttribute::Email { "EMAIL" } else { "SMS" };
            Error::invalid_parameter(format!("Delivery medium {medium} needs a value for {}.", contact.name()))
        })?;
        if !addresses.contains(&found) {
            addresses.push(found);
        }
    }
    Ok(addresses)
}

/// Asks the pool's trigger for the texts, once it is clear that the messages can go out.
async fn invitation_texts(
    scene: &Scene<'_>,
    user: &User,
    addresses: &[(ContactAttribute, String)],
    told: Told<'_>,
) -> Result<Texts> {
    for (contact, _) in addresses {
        messaging::check_way(scene.domain, scene.entry, *contact)?;
    }
    messaging::invitation_texts(scene, user, addresses, told.client_metadata).await
}

fn invitations(
    cx: &Context<'_>,
    entry: &PoolEntry,
    cause: Cause<'_>,
    user: &User,
    addresses: &[(ContactAttribute, String)],
    password: Option<&str>,
) -> Result<Vec<Write>> {
    addresses
        .iter()
        .map(|(contact, address)| match password {
            Some(_) if !messaging::tells_password(entry, cause, *contact) => Err(Error::invalid_parameter(
                "The invitation message must include the placeholder {####} for the temporary password.",
            )),
            Some(password) => messaging::invitation(cx.domain, entry, cause, user, (*contact, address), password),
            None => messaging::welcome(cx.domain, entry, cause, user, (*contact, address)),
        })
        .collect()
}
