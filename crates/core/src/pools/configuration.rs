//! What `CreateUserPool` and `UpdateUserPool` have in common: the settings as a request gives them, checked and filled
//! with Cognito's defaults.

use std::collections::BTreeMap;

use stepwell_model::{ErrorCode, idp};

use super::password_policy::PasswordPolicy;
use super::{ContactAttribute, DeviceSettings, MfaSettings, PoolSettings};
use super::{
    acr, invitation, plan, recovery, senders, sign_in_policy, tags, threat_protection, triggers, unsupported,
    verification_message,
};
use crate::error::{Error, Result};
use crate::settings::Settings;

/// Settings as given. What is left out has its default, on update too (API, `UpdateUserPool`), except tags and
/// issuer: an update without them keeps them, as SDK-based tools rely on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PoolConfiguration {
    /// `AccountRecoverySetting`.
    pub account_recovery_setting: Option<idp::AccountRecoverySettingType>,
    /// `AcrConfiguration`.
    pub acr_configuration: Option<BTreeMap<String, idp::AcrLevelConfigType>>,
    /// `AdminCreateUserConfig`.
    pub admin_create_user_config: Option<idp::AdminCreateUserConfigType>,
    /// `AutoVerifiedAttributes`.
    pub auto_verified_attributes: Option<Vec<idp::VerifiedAttributeType>>,
    /// `DcrConfiguration`.
    pub dcr_configuration: Option<idp::DcrConfigurationType>,
    /// `DeletionProtection`.
    pub deletion_protection: Option<idp::DeletionProtectionType>,
    /// `DeviceConfiguration`.
    pub device_configuration: Option<idp::DeviceConfigurationType>,
    /// `EmailConfiguration`.
    pub email_configuration: Option<idp::EmailConfigurationType>,
    /// `EmailVerificationMessage`, an older form of the template's.
    pub email_verification_message: Option<String>,
    /// `EmailVerificationSubject`, likewise.
    pub email_verification_subject: Option<String>,
    /// `IssuerConfiguration`.
    pub issuer_configuration: Option<idp::IssuerConfigurationType>,
    /// `KeyConfiguration`.
    pub key_configuration: Option<idp::KeyConfigurationType>,
    /// `LambdaConfig`.
    pub lambda_config: Option<idp::LambdaConfigType>,
    /// `MfaConfiguration`.
    pub mfa_configuration: Option<idp::UserPoolMfaType>,
    /// `Policies`.
    pub policies: Option<idp::UserPoolPolicyType>,
    /// `SmsAuthenticationMessage`.
    pub sms_authentication_message: Option<String>,
    /// `SmsConfiguration`.
    pub sms_configuration: Option<idp::SmsConfigurationType>,
    /// `SmsVerificationMessage`, an older form of the template's.
    pub sms_verification_message: Option<String>,
    /// `UserAttributeUpdateSettings`.
    pub user_attribute_update_settings: Option<idp::UserAttributeUpdateSettingsType>,
    /// `UserPoolAddOns`.
    pub user_pool_add_ons: Option<idp::UserPoolAddOnsType>,
    /// `UserPoolTags`.
    pub user_pool_tags: Option<BTreeMap<String, String>>,
    /// `UserPoolTier`.
    pub user_pool_tier: Option<idp::UserPoolTierType>,
    /// `VerificationMessageTemplate`.
    pub verification_message_template: Option<idp::VerificationMessageTemplateType>,
}

/// What a pool remembers besides its settings.
pub(crate) struct Resolved {
    pub(crate) settings: PoolSettings,
    pub(crate) temporary_password_validity_given: bool,
}

