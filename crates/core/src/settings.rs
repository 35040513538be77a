//! What the operator decided for the whole deployment, as far as the domain needs to know it.

use crate::passkeys::AndroidApp;

/// Deployment-wide settings. Filled by `server` from its configuration, never changed while running.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent switches of the deployment")]
pub struct Settings {
    /// The region in pool ids and ARNs, for example `us-east-1`.
    pub region: String,
    /// The 12-digit account id in ARNs.
    pub account_id: String,
    /// The origin under which clients reach this deployment, without a trailing slash. Issuers and links start with it.
    pub public_url: String,
    /// Which issuer tokens name.
    pub issuer: IssuerMode,
    /// True for `stepwell dev`.
    pub dev: bool,
    /// How many pools' configuration and keys stay in memory.
    pub cached_pools: usize,
    /// The sender address of messages from pools that name none.
    pub default_email_from: String,
    /// Whether e-mail can be sent at all (a transport is configured).
    pub email_available: bool,
    /// Whether SMS can be sent at all.
    pub sms_available: bool,
    /// True if every pool has every feature, whatever its tier.
    pub all_features: bool,
    /// Native Android applications that may use passkeys, beside the pages of a relying party.
    pub android_apps: Vec<AndroidApp>,
}

/// The form of the `iss` claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerMode {
    /// `<public_url>/<pool id>`: API, JWKS and discovery on one origin.
    PublicUrl,
    /// `https://cognito-idp.<region>.amazonaws.com/<pool id>`, for clients that accept nothing else.
    Aws,
}

#[cfg(test)]
impl Settings {
    /// A deployment for unit tests.
    pub(crate) fn for_tests() -> Self {
        Self {
            region: "us-east-1".to_owned(),
            account_id: "000000000000".to_owned(),
            public_url: "https://id.example.test".to_owned(),
            issuer: IssuerMode::PublicUrl,
            dev: true,
            cached_pools: 16,
            default_email_from: "no-reply@example.test".to_owned(),
            email_available: true,
            sms_available: true,
            all_features: false,
            android_apps: Vec::new(),
        }
    }
}
