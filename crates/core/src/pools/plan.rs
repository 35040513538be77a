//! Feature plans: what a pool's tier includes (developer guide, "User pool feature plans"). Essentials includes Lite,
//! Plus includes Essentials.

use stepwell_model::{ErrorCode, idp::UserPoolTierType};

use super::PoolSettings;
use crate::domain::Domain;
use crate::error::{Error, Result};

/// A feature that not every tier has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// `USER_AUTH`, first factors other than the password.
    ChoiceBasedSignIn,
    /// Passkeys.
    Passkeys,
    /// One-time codes by e-mail as a second factor.
    EmailMfa,
    /// Changing access tokens by a trigger (`PreTokenGenerationConfig` V2 and V3).
    AccessTokenCustomization,
    /// Refusing passwords used before.
    PasswordHistory,
    /// Listing and ending sessions.
    SessionManagement,
    /// `acr` names of the pool's own, and asking for a level.
    StepUp,
    /// Tokens derived from tokens.
    TokenExchange,
    /// Adaptive authentication and compromised credentials.
    ThreatProtection,
}

impl Feature {
    fn name(self) -> &'static str {
        match self {
            Self::ChoiceBasedSignIn => "Choice-based sign-in",
            Self::Passkeys => "Passkeys",
            Self::EmailMfa => "Email MFA",
            Self::AccessTokenCustomization => "Access Token Customization",
            Self::PasswordHistory => "Password History",
            Self::SessionManagement => "Session Management",
            Self::StepUp => "ACR Configuration",
            Self::TokenExchange => "Token Exchange",
            Self::ThreatProtection => "Threat Protection",
        }
    }

    fn is_in(self, tier: &UserPoolTierType) -> bool {
        match self {
            Self::ThreatProtection => *tier == UserPoolTierType::Plus,
            _ => *tier != UserPoolTierType::Lite,
        }
    }
}

/// Refuses a feature that the pool's tier lacks (`FeatureUnavailableInTierException`), unless the operator lifted all
/// tiers.
pub fn check(domain: &Domain, settings: &PoolSettings, feature: Feature) -> Result<()> {
    check_tier(domain.settings.all_features, &settings.tier, feature)
}

/// As [`check`], while a pool's settings are still being made.
pub fn check_tier(all_features: bool, tier: &UserPoolTierType, feature: Feature) -> Result<()> {
    if all_features || feature.is_in(tier) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::FeatureUnavailableInTier,
        format!(
            "The following features need to be disabled for the {} pricing tier configured: {}",
            tier.as_str(),
            feature.name()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_contain_each_other() {
        for (tier, passkeys, threats) in [
            (UserPoolTierType::Lite, false, false),
            (UserPoolTierType::Essentials, true, false),
            (UserPoolTierType::Plus, true, true),
        ] {
            assert_eq!(check_tier(false, &tier, Feature::Passkeys).is_ok(), passkeys);
            assert_eq!(check_tier(false, &tier, Feature::ThreatProtection).is_ok(), threats);
            assert!(check_tier(true, &tier, Feature::ThreatProtection).is_ok());
        }
    }
}