impl PoolConfiguration {
    /// Checks the settings and fills in the defaults. `temporary_validity_given` says
    /// whether the pool's `TemporaryPasswordValidityDays` was ever set.
    pub(crate) fn resolve(&self, deployment: &Settings, temporary_validity_given: bool) -> Result<Resolved> {
        unsupported::check(self)?;
        let tags = self.user_pool_tags.clone().unwrap_or_default();
        tags::check(&tags, ErrorCode::UserPoolTagging)?;
        let (password_policy, temporary_validity_given) = self.password_policy(temporary_validity_given)?;
        let tier = threat_protection::tier(self.user_pool_tier.as_ref(), self.user_pool_add_ons.as_ref());
        if password_policy.history_size > 0 {
            plan::check_tier(deployment.all_features, &tier, plan::Feature::PasswordHistory)?;
        }
        let sms = senders::sms(self.sms_configuration.as_ref(), &deployment.region)?;
        let auto_verified_attributes = contacts(self.auto_verified_attributes.as_deref());
        if auto_verified_attributes.contains(&ContactAttribute::PhoneNumber) && sms.is_none() {
            return Err(Error::invalid_parameter(
                "SMS configuration is required when phone_number is selected for auto verification",
            ));
        }
        let sign_in_policy = sign_in_policy::resolve(self, deployment.all_features, &tier, sms.is_some())?;
        let admin = self.admin_create_user_config.as_ref();
        let settings = PoolSettings {
            password_policy,
            verify_before_update: self.verify_before_update(&auto_verified_attributes)?,
            auto_verified_attributes,
            deletion_protection: self.deletion_protection == Some(idp::DeletionProtectionType::Active),
            admin_create_user_only: admin.and_then(|admin| admin.allow_admin_create_user_only).unwrap_or(false),
            invite_message: invitation::resolve(admin.and_then(|admin| admin.invite_message_template.as_ref()))?,
            verification_message: verification_message::resolve(self)?,
            sms_authentication_message: self.sms_authentication_message.clone(),
            account_recovery: recovery::resolve(self.account_recovery_setting.as_ref())?,
            account_recovery_as_given: self.account_recovery_setting.clone(),
            email: senders::email(self.email_configuration.as_ref())?,
            sms,
            tags,
            acr: acr::resolve(self.acr_configuration.as_ref(), deployment.all_features, &tier)?,
            triggers: triggers::resolve(self.lambda_config.as_ref(), deployment.all_features, &tier)?,
            add_ons: threat_protection::resolve(self.user_pool_add_ons.as_ref(), deployment.all_features, &tier)?,
            tier,
            sign_in_policy,
            // What an existing pool offers is not in the request: see `mfa::of_pool`.
            mfa: MfaSettings::default(),
            webauthn: None,
            devices: DeviceSettings::resolve(self.device_configuration.as_ref()),
        };
        Ok(Resolved { settings, temporary_password_validity_given: temporary_validity_given })
    }

    /// The policy, and whether `TemporaryPasswordValidityDays` has been given by now. The legacy
    /// `UnusedAccountValidityDays` sets the same number, but only as long as the new name was never used.
    fn password_policy(&self, given_before: bool) -> Result<(PasswordPolicy, bool)> {
        let given = self.policies.as_ref().and_then(|policies| policies.password_policy.as_ref());
        let mut policy = PasswordPolicy::resolve(given);
        let new_name = given.and_then(|given| given.temporary_password_validity_days).is_some_and(|days| days > 0);
        let old_name = self
            .admin_create_user_config
            .as_ref()
            .and_then(|config| config.unused_account_validity_days)
            .and_then(|days| u32::try_from(days).ok())
            .filter(|&days| days > 0);
        match old_name {
            Some(_) if new_name || given_before => {
                return Err(Error::invalid_parameter(
                    "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
                ));
            }
            Some(days) => policy.temporary_password_validity_days = days,
            None => {}
        }
        Ok((policy, new_name || given_before))
    }

    fn verify_before_update(&self, auto_verified: &[ContactAttribute]) -> Result<Vec<ContactAttribute>> {
        let given = self
            .user_attribute_update_settings
            .as_ref()
            .and_then(|settings| settings.attributes_require_verification_before_update.as_deref());
        let attributes = contacts(given);
        if attributes.iter().any(|attribute| !auto_verified.contains(attribute)) {
            return Err(Error::invalid_parameter(
                "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
            ));
        }
        Ok(attributes)
    }
}

