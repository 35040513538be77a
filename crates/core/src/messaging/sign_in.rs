//! The codes of a sign-in, as first or as second factor. They belong to the Session that asks for them: kept under its id,
//! they end with it and serve no other.

use super::{Cause, CodeDelivery, Occasion, codes, compose, outbox};
use crate::Millis;
use crate::cache::PoolEntry;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::pools::ContactAttribute;
use crate::ports::store::{CodePurpose, Write};
use crate::triggers::custom_sender::Addressed;
use crate::users::User;
use stepwell_model::ErrorCode;

/// What a code is for.
#[derive(Debug, Clone, Copy)]
pub struct SignInCode<'a> {
    /// The Session's id.
    pub session_id: &'a str,
    /// The Session's end.
    pub expires_at: Millis,
    /// Which factor.
    pub purpose: CodePurpose,
}

/// Makes a code and the message that carries it to `address`.
pub fn send<'a>(
    domain: &Domain,
    entry: &PoolEntry,
    cause: impl Into<Cause<'a>>,
    user: &User,
    (contact, address): (ContactAttribute, &str),
    code: SignInCode<'_>,
) -> Result<(Vec<Write>, CodeDelivery)> {
    let SignInCode { session_id, expires_at, purpose } = code;
    let (code, put) = codes::issue_until(domain, entry, session_id, purpose, address, expires_at)?;
    let to = Addressed::User(user);
    let message = compose::code(domain, entry, cause.into(), &to, (contact, address), Occasion::Authentication, &code)
        .map_err(|error| undeliverable(contact, error))?;
    Ok((vec![put, outbox::enqueue(domain, entry, &message)?], CodeDelivery::new(entry, contact, address)))
}

/// Does for a name that is nobody's what [`send`] does for a user, with an address of [`destination::made_up`].
///
/// [`destination::made_up`]: super::destination::made_up
pub fn pretend<'a>(
    domain: &Domain,
    entry: &PoolEntry,
    cause: impl Into<Cause<'a>>,
    name: &str,
    (contact, address): (ContactAttribute, &str),
    code: SignInCode<'_>,
) -> Result<(Vec<Write>, CodeDelivery)> {
    let SignInCode { session_id, expires_at, purpose } = code;
    let (code, put) = codes::issue_until(domain, entry, session_id, purpose, address, expires_at)?;
    let to = Addressed::Nobody { name, subject: session_id };
    let message = compose::code(domain, entry, cause.into(), &to, (contact, address), Occasion::Authentication, &code)
        .map_err(|error| undeliverable(contact, error))?;
    Ok((vec![put, outbox::enqueue_unreadable(domain, entry, &message)?], CodeDelivery::new(entry, contact, address)))
}

/// The sign-in operations have no `CodeDeliveryFailureException`; they tell of each channel by itself.
fn undeliverable(contact: ContactAttribute, error: Error) -> Error {
    if error.code() != ErrorCode::CodeDeliveryFailure {
        return error;
    }
    let code = match contact {
        ContactAttribute::Email => ErrorCode::InvalidEmailRoleAccessPolicy,
        ContactAttribute::PhoneNumber => ErrorCode::InvalidSmsRoleAccessPolicy,
    };
    Error::new(code, error.message().to_owned())
}
