//! The event that a custom sender gets, as the developer guide's "Custom email sender Lambda trigger" and "Custom SMS
//! sender Lambda trigger" show it. There is no `response`: nothing is expected back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::pools::ContactAttribute;
use crate::ports::delivery::CustomMessage;

/// What `callerContext.clientId` says where no app client asked.
const NO_CLIENT: &str = "CLIENT_ID_NOT_APPLICABLE";
/// What `callerContext.awsSdkVersion` says of a caller that is not an AWS SDK, or not known to be.
const UNKNOWN_SDK: &str = "aws-sdk-unknown-unknown";

/// Why a custom sender is called: the part of `triggerSource` after the underscore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// A sign-up is to be confirmed.
    SignUp,
    /// Its code was asked for again.
    ResendCode,
    /// A password was forgotten.
    ForgotPassword,
    /// A changed address is to be verified.
    UpdateUserAttribute,
    /// The code of an address was asked for.
    VerifyUserAttribute,
    /// A user was made by an administrator: the secret is the temporary password.
    AdminCreateUser,
    /// A sign-in needs a code, as first or as second factor.
    Authentication,
    /// A sign-in looked like somebody else's. By e-mail alone, without a secret.
    AccountTakeOverNotification,
}

impl Source {
    /// The protocol's name, without the sender's.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "SignUp",
            Self::ResendCode => "ResendCode",
            Self::ForgotPassword => "ForgotPassword",
            Self::UpdateUserAttribute => "UpdateUserAttribute",
            Self::VerifyUserAttribute => "VerifyUserAttribute",
            Self::AdminCreateUser => "AdminCreateUser",
            Self::Authentication => "Authentication",
            Self::AccountTakeOverNotification => "AccountTakeOverNotification",
        }
    }

    /// True if the sender learns the `ClientMetadata` of the request (developer guide, "Custom email sender request
    /// parameters"; for text messages it names none, and the same holds).
    pub(super) fn passes_client_metadata(self) -> bool {
        matches!(self, Self::ForgotPassword | Self::SignUp | Self::Authentication)
    }
}

/// `triggerSource`.
pub(super) fn trigger_source(contact: ContactAttribute, source: Source) -> String {
    let sender = match contact {
        ContactAttribute::Email => "CustomEmailSender",
        ContactAttribute::PhoneNumber => "CustomSMSSender",
    };
    format!("{sender}_{}", source.as_str())
}

/// The whole event. `code` is the encrypted secret in Base64.
pub(super) fn event(region: &str, pool_id: &str, message: &CustomMessage, code: Option<&str>) -> Value {
    let kind = match message.contact {
        ContactAttribute::Email => "customEmailSenderRequestV1",
        ContactAttribute::PhoneNumber => "customSMSSenderRequestV1",
    };
    let attributes: BTreeMap<&str, Option<&str>> =
        message.user_attributes.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
    json!({
        "version": "1",
        "triggerSource": trigger_source(message.contact, message.source),
        "region": region,
        "userPoolId": pool_id,
        "userName": message.user_name,
        "callerContext": {
            "awsSdkVersion": UNKNOWN_SDK,
            "clientId": message.client_id.as_deref().unwrap_or(NO_CLIENT),
        },
        "request": {
            "type": kind,
            "code": code,
            "clientMetadata": message.client_metadata,
            "userAttributes": attributes,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(contact: ContactAttribute, source: Source) -> CustomMessage {
        CustomMessage {
            contact,
            source,
            to: "jane@example.com".to_owned(),
            user_name: "jane".to_owned(),
            client_id: Some("client".to_owned()),
            client_metadata: None,
            user_attributes: BTreeMap::from([
                ("sub".to_owned(), Some("1-2".into())),
                ("email".to_owned(), Some("jane@example.com".into())),
                ("cognito:user_status".to_owned(), Some("UNCONFIRMED".into())),
            ]),
            secret: Some("123456".into()),
        }
    }

    #[test]
    fn an_event_by_mail() {
        let event =
            event("eu-west-1", "eu-west-1_A", &message(ContactAttribute::Email, Source::SignUp), Some("AYADeA=="));
        assert_eq!(
            event,
            json!({
                "version": "1",
                "triggerSource": "CustomEmailSender_SignUp",
                "region": "eu-west-1",
                "userPoolId": "eu-west-1_A",
                "userName": "jane",
                "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "client"},
                "request": {
                    "type": "customEmailSenderRequestV1",
                    "code": "AYADeA==",
                    "clientMetadata": null,
                    "userAttributes": {
                        "sub": "1-2", "email": "jane@example.com", "cognito:user_status": "UNCONFIRMED",
                    },
                },
            })
        );
    }

    #[test]
    fn an_event_by_text_message_without_a_client() {
        let mut message = message(ContactAttribute::PhoneNumber, Source::AdminCreateUser);
        message.client_id = None;
        let event = event("eu-west-1", "eu-west-1_A", &message, Some("AYADeA=="));
        assert_eq!(event["triggerSource"], "CustomSMSSender_AdminCreateUser");
        assert_eq!(event["request"]["type"], "customSMSSenderRequestV1");
        assert_eq!(event["callerContext"]["clientId"], "CLIENT_ID_NOT_APPLICABLE");
    }

    #[test]
    fn a_notification_has_no_secret_and_may_not_know_the_city() {
        let mut message = message(ContactAttribute::Email, Source::AccountTakeOverNotification);
        message.user_attributes = BTreeMap::from([("CITY".to_owned(), None)]);
        let event = event("eu-west-1", "eu-west-1_A", &message, None);
        assert_eq!(event["triggerSource"], "CustomEmailSender_AccountTakeOverNotification");
        assert_eq!(event["request"]["code"], Value::Null);
        assert_eq!(event["request"]["userAttributes"], json!({"CITY": null}));
    }
}
