//! Carrying messages to people: e-mail and SMS, as ports.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use stepwell_model::SecretString;

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

/// A message of either kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Message {
    /// An e-mail.
    Email(Email),
    /// A text message.
    Sms(Sms),
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
}
