//! `SignInPolicy`: how users may begin to sign in, and what MFA leaves of it (developer guide, "Things to know about user
//! pool MFA").

use stepwell_model::idp::{self, AuthFactorType, UserPoolTierType};

use super::plan::{Feature, check_tier};
use super::{MfaMode, PoolConfiguration, PoolSettings};
use crate::error::{Error, Result};

/// The policy as given, checked.
pub(super) fn resolve(
    given: &PoolConfiguration,
    all_features: bool,
    tier: &UserPoolTierType,
    can_send_sms: bool,
) -> Result<Option<idp::SignInPolicyType>> {
    let Some(policy) = given.policies.as_ref().and_then(|policies| policies.sign_in_policy.as_ref()) else {
        return Ok(None);
    };
    let factors = policy.allowed_first_auth_factors.as_deref().unwrap_or_default();
    if !factors.contains(&AuthFactorType::Password) {
        return Err(Error::invalid_parameter(
            "Password should be configured as one of the allowed first auth factors.",
        ));
    }
    if factors.contains(&AuthFactorType::SoftwareToken) {
        return Err(Error::invalid_parameter("SOFTWARE_TOKEN is not supported as a first auth factor."));
    }
    if factors.iter().any(|factor| *factor != AuthFactorType::Password) {
        check_tier(all_features, tier, Feature::ChoiceBasedSignIn)?;
    }
    if factors.contains(&AuthFactorType::SmsOtp) && !can_send_sms {
        return Err(Error::invalid_parameter(
            "SMS configuration is required when SMS_OTP is an allowed first auth factor",
        ));
    }
    let mut allowed = Vec::new();
    for factor in factors {
        if !allowed.contains(factor) {
            allowed.push(factor.clone());
        }
    }
    Ok(Some(idp::SignInPolicyType { allowed_first_auth_factors: Some(allowed) }))
}

impl PoolSettings {
    /// True if users of the pool may begin with this factor.
    pub fn allows_first_factor(&self, factor: &AuthFactorType) -> bool {
        self.sign_in_policy
            .as_ref()
            .and_then(|policy| policy.allowed_first_auth_factors.as_deref())
            .map_or(*factor == AuthFactorType::Password, |factors| factors.contains(factor))
    }
}

/// Where everybody needs two factors, one-time codes cannot be the first, and passkeys only where they count as both.
pub(super) fn check_with_mfa(settings: &PoolSettings) -> Result<()> {
    if settings.mfa.mode != MfaMode::On {
        return Ok(());
    }
    if settings.allows_first_factor(&AuthFactorType::EmailOtp) || settings.allows_first_factor(&AuthFactorType::SmsOtp)
    {
        return Err(Error::invalid_parameter(
            "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled",
        ));
    }
    if settings.allows_first_factor(&AuthFactorType::WebAuthn) && !super::passkeys_are_two_factors(settings) {
        return Err(Error::invalid_parameter(
            "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed \
             first auth factor",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(factors: &[AuthFactorType]) -> PoolConfiguration {
        PoolConfiguration {
            policies: Some(idp::UserPoolPolicyType {
                password_policy: None,
                sign_in_policy: Some(idp::SignInPolicyType { allowed_first_auth_factors: Some(factors.to_vec()) }),
            }),
            ..PoolConfiguration::default()
        }
    }

    #[test]
    fn other_factors_than_the_password_have_their_plan() {
        use AuthFactorType::{EmailOtp, Password, SmsOtp};
        let (lite, essentials) = (UserPoolTierType::Lite, UserPoolTierType::Essentials);
        assert_eq!(resolve(&PoolConfiguration::default(), false, &lite, false).unwrap(), None);
        assert!(resolve(&given(&[Password]), false, &lite, false).is_ok());
        let refused = resolve(&given(&[Password, EmailOtp]), false, &lite, false).unwrap_err();
        assert_eq!(refused.code(), stepwell_model::ErrorCode::FeatureUnavailableInTier);
        assert!(resolve(&given(&[Password, EmailOtp]), true, &lite, false).is_ok());
        // Each once.
        let policy = resolve(&given(&[EmailOtp, Password, EmailOtp, SmsOtp]), false, &essentials, true).unwrap();
        let factors = policy.and_then(|policy| policy.allowed_first_auth_factors);
        assert_eq!(factors, Some(vec![EmailOtp, Password, SmsOtp]));
    }

    #[test]
    fn a_pool_without_a_policy_begins_with_passwords() {
        let mut settings = crate::users::fixtures::pool().settings;
        assert!(settings.allows_first_factor(&AuthFactorType::Password));
        assert!(!settings.allows_first_factor(&AuthFactorType::EmailOtp));
        settings.sign_in_policy =
            resolve(&given(&[AuthFactorType::Password, AuthFactorType::EmailOtp]), false, &settings.tier, false)
                .unwrap();
        assert!(settings.allows_first_factor(&AuthFactorType::EmailOtp));
        assert!(!settings.allows_first_factor(&AuthFactorType::WebAuthn));
    }
}
