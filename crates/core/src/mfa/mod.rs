//! Second factors: what a user set up, what a sign-in must ask for, and how authenticator apps are registered.

pub mod associate;
pub mod attempts;
pub mod decide;
pub mod factors;
pub mod preferences;
pub mod settings;
pub mod software_token;
pub mod totp;
pub mod verify;

use serde::{Deserialize, Serialize};

use crate::pools::ContactAttribute;

pub use decide::{MfaDecision, decide, demand, is_asked, is_required, passkey_is_both, second_factor_contacts, usable};

/// A second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MfaFactor {
    /// A code by text message (`SMS_MFA`).
    Sms,
    /// A code by e-mail (`EMAIL_OTP`).
    Email,
    /// An authenticator app (`SOFTWARE_TOKEN_MFA`).
    SoftwareToken,
}

impl MfaFactor {
    /// All of them, in the order in which they are listed to clients.
    pub const ALL: [Self; 3] = [Self::Sms, Self::SoftwareToken, Self::Email];

    /// The name of its challenge, which is also its name in settings and lists.
    pub fn challenge_name(self) -> &'static str {
        match self {
            Self::Sms => "SMS_MFA",
            Self::Email => "EMAIL_OTP",
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
        }
    }

    /// True if an answer to `SELECT_MFA_TYPE` means it. The API reference calls the e-mail factor `EMAIL_MFA` there.
    pub fn answers_to(self, answer: &str) -> bool {
        answer == self.challenge_name() || (self == Self::Email && answer == "EMAIL_MFA")
    }

    /// The attribute its codes go to.
    pub fn contact(self) -> Option<ContactAttribute> {
        match self {
            Self::Sms => Some(ContactAttribute::PhoneNumber),
            Self::Email => Some(ContactAttribute::Email),
            Self::SoftwareToken => None,
        }
    }
}

/// What a user, or an administrator for the user, turned on (`SetUserMFAPreference`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaPreferences {
    /// The factors that are on, each once.
    pub enabled: Vec<MfaFactor>,
    /// The one that is asked for first.
    pub preferred: Option<MfaFactor>,
    /// Passkeys that verify the user count as both factors for this user (`WebAuthnMfaSettings`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub web_authn: bool,
}

impl MfaPreferences {
    /// True if nothing was ever turned on.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Turns a factor on.
    pub fn enable(&mut self, factor: MfaFactor) {
        if !self.enabled.contains(&factor) {
            self.enabled.push(factor);
        }
    }

    /// Turns a factor off, and with it the preference for it.
    pub fn disable(&mut self, factor: MfaFactor) {
        self.enabled.retain(|enabled| *enabled != factor);
        if self.preferred == Some(factor) {
            self.preferred = None;
        }
    }
}

/// A user's authenticator app (RFC 6238).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoftwareToken {
    /// The shared secret, sealed by the pool's key and bound to the user.
    #[serde(with = "crate::encoding::bytes")]
    pub sealed_secret: Vec<u8>,
    /// What the user calls the device.
    pub friendly_name: Option<String>,
}
