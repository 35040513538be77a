//! A pool's second factors: `MfaConfiguration` of `CreateUserPool` and `UpdateUserPool`, and `SetUserPoolMfaConfig`
//! (developer guide, "Adding MFA to a user pool").
//!
//! `CreateUserPool` and `UpdateUserPool` know text messages only; the other factors come by `SetUserPoolMfaConfig`,
//! which names all factors anew each time. OFF leaves no factor behind.

use serde::{Deserialize, Serialize};
use stepwell_model::idp;

use super::plan::{Feature, check_tier};
use super::{PoolSettings, RecoveryMechanism, UserPool, read, senders, sign_in_policy, update, webauthn};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::mfa::MfaFactor;

/// Whether second factors are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MfaMode {
    /// From nobody.
    #[default]
    Off,
    /// From users who turned one on.
    Optional,
    /// From everybody.
    On,
}

impl MfaMode {
    fn of(given: Option<&idp::UserPoolMfaType>) -> Self {
        match given {
            Some(idp::UserPoolMfaType::On) => Self::On,
            Some(idp::UserPoolMfaType::Optional) => Self::Optional,
            Some(idp::UserPoolMfaType::Off | idp::UserPoolMfaType::Unknown(_)) | None => Self::Off,
        }
    }

    /// The protocol's form.
    pub fn to_model(self) -> idp::UserPoolMfaType {
        match self {
            Self::Off => idp::UserPoolMfaType::Off,
            Self::Optional => idp::UserPoolMfaType::Optional,
            Self::On => idp::UserPoolMfaType::On,
        }
    }
}

/// A pool's second factors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MfaSettings {
    /// Whether they are asked for.
    pub mode: MfaMode,
    /// Text messages. How they are sent and what they say stands in `sms` and `sms_authentication_message` of
    /// [`PoolSettings`].
    pub sms: bool,
    /// Authenticator apps.
    pub software_token: bool,
    /// E-mail messages, with their template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<idp::EmailMfaConfigType>,
}

impl MfaSettings {
    /// True if the pool offers the factor.
    pub fn offers(&self, factor: MfaFactor) -> bool {
        match factor {
            MfaFactor::Sms => self.sms,
            MfaFactor::SoftwareToken => self.software_token,
            MfaFactor::Email => self.email.is_some(),
        }
    }

    /// True if the pool offers the factor, and no other.
    pub fn offers_only(&self, factor: MfaFactor) -> bool {
        MfaFactor::ALL.into_iter().all(|other| self.offers(other) == (other == factor))
    }

    fn offers_none(&self) -> bool {
        MfaFactor::ALL.into_iter().all(|factor| !self.offers(factor))
    }
}

/// What `SetUserPoolMfaConfig` asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MfaChange {
    /// `MfaConfiguration`.
    pub mode: Option<idp::UserPoolMfaType>,
    /// `SmsMfaConfiguration`.
    pub sms: Option<idp::SmsMfaConfigType>,
    /// `SoftwareTokenMfaConfiguration`.
    pub software_token: Option<idp::SoftwareTokenMfaConfigType>,
    /// `EmailMfaConfiguration`.
    pub email: Option<idp::EmailMfaConfigType>,
    /// `WebAuthnConfiguration`.
    pub webauthn: Option<idp::WebAuthnConfigurationType>,
}

impl MfaChange {
    fn names_a_factor(&self) -> bool {
        self.sms.is_some() || self.software_token.is_some() || self.email.is_some()
    }
}

/// The second factors of a pool that is created or updated: `settings` are the new ones, `before` what an existing
/// pool offered.
pub(super) fn of_pool(
    given: Option<&idp::UserPoolMfaType>,
    before: &MfaSettings,
    settings: &PoolSettings,
) -> Result<MfaSettings> {
    let mode = MfaMode::of(given);
    if mode == MfaMode::Off {
        return Ok(MfaSettings::default());
    }
    let can_send = settings.sms.is_some();
    let mut mfa = MfaSettings { mode, sms: before.sms && can_send, ..before.clone() };
    if mfa.offers_none() {
        if !can_send {
            return Err(Error::invalid_parameter(SMS_REQUIRED));
        }
        mfa.sms = true;
    }
    Ok(mfa)
}

/// `SetUserPoolMfaConfig`. Passkeys may be set beside any second factors, and alone; a call that names neither a mode
/// nor a factor leaves the second factors as they are.
pub async fn set_mfa(cx: &Context<'_>, pool_id: &str, change: &MfaChange) -> Result<UserPool> {
    if *change == MfaChange::default() {
        return read(cx, pool_id).await;
    }
    update::change(cx, pool_id, |pool| apply(cx, pool, change)).await
}

fn apply(cx: &Context<'_>, pool: &mut UserPool, change: &MfaChange) -> Result<()> {
    let (deployment, settings) = (&cx.domain.settings, &mut pool.settings);
    if change.mode.is_some() || change.names_a_factor() {
        set_factors(settings, change, &deployment.region)?;
    }
    if let Some(given) = &change.webauthn {
        settings.webauthn = Some(webauthn::resolve(deployment, &settings.tier, given)?);
    }
    check(settings, deployment.all_features)
}

fn set_factors(settings: &mut PoolSettings, change: &MfaChange, region: &str) -> Result<()> {
    let mode = change.mode.as_ref().map_or(settings.mfa.mode, |mode| MfaMode::of(Some(mode)));
    if mode == MfaMode::Off {
        if change.names_a_factor() {
            return Err(Error::invalid_parameter(
                "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
            ));
        }
        settings.mfa = MfaSettings::default();
        return Ok(());
    }
    if let Some(given) = &change.sms {
        settings.sms_authentication_message.clone_from(&given.sms_authentication_message);
        if let Some(sms) = senders::sms(given.sms_configuration.as_ref(), region)? {
            settings.sms = Some(sms);
        }
        if settings.sms.is_none() {
            return Err(Error::invalid_parameter(SMS_REQUIRED));
        }
    }
    settings.mfa = MfaSettings {
        mode,
        sms: change.sms.is_some(),
        software_token: change.software_token.as_ref().is_some_and(|token| token.enabled == Some(true)),
        email: change.email.clone(),
    };
    Ok(())
}

/// The rules that a pool's second factors keep with its other settings. Every change of either is checked.
pub(super) fn check(settings: &PoolSettings, all_features: bool) -> Result<()> {
    let mfa = &settings.mfa;
    if mfa.mode != MfaMode::Off && mfa.offers_none() {
        return Err(Error::invalid_parameter(
            "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.",
        ));
    }
    if mfa.email.is_some() {
        check_tier(all_features, &settings.tier, Feature::EmailMfa)?;
        // Whoever reads the mail could otherwise set a new password and pass the second factor, too.
        if recovers_by_email_only(settings) {
            return Err(Error::invalid_parameter(
                "Cannot set EmailMfaConfiguration when user pool AccountRecoverySetting is not set or contains only \
                 verified_email in RecoveryMechanisms.",
            ));
        }
    }
    sign_in_policy::check_with_mfa(settings)
}

fn recovers_by_email_only(settings: &PoolSettings) -> bool {
    settings
        .account_recovery
        .as_deref()
        .is_none_or(|mechanisms| mechanisms.iter().all(|mechanism| *mechanism == RecoveryMechanism::VerifiedEmail))
}

/// Cognito's words where text messages would be the second factor and cannot be sent.
const SMS_REQUIRED: &str =
    "SMS configuration and Auto verification for phone_number are required when MFA is required/optional";

#[cfg(test)]
#[path = "mfa_tests.rs"]
mod tests;
