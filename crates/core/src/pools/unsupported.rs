//! Settings that this build cannot obey yet. They are refused rather than stored and ignored.

use stepwell_model::idp;

use super::PoolConfiguration;
use crate::error::{Error, Result};

/// The refusal of a setting.
pub(crate) fn refuse(what: &str) -> Error {
    Error::invalid_parameter(format!("{what} is not supported by this build of Stepwell yet."))
}

/// Refuses what cannot be obeyed. Values that switch such a feature off are accepted.
pub(super) fn check(given: &PoolConfiguration) -> Result<()> {
    let dcr = given.dcr_configuration.as_ref();
    let refusals = [
        (dcr.is_some_and(|dcr| dcr.enable_status != Some(idp::StatusType::Disabled)), "DcrConfiguration"),
        (is_customer_key(given.key_configuration.as_ref()), "KeyConfiguration with a customer managed key"),
        (given.sms_configuration.as_ref().is_some_and(|sms| sms.eums_sms.is_some()), "SmsConfiguration.EumsSms"),
    ];
    match refusals.iter().find(|(refused, _)| *refused) {
        Some((_, what)) => Err(refuse(what)),
        None => Ok(()),
    }
}

fn is_customer_key(key: Option<&idp::KeyConfigurationType>) -> bool {
    key.is_some_and(|key| key.kms_key_arn.is_some() || key.key_type == Some(idp::EncryptionKeyType::CustomerManagedKey))
}
