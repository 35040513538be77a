//! Second factors: what a user set up, and how it is checked.

use serde::{Deserialize, Serialize};

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

/// What a user, or an administrator for the user, turned on (`SetUserMFAPreference`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaPreferences {
    /// The factors that are on, each once.
    pub enabled: Vec<MfaFactor>,
    /// The one that is asked for first.
    pub preferred: Option<MfaFactor>,
}

impl MfaPreferences {
    /// True if nothing was ever turned on.
    pub fn is_empty(&self) -> bool {
        self.enabled.is_empty() && self.preferred.is_none()
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
