//! Settings that this build cannot obey yet. They are refused rather than stored and ignored.

use stepwell_model::idp;

use super::PoolConfiguration;
use crate::error::{Error, Result};

/// The refusal of a setting.
pub(crate) fn refuse(what: &str) -> Error {
    Error::invalid_parameter(format!("{what} is not supported by this build of Stepwell yet."))
}

/// Refuses what cannot be obeyed. Values that switch such a feature off are accepted.
pub(super) fn check(given: &PoolConfiguration) -> Result<()> {
    let factors = given.policies.as_ref().and_then(|policies| policies.sign_in_policy.as_ref());
    let dcr = given.dcr_configuration.as_ref();
    let refusals = [
        (has_trigger(given.lambda_config.as_ref()), "LambdaConfig"),
        (is_on(given.mfa_configuration.as_ref()), "MfaConfiguration other than OFF"),
        (given.device_configuration.is_some(), "DeviceConfiguration"),
        (is_threat_protection(given.user_pool_add_ons.as_ref()), "AdvancedSecurityMode other than OFF"),
        (factors.is_some_and(has_other_factor), "A first authentication factor other than PASSWORD"),
        (dcr.is_some_and(|dcr| dcr.enable_status != Some(idp::StatusType::Disabled)), "DcrConfiguration"),
        (is_customer_key(given.key_configuration.as_ref()), "KeyConfiguration with a customer managed key"),
        (given.sms_configuration.as_ref().is_some_and(|sms| sms.eums_sms.is_some()), "SmsConfiguration.EumsSms"),
    ];
    match refusals.iter().find(|(refused, _)| *refused) {
        Some((_, what)) => Err(refuse(what)),
        None => check_first_factors(factors),
    }
}

/// An empty `LambdaConfig` says that there are no triggers, which is true.
fn has_trigger(config: Option<&idp::LambdaConfigType>) -> bool {
    config.is_some_and(|config| *config != idp::LambdaConfigType::default())
}

fn is_on(mfa: Option<&idp::UserPoolMfaType>) -> bool {
    mfa.is_some_and(|mfa| *mfa != idp::UserPoolMfaType::Off)
}

fn is_threat_protection(add_ons: Option<&idp::UserPoolAddOnsType>) -> bool {
    add_ons.is_some_and(|add_ons| {
        add_ons.advanced_security_mode != Some(idp::AdvancedSecurityModeType::Off)
            || add_ons.advanced_security_additional_flows.as_ref().is_some_and(|flows| flows.custom_auth_mode.is_some())
    })
}

fn has_other_factor(policy: &idp::SignInPolicyType) -> bool {
    let factors = policy.allowed_first_auth_factors.as_deref().unwrap_or_default();
    factors.iter().any(|factor| *factor != idp::AuthFactorType::Password)
}

/// What is left can only be PASSWORD, which Cognito demands.
fn check_first_factors(policy: Option<&idp::SignInPolicyType>) -> Result<()> {
    match policy.map(|policy| policy.allowed_first_auth_factors.as_deref().unwrap_or_default()) {
        Some([]) => {
            Err(Error::invalid_parameter("Password should be configured as one of the allowed first auth factors."))
        }
        _ => Ok(()),
    }
}

fn is_customer_key(key: Option<&idp::KeyConfigurationType>) -> bool {
    key.is_some_and(|key| key.kms_key_arn.is_some() || key.key_type == Some(idp::EncryptionKeyType::CustomerManagedKey))
}
