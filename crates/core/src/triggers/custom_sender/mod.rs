//! Custom senders: functions that carry a pool's e-mails or text messages in place of the operator's transport.
//!
//! They are not waited for. The message lies in the sealed outbox, like every other; when its turn comes its secret is
//! encrypted under the pool's `KMSKeyID`, and the function is called. The pool's configuration is read at that moment, so
//! that what waits goes where the configuration of then says.

mod esdk;
mod event;

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::cache::PoolEntry;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::messaging::Cause;
use crate::pools::ContactAttribute;
use crate::ports::delivery::{CustomMessage, DeliveryError, Message};
use crate::ports::kms::KmsError;
use crate::ports::lambda::LambdaError;
use crate::users::User;
use esdk::Envelope;
use event::{event, trigger_source};
use stepwell_model::{ErrorCode, SecretString, idp};

pub use event::Source;

/// How long a function's host has to take the event. Well within the lease of an outbox message.
const TAKE: Duration = Duration::from_secs(10);
/// The entry of the encryption context that binds a secret to its pool.
const POOL_ID: &str = "userpool-id";

/// A pool's custom sender for one kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sender<'a> {
    function_arn: &'a str,
    kms_key_id: &'a str,
}

fn sender(triggers: &idp::LambdaConfigType, contact: ContactAttribute) -> Option<Sender<'_>> {
    let function_arn = match contact {
        ContactAttribute::Email => triggers.custom_email_sender.as_ref()?.lambda_arn.as_deref()?,
        ContactAttribute::PhoneNumber => triggers.custom_sms_sender.as_ref()?.lambda_arn.as_deref()?,
    };
    Some(Sender { function_arn, kms_key_id: triggers.kms_key_id.as_deref()? })
}

/// True if the pool's own function carries messages to this kind of address: then nothing else does, and the texts of
/// templates and of the custom message trigger are not made.
pub fn carries(entry: &PoolEntry, contact: ContactAttribute) -> bool {
    sender(&entry.settings.triggers, contact).is_some()
}

/// Refuses where no message can reach a custom sender, because the operator named no KMS. `dev` shows them in its mailbox
/// then.
pub(crate) fn check_possible(domain: &Domain) -> Result<()> {
    if domain.outside.kms.is_configured() || domain.settings.dev {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::CodeDeliveryFailure,
        "The message could not be sent: this server is not set up to call custom senders.",
    ))
}

/// The message that brings `secret` to `address` through the pool's custom sender.
pub(crate) fn message(
    user: &Addressed<'_>,
    (contact, address): (ContactAttribute, &str),
    source: Source,
    cause: Cause<'_>,
    secret: SecretString,
) -> Message {
    let passes = source.passes_client_metadata();
    Message::Custom(CustomMessage {
        contact,
        source,
        to: address.to_owned(),
        user_name: user.user_name().to_owned(),
        client_id: cause.client_id.map(str::to_owned),
        client_metadata: cause.client_metadata.filter(|given| passes && !given.is_empty()).cloned(),
        user_attributes: user.attributes(contact, address),
        secret: Some(secret),
    })
}

/// The notification about a sign-in that looked like somebody else's, if the pool's own function carries it. Its
/// `userAttributes` are not the user's, but say what happened; Cognito sends `EVENT_ID`, `USER_NAME`, `IP_ADDRESS`,
/// `CITY`, `COUNTRY`, `DEVICE_NAME` (these three may be null), `LOGIN_TIME` (`Friday, March 19, 2021 02:25 PM UTC`),
/// `ACCOUNT_TAKE_OVER_ACTION` (`BLOCK`, `MFA_REQUIRED`, `MFA_IF_CONFIGURED`, `NO_ACTION`), `ONE_CLICK_LINK_VALID`,
/// `ONE_CLICK_LINK_INVALID` and `FEEDBACK_TOKEN`. The guide names none of them; this is what its handlers report.
pub fn account_take_over(
    entry: &PoolEntry,
    user: &User,
    address: &str,
    client_id: &str,
    what_happened: BTreeMap<String, Option<SecretString>>,
) -> Option<Message> {
    carries(entry, ContactAttribute::Email).then(|| {
        Message::Custom(CustomMessage {
            contact: ContactAttribute::Email,
            source: Source::AccountTakeOverNotification,
            to: address.to_owned(),
            user_name: user.username.clone(),
            client_id: Some(client_id.to_owned()),
            client_metadata: None,
            user_attributes: what_happened,
            secret: None,
        })
    })
}

