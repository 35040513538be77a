//! Section `sms`: how text messages leave: through SNS.

use super::aws::{self, AwsService};
use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "sms.sns.region",
        "STEPWELL_SNS_REGION",
        Kind::Text,
        "",
        "The region of SNS; a pool's `SnsRegion` goes before it unless an endpoint is set.",
    ),
    Setting::new(
        "sms.sns.endpoint",
        "STEPWELL_SNS_ENDPOINT",
        Kind::Text,
        "`https://sns.<region>.amazonaws.com`",
        "Another address of SNS or of something that speaks its API.",
    ),
    Setting::new("sms.sns.access_key_id", "STEPWELL_SNS_ACCESS_KEY_ID", Kind::Text, "", "The access key for SNS."),
    Setting::secret("sms.sns.secret_access_key", "STEPWELL_SNS_SECRET_ACCESS_KEY", "", "Its secret."),
];

/// Section `sms`.
#[derive(Debug)]
pub(crate) struct Sms {
    /// SNS, if text messages leave.
    pub(crate) sns: Option<AwsService>,
}

pub(super) fn read(values: &Values) -> Result<Sms, ConfigError> {
    Ok(Sms { sns: aws::read(values, "sms.sns")? })
}
