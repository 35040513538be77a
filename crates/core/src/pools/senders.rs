//! How a pool's e-mail and text messages are sent.

use stepwell_model::idp;

use crate::error::{Error, Result};

/// `EmailConfiguration` with its default.
pub(super) fn email(given: Option<&idp::EmailConfigurationType>) -> Result<idp::EmailConfigurationType> {
    let mut email = given.cloned().unwrap_or_default();
    let account = email.email_sending_account.get_or_insert(idp::EmailSendingAccountType::CognitoDefault);
    if *account == idp::EmailSendingAccountType::Developer && email.source_arn.is_none() {
        return Err(Error::invalid_parameter("Source ARN is required to use DEVELOPER email sending owner"));
    }
    if email.from.as_deref().is_some_and(|from| !is_sender(from)) {
        return Err(Error::invalid_parameter("Provided From email address is invalid"));
    }
    Ok(email)
}

/// An address, or a display name with the address in angle brackets; nothing that could end a header line.
pub(crate) fn is_sender(from: &str) -> bool {
    let address = match from.trim_end().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((_, address)) => address,
        None => from,
    };
    let shaped = address
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    shaped && !address.contains(char::is_whitespace) && !from.contains(char::is_control)
}

/// `SmsConfiguration`; the region defaults to the pool's own.
pub(super) fn sms(
    given: Option<&idp::SmsConfigurationType>,
    region: &str,
) -> Result<Option<idp::SmsConfigurationType>> {
    let Some(given) = given.filter(|given| **given != idp::SmsConfigurationType::default()) else { return Ok(None) };
    if given.sns_caller_arn.as_deref().is_none_or(str::is_empty) {
        return Err(Error::invalid_parameter("SmsConfiguration must have an SnsCallerArn."));
    }
    let mut sms = given.clone();
    sms.sns_region.get_or_insert_with(|| region.to_owned());
    Ok(Some(sms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_addresses_with_or_without_a_name() {
        for from in ["a@example.com", "Example <a@example.com>", "\"A, B\" <a@example.com>"] {
            assert!(is_sender(from), "{from}");
        }
        for from in ["example", "a@", "@b", "a b@example.com", "a@example.com\r\nBcc: b@example.com", "a@b@c", ""] {
            assert!(!is_sender(from), "{from}");
        }
    }

    #[test]
    fn a_developer_account_needs_a_source() {
        let given = idp::EmailConfigurationType {
            email_sending_account: Some(idp::EmailSendingAccountType::Developer),
            ..Default::default()
        };
        assert!(email(Some(&given)).is_err());
        let default = email(None).unwrap();
        assert_eq!(default.email_sending_account, Some(idp::EmailSendingAccountType::CognitoDefault));
    }

    #[test]
    fn text_messages_need_a_caller() {
        assert_eq!(sms(None, "us-east-1").unwrap(), None);
        let given = idp::SmsConfigurationType { external_id: Some("x".into()), ..Default::default() };
        assert!(sms(Some(&given), "us-east-1").is_err());
        let arn = "arn:aws:iam::123456789012:role/sms";
        let given = idp::SmsConfigurationType { sns_caller_arn: Some(arn.into()), ..Default::default() };
        assert_eq!(sms(Some(&given), "eu-west-1").unwrap().unwrap().sns_region.as_deref(), Some("eu-west-1"));
    }
}
