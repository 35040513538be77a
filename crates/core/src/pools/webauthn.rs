//! A pool's settings for passkeys (`SetUserPoolMfaConfig`, API `WebAuthnConfigurationType`).

use serde::{Deserialize, Serialize};
use stepwell_model::idp;

use super::PoolSettings;
use super::plan::{self, Feature};
use crate::error::{Error, Result};
use crate::passkeys::relying_party;
use crate::settings::Settings;

/// The settings as given; what was left out stays out, so that it is returned as it was set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebAuthnSettings {
    /// `RelyingPartyId`: the domain that passkeys are made for. Without it the pool's own domain stands in.
    pub relying_party_id: Option<String>,
    /// `UserVerification`; left out it is `preferred`.
    pub user_verification: Option<UserVerification>,
    /// `FactorConfiguration`; left out it is `SINGLE_FACTOR`.
    pub factor_configuration: Option<FactorConfiguration>,
}

/// Whether the authenticator must verify its user (PIN, biometrics).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserVerification {
    /// Authenticators that cannot are refused.
    Required,
    /// It is asked for, but not insisted on.
    Preferred,
}

/// What a passkey counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorConfiguration {
    /// One factor.
    SingleFactor,
    /// Two factors, and therefore only with user verification.
    MultiFactorWithUserVerification,
}

/// Checks a `WebAuthnConfiguration`: the relying-party id must be a domain that passkeys can be made for, and the pool's
/// tier must have passkeys (`FeatureUnavailableInTierException`).
pub fn resolve(
    deployment: &Settings,
    tier: &idp::UserPoolTierType,
    given: &idp::WebAuthnConfigurationType,
) -> Result<WebAuthnSettings> {
    plan::check_tier(deployment.all_features, tier, Feature::Passkeys)?;
    if let Some(id) = &given.relying_party_id {
        relying_party::check(id)?;
    }
    Ok(WebAuthnSettings {
        relying_party_id: given.relying_party_id.clone(),
        user_verification: given.user_verification.as_ref().map(user_verification).transpose()?,
        factor_configuration: given.factor_configuration.as_ref().map(factor_configuration).transpose()?,
    })
}

fn user_verification(given: &idp::UserVerificationType) -> Result<UserVerification> {
    match given {
        idp::UserVerificationType::Required => Ok(UserVerification::Required),
        idp::UserVerificationType::Preferred => Ok(UserVerification::Preferred),
        idp::UserVerificationType::Unknown(_) => Err(Error::invalid_parameter("Unknown UserVerification.")),
    }
}

fn factor_configuration(given: &idp::WebAuthnFactorConfigurationType) -> Result<FactorConfiguration> {
    match given {
        idp::WebAuthnFactorConfigurationType::SingleFactor => Ok(FactorConfiguration::SingleFactor),
        idp::WebAuthnFactorConfigurationType::MultiFactorWithUserVerification => {
            Ok(FactorConfiguration::MultiFactorWithUserVerification)
        }
        idp::WebAuthnFactorConfigurationType::Unknown(_) => {
            Err(Error::invalid_parameter("Unknown FactorConfiguration."))
        }
    }
}

impl WebAuthnSettings {
    /// As `GetUserPoolMfaConfig` returns them.
    pub fn as_given(&self) -> idp::WebAuthnConfigurationType {
        idp::WebAuthnConfigurationType {
            relying_party_id: self.relying_party_id.clone(),
            user_verification: self.user_verification.map(|given| match given {
                UserVerification::Required => idp::UserVerificationType::Required,
                UserVerification::Preferred => idp::UserVerificationType::Preferred,
            }),
            factor_configuration: self.factor_configuration.map(|given| match given {
                FactorConfiguration::SingleFactor => idp::WebAuthnFactorConfigurationType::SingleFactor,
                FactorConfiguration::MultiFactorWithUserVerification => {
                    idp::WebAuthnFactorConfigurationType::MultiFactorWithUserVerification
                }
            }),
        }
    }
}

/// True if a passkey that verified its user counts as two factors.
pub fn passkeys_are_two_factors(settings: &PoolSettings) -> bool {
    let webauthn = settings.webauthn.as_ref();
    webauthn.and_then(|webauthn| webauthn.factor_configuration)
        == Some(FactorConfiguration::MultiFactorWithUserVerification)
}

/// What is asked of authenticators. A passkey that counts as two factors must verify its user, whatever
/// `UserVerification` says.
pub fn user_verification_of(settings: &PoolSettings) -> UserVerification {
    if passkeys_are_two_factors(settings) {
        return UserVerification::Required;
    }
    let webauthn = settings.webauthn.as_ref();
    webauthn.and_then(|webauthn| webauthn.user_verification).unwrap_or(UserVerification::Preferred)
}
