//! `UserMigration`: knows users that the pool does not know yet (developer guide, "Migrate user Lambda trigger"). This is
//! the call alone; [`crate::users::migrate`] makes the user.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stepwell_model::SecretString;

use super::event::{Event, given};
use super::invoke::{invoke, unrecognizable};
use super::{Metadata, Scene, Trigger};
use crate::error::Result;
use crate::pools::ContactAttribute;

/// Why a user is missed.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// Somebody signs in with this password.
    Authentication {
        /// As it was sent.
        password: &'a str,
        /// `ClientMetadata` of `InitiateAuth` or `AdminInitiateAuth`.
        validation_data: &'a Metadata,
    },
    /// Somebody forgot the password.
    ForgotPassword,
}

impl Source<'_> {
    fn as_str(self) -> &'static str {
        match self {
            Self::Authentication { .. } => "UserMigration_Authentication",
            Self::ForgotPassword => "UserMigration_ForgotPassword",
        }
    }
}

/// A user from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four answers to four questions of the protocol")]
pub struct Migrated {
    /// The attributes.
    pub attributes: BTreeMap<String, SecretString>,
    /// The user must set another password first (`RESET_REQUIRED`); otherwise the one given is theirs from now on.
    pub reset_required: bool,
    /// Whether the person is welcomed by a message.
    pub welcome: bool,
    /// Where the welcome goes; `None` means the phone, if there is one.
    pub mediums: Option<Vec<ContactAttribute>>,
    /// Take verified addresses from whoever else holds them as an alias.
    pub force_alias_creation: bool,
    /// `enableSMSMFA`.
    pub enable_sms_mfa: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    /// Not there when the password was forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    validation_data: Option<&'a Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Option<&'a Metadata>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Response {
    user_attributes: Option<BTreeMap<String, SecretString>>,
    final_user_status: Option<String>,
    message_action: Option<String>,
    desired_delivery_mediums: Option<Vec<String>>,
    force_alias_creation: Option<bool>,
    #[serde(rename = "enableSMSMFA")]
    enable_sms_mfa: Option<bool>,
}

/// True if the pool asks elsewhere for users it does not know.
pub fn is_configured(scene: &Scene<'_>) -> bool {
    Trigger::UserMigration.function(&scene.entry.settings.triggers).is_some()
}

/// Asks for the user of a name; none if the pool has no such trigger. A function that does not know the user, or
/// finds the password wrong, fails: that is its error, for the caller to judge.
pub async fn ask(
    scene: &Scene<'_>,
    source: Source<'_>,
    name: &str,
    client_metadata: &Metadata,
) -> Result<Option<Migrated>> {
    let trigger = Trigger::UserMigration;
    let Some(function) = trigger.function(&scene.entry.settings.triggers) else { return Ok(None) };
    let (password, validation_data) = match source {
        Source::Authentication { password, validation_data } => (Some(password), given(validation_data)),
        Source::ForgotPassword => (None, None),
    };
    let request = Request { password, validation_data, client_metadata: given(client_metadata) };
    let event = Event::new(scene, source.as_str(), name, request, Response::default());
    let response: Response = invoke(scene, trigger, function, &event).await?;
    migrated(response).map(Some)
}

fn migrated(response: Response) -> Result<Migrated> {
    let attributes = response.user_attributes.filter(|attributes| !attributes.is_empty()).ok_or_else(unrecognizable)?;
    let reset_required = match response.final_user_status.as_deref() {
        None | Some("" | "CONFIRMED") => false,
        Some("RESET_REQUIRED") => true,
        Some(_) => return Err(unrecognizable()),
    };
    let welcome = match response.message_action.as_deref() {
        None | Some("") => true,
        Some("SUPPRESS") => false,
        Some(_) => return Err(unrecognizable()),
    };
    let mediums = response.desired_delivery_mediums.map(|mediums| {
        let medium = |name: &String| match name.as_str() {
            "EMAIL" => Ok(ContactAttribute::Email),
            "SMS" => Ok(ContactAttribute::PhoneNumber),
            _ => Err(unrecognizable()),
        };
        mediums.iter().map(medium).collect::<Result<Vec<_>>>()
    });
    Ok(Migrated {
        attributes,
        reset_required,
        welcome,
        mediums: mediums.transpose()?,
        force_alias_creation: response.force_alias_creation == Some(true),
        enable_sms_mfa: response.enable_sms_mfa == Some(true),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answer(response: Value) -> Result<Migrated> {
        migrated(serde_json::from_value(response).unwrap())
    }

    #[test]
    fn everything_that_can_be_said() {
        let full = answer(json!({
            "userAttributes": {"email": "a@example.com", "email_verified": "true"},
            "finalUserStatus": "RESET_REQUIRED", "messageAction": "SUPPRESS",
            "desiredDeliveryMediums": ["EMAIL", "SMS"], "forceAliasCreation": true, "enableSMSMFA": true,
        }));
        let full = full.unwrap();
        assert!(full.reset_required && !full.welcome && full.force_alias_creation && full.enable_sms_mfa);
        assert_eq!(full.mediums, Some(vec![ContactAttribute::Email, ContactAttribute::PhoneNumber]));
        assert_eq!(full.attributes.len(), 2);

        let least = answer(json!({
            "userAttributes": {"email": "a@example.com"}, "finalUserStatus": "CONFIRMED", "messageAction": null,
        }));
        let least = least.unwrap();
        assert!(!least.reset_required && least.welcome && !least.force_alias_creation && !least.enable_sms_mfa);
        assert_eq!(least.mediums, None);
    }

    #[test]
    fn a_user_without_attributes_or_with_unknown_words_is_none() {
        for unusable in [
            json!({}),
            json!({"userAttributes": null}),
            json!({"userAttributes": {}}),
            json!({"userAttributes": {"email": "a"}, "finalUserStatus": "ADMIN"}),
            json!({"userAttributes": {"email": "a"}, "messageAction": "RESEND"}),
            json!({"userAttributes": {"email": "a"}, "desiredDeliveryMediums": ["FAX"]}),
        ] {
            let error = answer(unusable.clone()).unwrap_err();
            assert_eq!(error.message(), "Unrecognizable lambda output", "{unusable}");
        }
    }
}
