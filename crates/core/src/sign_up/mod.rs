//! Sign-up and what a person does before signing in: confirming, asking for the code again, recovering a password.

mod auto_sign_in;
pub mod confirm;
pub mod recovery;
pub mod register;
pub mod resend;

use crate::SecretString;
use crate::auth::{Door, Realm, UserContext, secret_hash, subject};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::{self, Cause, CodeDelivery, Occasion, destination};
use crate::pools::ContactAttribute;
use crate::ports::store::Write;
use crate::quotas::{self, Action};
use crate::risk;
use crate::triggers::user_migration::{self, Source};
use crate::triggers::{Metadata, Person, Scene};
use crate::users::{User, find, migrate};
use stepwell_model::ErrorCode;

/// What each of these operations brings.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The username or alias.
    pub username: &'a str,
    /// `SecretHash`.
    pub secret_hash: Option<&'a SecretString>,
    /// `UserContextData`: what the client says about the person's device and network.
    pub user_context: &'a UserContext,
    /// `ClientMetadata`, for triggers.
    pub client_metadata: &'a Metadata,
}

impl Request<'_> {
    /// Refuses calls without the client's secret, and those from addresses that are always blocked, before anything is
    /// looked at. Returns where the call comes from, as threat protection sees it.
    async fn enter(&self, cx: &Context<'_>, realm: &Realm) -> Result<risk::Source> {
        secret_hash::check(cx, realm, self.secret_hash, &[self.username]).await?;
        let source = risk::Source::of(cx, realm, Door::App, self.user_context);
        risk::before_password(cx, realm, risk::Flow::Standard, &source).await?;
        Ok(source)
    }
}

