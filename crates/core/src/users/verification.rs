//! Changing attributes, and verifying e-mail addresses and phone numbers by codes.

use super::attributes::{self, Changed, Given, Writer};
use super::lifecycle::forget_code;
use super::{User, UserStatus, aliases, find, passwords, update};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::messaging::{self, Cause, CodeDelivery, Occasion, codes};
use crate::pools::ContactAttribute;
use crate::ports::store::{CodePurpose, Write};
use crate::triggers::custom_message::Texts;
use crate::triggers::{Metadata, NO_METADATA, Person, Scene};
use stepwell_model::ErrorCode;

use crate::quotas::{self, Action};

/// `UpdateUserAttributes`: the user changes own attributes; returns where codes went.
pub async fn update_own(cx: &Context<'_>, given: Given, client_metadata: &Metadata) -> Result<Vec<CodeDelivery>> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    let client = cx.domain.client_of_pool(&token.pool_id, &token.client_id).await?;
    let merge = |user: &User| attributes::merge(&entry, Writer::Client(&client), user, given.clone());
    if !merge(&token.user)?.to_verify.is_empty() {
        // Each new address is mailed to, whoever it belongs to.
        quotas::count(cx.domain, &entry.id, &token.sub, Action::SendAttributeCode).await.map_err(too_many)?;
    }
    let scene = Scene::with_client(cx.domain, &entry, &client.id);
    change(&scene, client_metadata, token.user.clone(), merge).await
}

/// The model gives `UpdateUserAttributes` no `LimitExceededException`.
fn too_many(error: Error) -> Error {
    match error.code() {
        ErrorCode::LimitExceeded => Error::new(ErrorCode::TooManyRequests, error.message().to_owned()),
        _ => error,
    }
}

/// `AdminUpdateUserAttributes`.
pub async fn admin_update(
    cx: &Context<'_>,
    pool_id: &str,
    name: &str,
    given: Given,
    client_metadata: &Metadata,
) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    let scene = Scene::in_pool(cx.domain, &entry);
    let merge = |user: &User| attributes::merge(&entry, Writer::Administrator, user, given.clone());
    change(&scene, client_metadata, user, merge).await.map(|_| ()).map_err(passwords::undeliverable)
}

/// `DeleteUserAttributes`.
pub async fn delete_own(cx: &Context<'_>, names: &[String]) -> Result<()> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    let client = cx.domain.client_of_pool(&token.pool_id, &token.client_id).await?;
    let scene = Scene::with_client(cx.domain, &entry, &client.id);
    let deleted = change(&scene, &NO_METADATA, token.user.clone(), |user| {
        attributes::delete(&entry, Writer::Client(&client), user, names)
    });
    deleted.await.map(|_| ())
}

/// `AdminDeleteUserAttributes`.
pub async fn admin_delete(cx: &Context<'_>, pool_id: &str, name: &str, names: &[String]) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    let delete = |user: &User| attributes::delete(&entry, Writer::Administrator, user, names);
    let scene = Scene::in_pool(cx.domain, &entry);
    let deleted = change(&scene, &NO_METADATA, user, delete);
    deleted.await.map(|_| ())
}

/// `GetUserAttributeVerificationCode`: sends a code to the value that waits for its verification, or else to the one in
/// force.
pub async fn request_code(cx: &Context<'_>, attribute: &str, client_metadata: &Metadata) -> Result<CodeDelivery> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    let contact = verifiable(attribute)?;
    let user = &token.user;
    let address = address_to_verify(user, contact)
        .ok_or_else(|| Error::invalid_parameter(format!("User does not have {}.", contact.name())))?;
    quotas::count(cx.domain, &entry.id, &user.sub, Action::GetUserAttributeVerificationCode).await?;
    messaging::check_way(cx.domain, &entry, contact)?;
    let scene = Scene::with_client(cx.domain, &entry, &token.client_id);
    let (person, to, occasion) = (Person::User(user), (contact, address), Occasion::VerifyAttribute);
    let texts = messaging::custom_texts(&scene, occasion, person, to, client_metadata).await?;
    let cause = Cause::new(&token.client_id, Some(client_metadata)).with_texts(&texts);
    let (writes, delivery) = messaging::send_code(cx.domain, &entry, cause, user, to, occasion)?;
    cx.domain.commit(writes).await?;
    Ok(delivery)
}

