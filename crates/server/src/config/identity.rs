//! Section `identity`: how the deployment names itself to clients.

use stepwell_core::settings::IssuerMode;

use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "identity.region",
        "STEPWELL_REGION",
        Kind::Text,
        "`us-east-1`",
        "The region in pool ids and ARNs. Pools keep the one they were made with.",
    ),
    Setting::new(
        "identity.account_id",
        "STEPWELL_ACCOUNT_ID",
        Kind::Text,
        "`000000000000`",
        "The 12-digit account id in ARNs.",
    ),
    Setting::new(
        "identity.issuer",
        "STEPWELL_ISSUER",
        Kind::Text,
        "`public-url`",
        "What tokens name as their issuer: `public-url` (`<public_url>/<pool id>`) or `aws` (`https://cognito-idp.<region>.amazonaws.com/<pool id>`, for clients that accept nothing else).",
    ),
    Setting::new(
        "identity.all_features",
        "STEPWELL_ALL_FEATURES",
        Kind::Switch,
        "`false`",
        "Gives every pool every feature, whatever its `UserPoolTier` (feature plan).",
    ),
];

/// Section `identity`.
#[derive(Debug)]
pub(crate) struct Identity {
    /// The region in pool ids and ARNs.
    pub(crate) region: String,
    /// The account in ARNs.
    pub(crate) account_id: String,
    /// The form of issuers.
    pub(crate) issuer: IssuerMode,
    /// Whether all pools have all features.
    pub(crate) all_features: bool,
}

pub(super) fn read(values: &Values) -> Result<Identity, ConfigError> {
    let region = values.text_or("identity.region", "us-east-1");
    // The model's pattern of pool ids is `[\w-]+_[0-9a-zA-Z]+`; AWS's regions are narrower, and so are we.
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if region.len() > 32 || !region.chars().all(fits) {
        return Err(values.error("identity.region", "must be a region such as us-east-1"));
    }
    let account_id = values.text_or("identity.account_id", "000000000000");
    if account_id.len() != 12 || !account_id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(values.error("identity.account_id", "must be 12 digits"));
    }
    let issuer = match values.text("identity.issuer") {
        None | Some("public-url") => IssuerMode::PublicUrl,
        Some("aws") => IssuerMode::Aws,
        Some(_) => return Err(values.error("identity.issuer", "must be public-url or aws")),
    };
    let all_features = values.switch("identity.all_features", false);
    Ok(Identity { region: region.to_owned(), account_id: account_id.to_owned(), issuer, all_features })
}
