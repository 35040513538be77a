//! User pools: their settings as the domain reads them.

mod acr;
mod add_custom_attributes;
pub mod configuration;
mod create;
mod delete;
mod devices;
mod invitation;
mod mfa;
pub mod password_policy;
pub mod plan;
mod read;
mod recovery;
pub mod schema;
mod senders;
mod sign_in_policy;
mod tags;
mod threat_protection;
mod triggers;
mod unsupported;
mod update;
mod verification_message;
pub mod webauthn;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stepwell_model::idp;

use crate::Millis;
use crate::sessions::SessionTracking;
use password_policy::PasswordPolicy;
use schema::AttributeSchema;

pub use add_custom_attributes::add_custom_attributes;
pub use configuration::PoolConfiguration;
pub use create::{CreatePool, create};
pub use delete::delete;
pub use devices::DeviceSettings;
pub use mfa::{MfaChange, MfaMode, MfaSettings, set_mfa};
pub use read::{estimated_users, list, read};
pub use recovery::DEFAULT_RECOVERY;
pub(crate) use senders::is_sender;
pub use tags::{tag, tags, untag};
pub(crate) use update::change;
pub use update::update;
pub use webauthn::passkeys_are_two_factors;

/// A user pool as stored: every setting with its default filled in, so that nothing is decided twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserPool {
    /// `<region>_<9 letters and digits>`.
    pub id: String,
    /// The name its owner gave it.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
    /// When its settings last changed.
    pub modified_at: Millis,
    /// What can be changed by `UpdateUserPool`.
    pub settings: PoolSettings,
    /// All attributes, the 20 standard ones first.
    pub schema: Vec<AttributeSchema>,
    /// Attributes that serve as the username. Fixed at creation.
    pub username_attributes: Vec<ContactAttribute>,
    /// Attributes that serve besides the username, once verified. Fixed at creation.
    pub alias_attributes: Vec<AliasAttribute>,
    /// False: usernames, preferred usernames and e-mail aliases ignore case. Fixed at creation.
    pub case_sensitive: bool,
    /// Whether `UsernameConfiguration` was given (it is returned only then).
    pub username_configuration_given: bool,
    /// Which issuer the pool's tokens name, where the pool says so. An update that names none keeps it.
    pub issuer: Option<idp::IssuerConfigurationType>,
    /// Session tracking, which `UpdateUserPool` leaves as it is.
    #[serde(default)]
    pub session_tracking: SessionTracking,
    /// Whether `TemporaryPasswordValidityDays` was ever given: from then on the legacy `UnusedAccountValidityDays` is
    /// refused.
    #[serde(default)]
    pub temporary_password_validity_given: bool,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}