/// Counts a confirmation code against the address it goes to: anybody can make many accounts that claim somebody's
/// address. False beyond the quota: the message is then played instead of sent where users are hidden, since who asks for
/// one account's could learn the address of another by it; elsewhere `LimitExceededException`.
async fn may_be_sent(cx: &Context<'_>, realm: &Realm, (contact, address): (ContactAttribute, &str)) -> Result<bool> {
    let counted = counted_address(realm, contact, address);
    match quotas::count(cx.domain, &realm.entry.pool.id, &counted, Action::ConfirmAddress).await {
        Ok(()) => Ok(true),
        Err(error) if error.code() == ErrorCode::LimitExceeded && realm.masks_users() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Counts the code of a new sign-up against what its requester has had sent to this address.
async fn count_sign_up(cx: &Context<'_>, realm: &Realm, (contact, address): (ContactAttribute, &str)) -> Result<()> {
    let counted = format!("{}:{}", counted_address(realm, contact, address), cx.caller.network());
    quotas::count(cx.domain, &realm.entry.pool.id, &counted, Action::SendSignUpCode).await
}

/// What messages to an address are counted under: mailboxes do not care about case, whatever the pool does.
fn counted_address(realm: &Realm, contact: ContactAttribute, address: &str) -> String {
    let folded = realm.entry.fold_alias(contact.name(), address).to_lowercase();
    hex::encode(realm.entry.keys.name_mac(&["sign-up-code", contact.name(), &folded]))
}

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
    /// what it leaves is kept under a subject that is no user's.
    Nobody {
        /// An HMAC of the user's sub or of the unknown name.
        subject: String,
        /// The user for whom it cannot be done.
        hidden: Option<Box<User>>,
    },
}

/// Finds the user of a name and counts the use. What `allowed` refuses is told, unless the client hides users: then
/// such a user takes the same steps as a name that is nobody's. With `for_migration`, the metadata for the trigger, a
/// user who is not there is looked for elsewhere.
async fn addressee(
    cx: &Context<'_>,
    realm: &Realm,
    name: &str,
    action: Action,
    for_migration: Option<&Metadata>,
    allowed: impl Fn(&User) -> Result<()>,
) -> Result<Addressee> {
    let pool_id = &realm.entry.pool.id;
    let user = find::by_login_or_sub(cx.domain, &realm.entry, name).await?;
    let for_migration = for_migration.filter(|_| user_migration::is_configured(&Scene::in_realm(cx.domain, realm)));
    let subject = match &user {
        Some(user) => user.sub.clone(),
        None if realm.masks_users() || for_migration.is_some() => unknown_subject(realm, name),
        None => return Err(nobody()),
    };
    quotas::count(cx.domain, pool_id, &subject, action).await?;
    let user = match (user, for_migration) {
        (None, Some(metadata)) => migrate::migrate(cx, realm, name, Source::ForgotPassword, metadata).await?,
        (user, _) => user,
    };
    let user = match user {
        Some(user) => user,
        None if realm.masks_users() => return Ok(Addressee::Nobody { subject, hidden: None }),
        None => return Err(nobody()),
    };
    match allowed(&user) {
        Ok(()) => Ok(Addressee::User(Box::new(user))),
        Err(_) if realm.masks_users() => Ok(hidden(realm, user)),
        Err(refused) => Err(refused),
    }
}

/// What a name that is nobody's is told by these operations, where it is told: apps look for the text.
fn nobody() -> Error {
    Error::new(ErrorCode::UserNotFound, "Username/client id combination not found.")
}

/// A user for whom it cannot be done, as somebody who is not there. Never under the user's own sub: a code kept there
/// would be a real one.
fn hidden(realm: &Realm, user: User) -> Addressee {
    Addressee::Nobody { subject: unknown_subject(realm, &user.sub), hidden: Some(Box::new(user)) }
}

/// Makes the writes and the answer of an operation that sends a code. A message that cannot be sent at all is told,
/// unless the client hides users: only who exists has an address to which it could not be sent. The pool's trigger is
/// asked for the message's text in any case, so that a name that is nobody's takes as long.
async fn send_or_pretend(
    cx: &Context<'_>,
    realm: &Realm,
    request: Request<'_>,
    source: &risk::Source,
    occasion: Occasion,
    addressee: Addressee,
    address: impl Fn(&User) -> Result<(ContactAttribute, &str)>,
) -> Result<(Vec<Write>, CodeDelivery)> {
    let (domain, entry) = (cx.domain, &realm.entry);
    let Request { username: name, client_metadata, .. } = request;
    let scene = Scene::in_realm(domain, realm);
    let cause = Cause::new(&realm.client.id, Some(client_metadata));
    let addressee = match addressee {
        Addressee::User(user) => match messaging::check_way(domain, entry, address(&user)?.0) {
            Err(error) if error.code() == ErrorCode::CodeDeliveryFailure && realm.masks_users() => hidden(realm, *user),
            outcome => outcome.map(|()| Addressee::User(user))?,
        },
        nobody @ Addressee::Nobody { .. } => nobody,
    };
    let addressee = match addressee {
        // Recovery goes to addresses that are proven, and has its own quota.
        Addressee::User(user) if occasion == Occasion::ResendCode => {
            if may_be_sent(cx, realm, address(&user)?).await? {
                Addressee::User(user)
            } else {
                hidden(realm, *user)
            }
        }
        Addressee::Nobody { subject, hidden } if occasion == Occasion::ResendCode => {
            let (contact, to) = destination::simulated(entry, hidden.as_deref(), name, occasion);
            may_be_sent(cx, realm, (contact, &to)).await?;
            Addressee::Nobody { subject, hidden }
        }
        addressee => addressee,
    };
    let (sub, (mut writes, delivery)) = match addressee {
        Addressee::User(user) => {
            let (person, to) = (Person::User(&user), address(&user)?);
            let texts = messaging::custom_texts(&scene, occasion, person, to, client_metadata).await?;
            let sent = messaging::send_code(domain, entry, cause.with_texts(&texts), &user, to, occasion)?;
            (user.sub.clone(), sent)
        }
        Addressee::Nobody { subject, hidden } => {
            let (contact, address) = destination::simulated(entry, hidden.as_deref(), name, occasion);
            let (person, to) = (Person::Nobody { name }, (contact, address.as_str()));
            let texts = messaging::custom_texts(&scene, occasion, person, to, client_metadata).await?;
            let cause = cause.with_texts(&texts);
            let sent = messaging::pretend_code(domain, entry, cause, &subject, hidden.as_deref(), name, occasion)?;
            (subject, sent)
        }
    };
    let event = if occasion == Occasion::ForgotPassword { "ForgotPassword" } else { "ResendCode" };
    writes.extend(risk::note(cx, entry, &sub, event, source, None));
    Ok((writes, delivery))
}

/// What a name that is nobody's is counted and remembered under: as with a user, the same by whichever of its names.
fn unknown_subject(realm: &Realm, name: &str) -> String {
    let mac = realm.entry.keys.name_mac(&["unknown", &subject::made_up_id(&realm.entry, &realm.entry.fold_name(name))]);
    format!("unknown:{}", hex::encode(mac))
}

/// Refuses disabled users.
fn check_enabled(user: &User) -> Result<()> {
    if user.enabled { Ok(()) } else { Err(Error::not_authorized("User is disabled.")) }
}
