//! The names of challenges and first factors (API, `ChallengeNameType`).

use serde::{Deserialize, Serialize};
use stepwell_model::idp::AuthFactorType;

/// A challenge: what the client is asked for next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChallengeName {
    /// Prove the password with SRP.
    PasswordVerifier,
    /// Send the password.
    Password,
    /// Begin SRP.
    PasswordSrp,
    /// Choose a new password.
    NewPasswordRequired,
    /// Choose how to sign in.
    SelectChallenge,
    /// A code by e-mail, as first or second factor.
    EmailOtp,
    /// A code by text message, as first factor.
    SmsOtp,
    /// A passkey.
    WebAuthn,
    /// A code by text message, as second factor.
    SmsMfa,
    /// A code of an authenticator app.
    SoftwareTokenMfa,
    /// Choose the second factor.
    SelectMfaType,
    /// Set up a second factor.
    MfaSetup,
    /// A challenge of the pool's own.
    CustomChallenge,
    /// Begin SRP for a device.
    DeviceSrpAuth,
    /// Prove the device's password with SRP.
    DevicePasswordVerifier,
}

impl ChallengeName {
    /// The protocol's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PasswordVerifier => "PASSWORD_VERIFIER",
            Self::Password => "PASSWORD",
            Self::PasswordSrp => "PASSWORD_SRP",
            Self::NewPasswordRequired => "NEW_PASSWORD_REQUIRED",
            Self::SelectChallenge => "SELECT_CHALLENGE",
            Self::EmailOtp => "EMAIL_OTP",
            Self::SmsOtp => "SMS_OTP",
            Self::WebAuthn => "WEB_AUTHN",
            Self::SmsMfa => "SMS_MFA",
            Self::SoftwareTokenMfa => "SOFTWARE_TOKEN_MFA",
            Self::SelectMfaType => "SELECT_MFA_TYPE",
            Self::MfaSetup => "MFA_SETUP",
            Self::CustomChallenge => "CUSTOM_CHALLENGE",
            Self::DeviceSrpAuth => "DEVICE_SRP_AUTH",
            Self::DevicePasswordVerifier => "DEVICE_PASSWORD_VERIFIER",
        }
    }
}

/// A way to begin `USER_AUTH` (API, `InitiateAuthResponse.AvailableChallenges`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FirstFactor {
    /// The password itself.
    Password,
    /// The password, by SRP.
    PasswordSrp,
    /// A passkey.
    WebAuthn,
    /// A code by e-mail.
    EmailOtp,
    /// A code by text message.
    SmsOtp,
}

impl FirstFactor {
    /// By the protocol's name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "PASSWORD" => Some(Self::Password),
            "PASSWORD_SRP" => Some(Self::PasswordSrp),
            "WEB_AUTHN" => Some(Self::WebAuthn),
            "EMAIL_OTP" => Some(Self::EmailOtp),
            "SMS_OTP" => Some(Self::SmsOtp),
            _ => None,
        }
    }

    /// What the pool must allow for it (`SignInPolicy.AllowedFirstAuthFactors`).
    pub fn policy_factor(self) -> AuthFactorType {
        match self {
            Self::Password | Self::PasswordSrp => AuthFactorType::Password,
            Self::WebAuthn => AuthFactorType::WebAuthn,
            Self::EmailOtp => AuthFactorType::EmailOtp,
            Self::SmsOtp => AuthFactorType::SmsOtp,
        }
    }

    /// The challenge that asks for it.
    pub fn challenge(self) -> ChallengeName {
        match self {
            Self::Password => ChallengeName::Password,
            Self::PasswordSrp => ChallengeName::PasswordSrp,
            Self::WebAuthn => ChallengeName::WebAuthn,
            Self::EmailOtp => ChallengeName::EmailOtp,
            Self::SmsOtp => ChallengeName::SmsOtp,
        }
    }
}