/// The attributes of a list, each once.
fn contacts(given: Option<&[idp::VerifiedAttributeType]>) -> Vec<ContactAttribute> {
    let mut out = Vec::new();
    for attribute in given.unwrap_or_default() {
        if let Some(contact) = ContactAttribute::from_name(attribute.as_str()).filter(|contact| !out.contains(contact))
        {
            out.push(contact);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(given: &PoolConfiguration) -> Result<Resolved> {
        given.resolve(&Settings::for_tests(), false)
    }

    fn refusal(given: &PoolConfiguration) -> String {
        match resolve(given) {
            Ok(_) => panic!("accepted"),
            Err(error) => error.message().to_owned(),
        }
    }

    fn days(new_name: Option<i32>, old_name: Option<i32>) -> PoolConfiguration {
        PoolConfiguration {
            policies: Some(idp::UserPoolPolicyType {
                password_policy: Some(idp::PasswordPolicyType {
                    temporary_password_validity_days: new_name,
                    ..Default::default()
                }),
                sign_in_policy: None,
            }),
            admin_create_user_config: Some(idp::AdminCreateUserConfigType {
                unused_account_validity_days: old_name,
                ..Default::default()
            }),
            ..PoolConfiguration::default()
        }
    }

    #[test]
    fn nothing_given_is_cognitos_default() {
        let settings = resolve(&PoolConfiguration::default()).unwrap().settings;
        assert_eq!(settings.password_policy, PasswordPolicy::default());
        assert_eq!(settings.tier, idp::UserPoolTierType::Essentials);
        assert_eq!(settings.account_recovery, None);
        assert_eq!(settings.acr_names()["Level4"], "urn:cognito:loa:4");
        assert!(!settings.deletion_protection && !settings.admin_create_user_only);
        assert!(settings.add_ons.is_none() && settings.sms.is_none() && settings.invite_message.is_none());
    }

    #[test]
    fn the_two_names_of_the_temporary_passwords_life_exclude_each_other() {
        let words = "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays";
        assert_eq!(refusal(&days(Some(7), Some(7))), words);
        assert!(days(None, Some(3)).resolve(&Settings::for_tests(), true).is_err());

        let old = resolve(&days(Some(0), Some(3))).unwrap();
        assert_eq!(old.settings.password_policy.temporary_password_validity_days, 3);
        assert!(!old.temporary_password_validity_given);
        let new = resolve(&days(Some(9), Some(0))).unwrap();
        assert_eq!(new.settings.password_policy.temporary_password_validity_days, 9);
        assert!(new.temporary_password_validity_given);
    }

    #[test]
    fn verification_of_phone_numbers_needs_a_way_to_send() {
        let mut given = PoolConfiguration {
            auto_verified_attributes: Some(vec![idp::VerifiedAttributeType::PhoneNumber]),
            ..PoolConfiguration::default()
        };
        assert_eq!(
            refusal(&given),
            "SMS configuration is required when phone_number is selected for auto verification"
        );
        given.sms_configuration = Some(idp::SmsConfigurationType {
            sns_caller_arn: Some("arn:aws:iam::123456789012:role/sms".into()),
            ..Default::default()
        });
        assert!(resolve(&given).is_ok());
        given.user_attribute_update_settings = Some(idp::UserAttributeUpdateSettingsType {
            attributes_require_verification_before_update: Some(vec![idp::VerifiedAttributeType::Email]),
        });
        assert!(refusal(&given).ends_with("must exist in AutoVerifiedAttributes"));
    }

    #[test]
    fn what_cannot_be_obeyed_is_refused_and_what_switches_it_off_is_not() {
        let sign_in = |factors: Vec<idp::AuthFactorType>| PoolConfiguration {
            policies: Some(idp::UserPoolPolicyType {
                password_policy: None,
                sign_in_policy: Some(idp::SignInPolicyType { allowed_first_auth_factors: Some(factors) }),
            }),
            ..PoolConfiguration::default()
        };
        let add_ons = |mode| PoolConfiguration {
            user_pool_add_ons: Some(idp::UserPoolAddOnsType {
                advanced_security_mode: Some(mode),
                advanced_security_additional_flows: None,
            }),
            ..PoolConfiguration::default()
        };
        for refused in [
            sign_in(vec![]),
            sign_in(vec![idp::AuthFactorType::EmailOtp]),
            sign_in(vec![idp::AuthFactorType::Password, idp::AuthFactorType::SoftwareToken]),
            // Nothing could send the codes.
            sign_in(vec![idp::AuthFactorType::Password, idp::AuthFactorType::SmsOtp]),
            PoolConfiguration {
                dcr_configuration: Some(idp::DcrConfigurationType::default()),
                ..PoolConfiguration::default()
            },
        ] {
            assert!(resolve(&refused).is_err(), "{refused:?}");
        }
        for accepted in [
            sign_in(vec![idp::AuthFactorType::Password]),
            sign_in(vec![idp::AuthFactorType::Password, idp::AuthFactorType::EmailOtp, idp::AuthFactorType::WebAuthn]),
            add_ons(idp::AdvancedSecurityModeType::Off),
            add_ons(idp::AdvancedSecurityModeType::Enforced),
        ] {
            assert!(resolve(&accepted).is_ok(), "{accepted:?}");
        }
    }
}