/// What `UpdateUserPool` replaces as a whole. Model shapes are kept where the domain only carries them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PoolSettings {
    /// Rules for passwords.
    pub password_policy: PasswordPolicy,
    /// `AutoVerifiedAttributes`.
    pub auto_verified_attributes: Vec<ContactAttribute>,
    /// `UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate`.
    pub verify_before_update: Vec<ContactAttribute>,
    /// `DeletionProtection` is ACTIVE.
    pub deletion_protection: bool,
    /// `AdminCreateUserConfig.AllowAdminCreateUserOnly`.
    pub admin_create_user_only: bool,
    /// `AdminCreateUserConfig.InviteMessageTemplate`.
    pub invite_message: Option<idp::MessageTemplateType>,
    /// The verification messages, old fields and new template merged as Cognito merges them.
    pub verification_message: idp::VerificationMessageTemplateType,
    /// `SmsAuthenticationMessage`.
    pub sms_authentication_message: Option<String>,
    /// `AccountRecoverySetting` in order of priority; `None` where it was never set (legacy order, phone first).
    pub account_recovery: Option<Vec<RecoveryMechanism>>,
    /// `AccountRecoverySetting` as given, for Describe.
    pub account_recovery_as_given: Option<idp::AccountRecoverySettingType>,
    /// `EmailConfiguration`.
    pub email: idp::EmailConfigurationType,
    /// `SmsConfiguration`.
    pub sms: Option<idp::SmsConfigurationType>,
    /// `UserPoolTags`.
    pub tags: BTreeMap<String, String>,
    /// `UserPoolTier`.
    pub tier: idp::UserPoolTierType,
    /// `UserPoolAddOns`.
    pub add_ons: Option<idp::UserPoolAddOnsType>,
    /// `AcrConfiguration` as given; defaults are merged in when it is read.
    pub acr: Option<BTreeMap<String, idp::AcrLevelConfigType>>,
    /// `Policies.SignInPolicy`.
    pub sign_in_policy: Option<idp::SignInPolicyType>,
    /// `WebAuthnConfiguration`, of `SetUserPoolMfaConfig`.
    #[serde(default)]
    pub webauthn: Option<webauthn::WebAuthnSettings>,
    /// `MfaConfiguration`, and what `SetUserPoolMfaConfig` sets besides passkeys.
    #[serde(default)]
    pub mfa: MfaSettings,
    /// `LambdaConfig`, both forms of the pre token generation trigger filled in.
    #[serde(default)]
    pub triggers: idp::LambdaConfigType,
    /// `DeviceConfiguration`; none where the pool does not remember devices.
    #[serde(default)]
    pub devices: Option<DeviceSettings>,
}

/// An attribute through which a person can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactAttribute {
    /// `email`.
    Email,
    /// `phone_number`.
    PhoneNumber,
}

impl ContactAttribute {
    /// The attribute's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
        }
    }

    /// The name of the attribute that says whether it is verified.
    pub fn verified_name(self) -> &'static str {
        match self {
            Self::Email => "email_verified",
            Self::PhoneNumber => "phone_number_verified",
        }
    }

    /// By name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "email" => Some(Self::Email),
            "phone_number" => Some(Self::PhoneNumber),
            _ => None,
        }
    }
}

/// An attribute that can serve as an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasAttribute {
    /// `email`, once verified.
    Email,
    /// `phone_number`, once verified.
    PhoneNumber,
    /// `preferred_username`, once the user is confirmed.
    PreferredUsername,
}

impl AliasAttribute {
    /// The attribute's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
            Self::PreferredUsername => "preferred_username",
        }
    }
}

/// A way to recover an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryMechanism {
    /// A code to the verified e-mail address.
    VerifiedEmail,
    /// A code to the verified phone number.
    VerifiedPhoneNumber,
    /// Only an administrator can reset the password.
    AdminOnly,
}

impl UserPool {
    /// The part of the id after `_`, which SRP hashes.
    pub fn srp_name(&self) -> &str {
        self.id.split_once('_').map_or(self.id.as_str(), |(_, name)| name)
    }

    /// A username (or preferred username) as the pool compares it.
    pub fn fold_name(&self, name: &str) -> String {
        if self.case_sensitive { name.to_owned() } else { name.to_lowercase() }
    }

    /// An alias value as the pool compares it. Phone numbers have one form; e-mail addresses follow the pool's setting.
    pub fn fold_alias(&self, attribute: &str, value: &str) -> String {
        if attribute == "phone_number" { value.to_owned() } else { self.fold_name(value) }
    }

    /// True if the attribute serves as the username.
    pub fn has_username_attribute(&self, attribute: ContactAttribute) -> bool {
        self.username_attributes.contains(&attribute)
    }

    /// True if usernames are made by the service because e-mail or phone stands in for them.
    pub fn generates_usernames(&self) -> bool {
        !self.username_attributes.is_empty()
    }

    /// True if the attribute is an alias.
    pub fn has_alias(&self, attribute: AliasAttribute) -> bool {
        self.alias_attributes.contains(&attribute)
    }

    /// The schema of an attribute by its full name (`custom:…`, `dev:custom:…` included).
    pub fn attribute(&self, name: &str) -> Option<&AttributeSchema> {
        self.schema.iter().find(|attribute| attribute.is_named(name))
    }
}