/// Whom a message is made for: a user, or a name that is nobody's and costs the same.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Addressed<'a> {
    /// A user.
    User(&'a User),
    /// Nobody: the name, and the subject that stands for it.
    Nobody {
        /// The name as given.
        name: &'a str,
        /// What it is remembered under.
        subject: &'a str,
    },
}

impl Addressed<'_> {
    /// The name that messages speak of.
    pub(crate) fn user_name(&self) -> &str {
        match self {
            Self::User(user) => &user.username,
            Self::Nobody { name, .. } => name,
        }
    }

    /// `userAttributes`, with the address that the message goes to where a new one still waits for its verification.
    fn attributes(&self, contact: ContactAttribute, address: &str) -> BTreeMap<String, Option<SecretString>> {
        let mut attributes = match self {
            Self::User(user) => user.attributes.clone(),
            Self::Nobody { .. } => BTreeMap::new(),
        };
        let (sub, status) = match self {
            Self::User(user) => (&*user.sub, user.status.as_str()),
            Self::Nobody { subject, .. } => (*subject, "UNCONFIRMED"),
        };
        attributes.insert("sub".to_owned(), sub.into());
        attributes.insert("cognito:user_status".to_owned(), status.into());
        let waits = attributes.get(contact.name()).is_none_or(|value| &**value != address);
        if waits {
            attributes.insert(contact.name().to_owned(), address.into());
            attributes.insert(contact.verified_name().to_owned(), "false".into());
        }
        for contact in [ContactAttribute::Email, ContactAttribute::PhoneNumber] {
            if attributes.contains_key(contact.name()) {
                attributes.entry(contact.verified_name().to_owned()).or_insert_with(|| "false".into());
            }
        }
        attributes.into_iter().map(|(name, value)| (name, Some(value))).collect()
    }
}

/// Hands a message to the pool's custom sender.
pub(crate) async fn send(
    domain: &Domain,
    entry: &PoolEntry,
    message: &CustomMessage,
) -> std::result::Result<(), DeliveryError> {
    let sender = sender(&entry.settings.triggers, message.contact)
        .ok_or_else(|| DeliveryError::Permanent("the pool has no custom sender for it any more".to_owned()))?;
    let code = match &message.secret {
        Some(secret) => Some(encrypt(domain, &entry.pool.id, sender.kms_key_id, secret).await?),
        None => None,
    };
    let event = event(&domain.settings.region, &entry.pool.id, message, code.as_deref());
    // Attributes are personal: they leave memory with the event.
    let payload = Zeroizing::new(event.to_string().into_bytes());
    let source = trigger_source(message.contact, message.source);
    match tokio::time::timeout(TAKE, domain.outside.lambda.hand_over(sender.function_arn, &payload)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error @ LambdaError::NotConfigured(_))) => Err(DeliveryError::Permanent(format!("{source}: {error}"))),
        Ok(Err(error)) => Err(DeliveryError::Temporary(format!("{source}: {error}"))),
        Err(_) => Err(DeliveryError::Temporary(format!("{source}: {}", LambdaError::Timeout))),
    }
}

/// The secret as an AWS Encryption SDK message in Base64, bound to the pool as Cognito binds it.
async fn encrypt(
    domain: &Domain,
    pool_id: &str,
    kms_key_id: &str,
    secret: &SecretString,
) -> std::result::Result<String, DeliveryError> {
    let unexpected = |error: crate::Error| DeliveryError::Permanent(format!("the secret was not encrypted: {error:?}"));
    let context = BTreeMap::from([(POOL_ID.to_owned(), pool_id.to_owned())]);
    let envelope = Envelope::new(context).map_err(unexpected)?;
    let key =
        domain.outside.kms.generate_data_key(kms_key_id, envelope.context()).await.map_err(|error| match error {
            KmsError::Temporary(_) => DeliveryError::Temporary(error.to_string()),
            KmsError::NotConfigured | KmsError::Permanent(_) => DeliveryError::Permanent(error.to_string()),
        })?;
    envelope.seal(&*domain.rng, &key, secret.as_bytes()).map(|sealed| STANDARD.encode(sealed)).map_err(unexpected)
}
