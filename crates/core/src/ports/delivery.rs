//! Carrying messages to people: e-mail and SMS, as ports.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use stepwell_model::SecretString;

use crate::pools::ContactAttribute;
use crate::triggers::custom_sender::Source;

/// An e-mail ready to be sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Email {
    /// The `From` header: an address, with or without a display name.
    pub from: String,
    /// The `Reply-To` address.
    pub reply_to: Option<String>,
    /// The recipient's address.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The body, HTML as Cognito sends it.
    pub html: SecretString,
    /// The SES identity's ARN (`EmailConfiguration.SourceArn`), for senders that speak SES.
    pub source_arn: Option<String>,
    /// The SES configuration set, likewise.
    pub configuration_set: Option<String>,
}

/// A text message ready to be sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sms {
    /// The recipient in E.164 form.
    pub to: String,
    /// The text.
    pub text: SecretString,
    /// `SmsConfiguration.SnsCallerArn` and `ExternalId`, for senders that assume a role.
    pub caller_arn: Option<String>,
    /// See `caller_arn`.
    pub external_id: Option<String>,
    /// The region whose SNS the pool asked for.
    pub sns_region: Option<String>,
}

/// A message that the pool's own function carries (`CustomEmailSender`, `CustomSMSSender`): what the function is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomMessage {
    /// Which of the two senders carries it.
    pub contact: ContactAttribute,
    /// Why it is sent.
    pub source: Source,
    /// The recipient's address.
    pub to: String,
    /// `userName`.
    pub user_name: String,
    /// The app client that asked for it, if one did.
    pub client_id: Option<String>,
    /// `clientMetadata`.
    pub client_metadata: Option<BTreeMap<String, String>>,
    /// `userAttributes`; a value may be unknown.
    pub user_attributes: BTreeMap<String, Option<SecretString>>,
    /// The code or temporary password, to be encrypted when the function is called.
    pub secret: Option<SecretString>,
}

/// A message of any kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Message {
    /// An e-mail.
    Email(Email),
    /// A text message.
    Sms(Sms),
    /// A message that the pool's own function carries. The outbox calls it; no [`Delivery`] sends it.
    Custom(CustomMessage),
}

/// Why a message was not accepted by the next hop.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Trying again later may help: the receiver is away, busy or out of quota.
    #[error("temporary delivery failure: {0}")]
    Temporary(String),
    /// Trying again will not help.
    #[error("permanent delivery failure: {0}")]
    Permanent(String),
}

/// Hands a message to the next hop (SMTP, SES, SNS, the dev mailbox).
#[async_trait]
pub trait Delivery: Send + Sync {
    /// Returns when the next hop has taken responsibility for the message.
    async fn send(&self, message: &Message) -> Result<(), DeliveryError>;

    /// Learns of a message that a custom sender took, or never will: for those who show messages.
    fn observe_custom(&self, _message: &CustomMessage) {}
}
