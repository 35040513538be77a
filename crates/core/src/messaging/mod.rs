//! Messages to users: one-time codes, links and invitations, put into the sealed outbox and sent by a background job.
//!
//! Nothing is sent while a request waits, so that a message to somebody takes as long as a message to nobody.

mod cause;
pub mod codes;
pub mod compose;
pub mod destination;
pub mod outbox;
pub mod sign_in;
mod texts;

pub use cause::Cause;
pub use compose::{Occasion, tells_password};
pub use destination::CodeDelivery;
pub use texts::{custom_texts, invitation_texts};

use crate::cache::PoolEntry;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::pools::ContactAttribute;
use crate::ports::store::{CodePurpose, Write};
use crate::triggers::custom_sender::{self, Addressed};
use crate::users::User;
use stepwell_model::ErrorCode;
use stepwell_model::idp::DefaultEmailOptionType;

/// Makes a one-time code for a user and the message that carries it to `address`, which is (or shall become) the
/// user's `contact`. Submit the writes to make both true.
pub fn send_code<'a>(
    domain: &Domain,
    entry: &PoolEntry,
    cause: impl Into<Cause<'a>>,
    user: &User,
    (contact, address): (ContactAttribute, &str),
    occasion: Occasion,
) -> Result<(Vec<Write>, CodeDelivery)> {
    let (code, put) = codes::issue(domain, entry, &user.sub, occasion.purpose(contact), address)?;
    let to = Addressed::User(user);
    let message = compose::code(domain, entry, cause.into(), &to, (contact, address), occasion, &code)?;
    let delivery = CodeDelivery::new(entry, contact, address);
    Ok((vec![put, outbox::enqueue(domain, entry, &message)?], delivery))
}

/// Does for a name that is nobody's what [`send_code`] does for a user, so that both cost the same: a code that nobody
/// learns, and a message that is thrown away when its turn comes.
pub fn pretend_code<'a>(
    domain: &Domain,
    entry: &PoolEntry,
    cause: impl Into<Cause<'a>>,
    subject: &str,
    hidden: Option<&User>,
    name: &str,
    occasion: Occasion,
) -> Result<(Vec<Write>, CodeDelivery)> {
    let (contact, address) = destination::simulated(entry, hidden, name, occasion);
    let (code, put) = codes::issue(domain, entry, subject, occasion.purpose(contact), &address)?;
    let to = hidden.map_or(Addressed::Nobody { name, subject }, Addressed::User);
    let message = compose::unchecked_code(domain, entry, cause.into(), &to, (contact, &address), occasion, &code);
    let delivery = CodeDelivery::new(entry, contact, &address);
    Ok((vec![put, outbox::enqueue_unreadable(domain, entry, &message)?], delivery))
}

/// True if the pool confirms sign-ups by link.
pub fn sends_links(entry: &PoolEntry) -> bool {
    entry.settings.verification_message.default_email_option == Some(DefaultEmailOptionType::ConfirmWithLink)
}

/// The message that tells a user made by an administrator how to sign in for the first time.
pub fn invitation(
    domain: &Domain,
    entry: &PoolEntry,
    cause: Cause<'_>,
    user: &User,
    (contact, address): (ContactAttribute, &str),
    temporary_password: &str,
) -> Result<Write> {
    let message = compose::invitation(domain, entry, cause, user, (contact, address), temporary_password)?;
    outbox::enqueue(domain, entry, &message)
}

/// The message that tells a user without a password, made by an administrator, that there is an account.
pub fn welcome(
    domain: &Domain,
    entry: &PoolEntry,
    cause: Cause<'_>,
    user: &User,
    (contact, address): (ContactAttribute, &str),
) -> Result<Write> {
    let message = compose::welcome(domain, entry, cause, user, (contact, address))?;
    outbox::enqueue(domain, entry, &message)
}

/// Refuses a channel by which nothing can go out: the pool's own function carries it, or else the operator's transport.
pub(crate) fn check_way(domain: &Domain, entry: &PoolEntry, contact: ContactAttribute) -> Result<()> {
    if custom_sender::carries(entry, contact) {
        custom_sender::check_possible(domain)
    } else {
        check_channel(domain, contact)
    }
}

/// Refuses a channel that the operator has not set up. Cognito answers `CodeDeliveryFailureException` when a message
/// cannot be sent; what fails after the outbox took the message is retried and logged.
pub(crate) fn check_channel(domain: &Domain, contact: ContactAttribute) -> Result<()> {
    let available = match contact {
        ContactAttribute::Email => domain.settings.email_available,
        ContactAttribute::PhoneNumber => domain.settings.sms_available,
    };
    if available {
        return Ok(());
    }
    let channel = match contact {
        ContactAttribute::Email => "e-mail",
        ContactAttribute::PhoneNumber => "SMS",
    };
    Err(Error::new(
        ErrorCode::CodeDeliveryFailure,
        format!("The message could not be sent: this server is not set up to send {channel}."),
    ))
}

impl Occasion {
    /// What a code sent on this occasion is for.
    pub fn purpose(self, contact: ContactAttribute) -> CodePurpose {
        match (self, contact) {
            (Self::SignUp | Self::ResendCode, _) => CodePurpose::ConfirmSignUp,
            (Self::ForgotPassword, _) => CodePurpose::ForgotPassword,
            // As second factor; `messaging::sign_in` names the first by itself.
            (Self::Authentication, ContactAttribute::Email) => CodePurpose::MfaEmail,
            (Self::Authentication, ContactAttribute::PhoneNumber) => CodePurpose::MfaSms,
            (Self::VerifyAttribute | Self::UpdateAttribute, ContactAttribute::Email) => CodePurpose::VerifyEmail,
            (Self::VerifyAttribute | Self::UpdateAttribute, ContactAttribute::PhoneNumber) => {
                CodePurpose::VerifyPhoneNumber
            }
        }
    }
}
