//! Section `kms`: the key management service under whose keys the secrets of custom senders are encrypted.

use super::aws::{self, AwsService};
use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "kms.region",
        "STEPWELL_KMS_REGION",
        Kind::Text,
        "",
        "The region of KMS. It encrypts the codes that `CustomEmailSender` and `CustomSMSSender` get, under the pool's \
         `KMSKeyID`.",
    ),
    Setting::new(
        "kms.endpoint",
        "STEPWELL_KMS_ENDPOINT",
        Kind::Text,
        "`https://kms.<region>.amazonaws.com`",
        "Another address of KMS or of something that speaks its API. The functions must reach it, too.",
    ),
    Setting::new(
        "kms.access_key_id",
        "STEPWELL_KMS_ACCESS_KEY_ID",
        Kind::Text,
        "",
        "The access key for KMS; it needs `kms:GenerateDataKey` on the keys that pools name, and nothing else.",
    ),
    Setting::secret("kms.secret_access_key", "STEPWELL_KMS_SECRET_ACCESS_KEY", "", "Its secret."),
];

/// Section `kms`.
#[derive(Debug)]
pub(crate) struct Kms {
    /// KMS, if there is one.
    pub(crate) service: Option<AwsService>,
}

pub(super) fn read(values: &Values) -> Result<Kms, ConfigError> {
    Ok(Kms { service: aws::read(values, "kms")? })
}
