//! Changing attributes, and verifying e-mail addresses and phone numbers by codes.

use super::attributes::{self, Changed, Given, Writer};
use super::lifecycle::forget_code;
use super::{User, UserStatus, aliases, find, passwords, update};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::messaging::{self, CodeDelivery, Occasion, codes};
use crate::pools::ContactAttribute;
use crate::ports::store::{CodePurpose, Write};
use stepwell_model::ErrorCode;

use crate::quotas::{self, Action};

/// `UpdateUserAttributes`: the user changes own attributes; returns where codes went.
pub async fn update_own(cx: &Context<'_>, given: Given) -> Result<Vec<CodeDelivery>> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    let client = cx.domain.client_of_pool(&token.pool_id, &token.client_id).await?;
    let merge = |user: &User| attributes::merge(&entry, Writer::Client(&client), user, given.clone());
    if !merge(&token.user)?.to_verify.is_empty() {
        // Each new address is mailed to, whoever it belongs to.
        quotas::count(cx.domain, &entry.id, &token.sub, Action::SendAttributeCode).await.map_err(too_many)?;
    }
    change(cx.domain, &entry, &client.id, token.user.clone(), merge).await
}

/// The model gives `UpdateUserAttributes` no `LimitExceededException`.
fn too_many(error: Error) -> Error {
    match error.code() {
        ErrorCode::LimitExceeded => Error::new(ErrorCode::TooManyRequests, error.message().to_owned()),
        _ => error,
    }
}

/// `AdminUpdateUserAttributes`.
pub async fn admin_update(cx: &Context<'_>, pool_id: &str, name: &str, given: Given) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    change(cx.domain, &entry, "", user, |user| attributes::merge(&entry, Writer::Administrator, user, given.clone()))
        .await
        .map(|_| ())
        .map_err(passwords::undeliverable)
}

/// `DeleteUserAttributes`.
pub async fn delete_own(cx: &Context<'_>, names: &[String]) -> Result<()> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    let client = cx.domain.client_of_pool(&token.pool_id, &token.client_id).await?;
    let deleted = change(cx.domain, &entry, &client.id, token.user.clone(), |user| {
        attributes::delete(&entry, Writer::Client(&client), user, names)
    });
    deleted.await.map(|_| ())
}

/// `AdminDeleteUserAttributes`.
pub async fn admin_delete(cx: &Context<'_>, pool_id: &str, name: &str, names: &[String]) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    let deleted =
        change(cx.domain, &entry, "", user, |user| attributes::delete(&entry, Writer::Administrator, user, names));
    deleted.await.map(|_| ())
}

/// `GetUserAttributeVerificationCode`: sends a code to the value that waits for its verification, or else to the one in
/// force.
pub async fn request_code(cx: &Context<'_>, attribute: &str) -> Result<CodeDelivery> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    let contact = verifiable(attribute)?;
    let user = &token.user;
    let address = address_to_verify(user, contact)
        .ok_or_else(|| Error::invalid_parameter(format!("User does not have {}.", contact.name())))?;
    quotas::count(cx.domain, &entry.id, &user.sub, Action::GetUserAttributeVerificationCode).await?;
    let (writes, delivery) =
        messaging::send_code(cx.domain, &entry, &token.client_id, user, (contact, address), Occasion::VerifyAttribute)?;
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
    let code = codes::check(cx.domain, &entry, &token.sub, purpose, given).await?;
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
    domain: &Domain,
    entry: &PoolEntry,
    client_id: &str,
    user: User,
    edit: impl Fn(&User) -> Result<Changed>,
) -> Result<Vec<CodeDelivery>> {
    refuse_taken_names(domain, entry, &user, &edit(&user)?).await?;
    let mut deliveries = Vec::new();
    update::apply(domain, entry, user, |user| {
        let changed = edit(user)?;
        let (writes, sent) = consequences(domain, entry, client_id, &changed)?;
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
    client_id: &str,
    changed: &Changed,
) -> Result<(Vec<Write>, Vec<CodeDelivery>)> {
    let user = &changed.user;
    let (mut writes, mut deliveries) = (Vec::new(), Vec::new());
    for contact in &changed.replaced {
        writes.push(forget_code(user, Occasion::VerifyAttribute.purpose(*contact)));
        writes.push(forget_code(user, CodePurpose::ForgotPassword));
    }
    // Who is not confirmed yet cannot answer such a code: only a signed-in user can.
    let answerable = changed.to_verify.iter().filter(|_| user.status != UserStatus::Unconfirmed);
    for contact in answerable {
        let Some(address) = address_to_verify(user, *contact) else { continue };
        let (sent, delivery) =
            messaging::send_code(domain, entry, client_id, user, (*contact, address), Occasion::VerifyAttribute)?;
        writes.extend(sent);
        deliveries.push(delivery);
    }
    Ok((writes, deliveries))
}

fn address_to_verify(user: &User, contact: ContactAttribute) -> Option<&str> {
    let waiting = user.pending_attributes.get(contact.name()).map(|value| &**value);
    waiting.or_else(|| user.attribute(contact.name()))
}

fn verifiable(attribute: &str) -> Result<ContactAttribute> {
    ContactAttribute::from_name(attribute)
        .ok_or_else(|| Error::invalid_parameter("Only the attributes email and phone_number can be verified."))
}