/// `VerifyUserAttribute`: a code proves access to the address it was sent to, and to no other. A value that waited for
/// it comes into force.
pub async fn verify(cx: &Context<'_>, attribute: &str, given: &str) -> Result<()> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    let contact = verifiable(attribute)?;
    let purpose = Occasion::VerifyAttribute.purpose(contact);
    quotas::count(cx.domain, &entry.id, &token.sub, Action::VerifyUserAttribute).await?;
    let code = codes::check(cx.domain, &entry, &token.sub, purpose, None, given).await?;
    let verified = update::apply(cx.domain, &entry, token.user.clone(), |user| {
        let address = address_to_verify(user, contact).ok_or_else(codes::expired)?;
        if !codes::was_sent_to(&entry, &code, address) {
            // The value was changed after the code went out.
            return Err(codes::expired());
        }
        let mut writes = vec![codes::consume(&code)];
        if user.pending_attributes.contains_key(contact.name()) {
            attributes::accept_pending(user, contact);
            writes.push(forget_code(user, CodePurpose::ForgotPassword));
        } else {
            attributes::mark_verified(user, contact);
        }
        Ok(writes)
    });
    verified.await.map(|_| ())
}

/// Changes a user by `edit`, sends the codes that follow from it and voids those that it makes worthless.
async fn change(
    scene: &Scene<'_>,
    client_metadata: &Metadata,
    user: User,
    edit: impl Fn(&User) -> Result<Changed>,
) -> Result<Vec<CodeDelivery>> {
    let (domain, entry) = (scene.domain, scene.entry);
    let planned = edit(&user)?;
    refuse_taken_names(domain, entry, &user, &planned).await?;
    let texts = match to_be_told(&planned).next() {
        Some((contact, address)) => {
            messaging::check_way(domain, entry, contact)?;
            let (person, occasion) = (Person::User(&planned.user), Occasion::UpdateAttribute);
            messaging::custom_texts(scene, occasion, person, (contact, address), client_metadata).await?
        }
        None => Texts::default(),
    };
    let cause = Cause::new(scene.client_id.unwrap_or_default(), Some(client_metadata)).with_texts(&texts);
    let mut deliveries = Vec::new();
    update::apply(domain, entry, user, |user| {
        let changed = edit(user)?;
        let (writes, sent) = consequences(domain, entry, cause, &changed)?;
        *user = changed.user;
        deliveries = sent;
        Ok(writes)
    })
    .await?;
    Ok(deliveries)
}

/// Refuses, before a code is sent, a value that would become a sign-in name but is another user's already.
async fn refuse_taken_names(domain: &Domain, entry: &PoolEntry, before: &User, changed: &Changed) -> Result<()> {
    let mut future = changed.user.clone();
    for contact in &entry.username_attributes {
        attributes::accept_pending(&mut future, *contact);
    }
    if aliases::moves(entry, before, &future).is_empty() {
        return Ok(());
    }
    match aliases::taken(domain, entry, &future).await? {
        Some(attribute) => Err(aliases::taken_error(entry, &attribute)),
        None => Ok(()),
    }
}

/// The writes that a change of addresses calls for, and where codes go.
fn consequences(
    domain: &Domain,
    entry: &PoolEntry,
    cause: Cause<'_>,
    changed: &Changed,
) -> Result<(Vec<Write>, Vec<CodeDelivery>)> {
    let user = &changed.user;
    let (mut writes, mut deliveries) = (Vec::new(), Vec::new());
    for contact in &changed.replaced {
        writes.push(forget_code(user, Occasion::VerifyAttribute.purpose(*contact)));
        writes.push(forget_code(user, CodePurpose::ForgotPassword));
    }
    for to in to_be_told(changed) {
        let (sent, delivery) = messaging::send_code(domain, entry, cause, user, to, Occasion::UpdateAttribute)?;
        writes.extend(sent);
        deliveries.push(delivery);
    }
    Ok((writes, deliveries))
}

/// The addresses to which a change sends codes. Who is not confirmed yet cannot answer such a code: only a signed-in user
/// can.
fn to_be_told(changed: &Changed) -> impl Iterator<Item = (ContactAttribute, &str)> {
    let user = &changed.user;
    let answerable = changed.to_verify.iter().filter(|_| user.status != UserStatus::Unconfirmed);
    answerable.filter_map(|contact| Some((*contact, address_to_verify(user, *contact)?)))
}

fn address_to_verify(user: &User, contact: ContactAttribute) -> Option<&str> {
    let waiting = user.pending_attributes.get(contact.name()).map(|value| &**value);
    waiting.or_else(|| user.attribute(contact.name()))
}

fn verifiable(attribute: &str) -> Result<ContactAttribute> {
    ContactAttribute::from_name(attribute)
        .ok_or_else(|| Error::invalid_parameter("Only the attributes email and phone_number can be verified."))
}
