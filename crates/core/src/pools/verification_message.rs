//! Verification messages: the old fields and the template that replaced them are one setting seen from two sides.

use stepwell_model::idp;

use super::PoolConfiguration;
use crate::error::{Error, Result};

/// One template from both sides. Where they differ, the template counts; Describe shows the result on both.
pub(super) fn resolve(given: &PoolConfiguration) -> Result<idp::VerificationMessageTemplateType> {
    let mut template = given.verification_message_template.clone().unwrap_or_default();
    if template.email_message.is_some() && template.email_message_by_link.is_some() {
        return Err(Error::invalid_parameter(
            "VerificationMessageTemplate can have either EmailMessage or EmailMessageByLink, as DefaultEmailOption says.",
        ));
    }
    template.default_email_option.get_or_insert(idp::DefaultEmailOptionType::ConfirmWithCode);
    template.sms_message = template.sms_message.or_else(|| given.sms_verification_message.clone());
    template.email_message = template.email_message.or_else(|| given.email_verification_message.clone());
    template.email_subject = template.email_subject.or_else(|| given.email_verification_subject.clone());
    Ok(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_fields_fill_the_template_and_the_template_wins() {
        let mut given = PoolConfiguration {
            email_verification_message: Some("old {####}".into()),
            email_verification_subject: Some("old".into()),
            sms_verification_message: Some("sms {####}".into()),
            ..PoolConfiguration::default()
        };
        let template = resolve(&given).unwrap();
        assert_eq!(template.email_message.as_deref(), Some("old {####}"));
        assert_eq!(template.sms_message.as_deref(), Some("sms {####}"));
        assert_eq!(template.default_email_option, Some(idp::DefaultEmailOptionType::ConfirmWithCode));

        given.verification_message_template = Some(idp::VerificationMessageTemplateType {
            email_message: Some("new {####}".into()),
            ..Default::default()
        });
        let template = resolve(&given).unwrap();
        assert_eq!(template.email_message.as_deref(), Some("new {####}"));
        assert_eq!(template.email_subject.as_deref(), Some("old"));
    }

    #[test]
    fn code_and_link_exclude_each_other() {
        let given = PoolConfiguration {
            verification_message_template: Some(idp::VerificationMessageTemplateType {
                email_message: Some("{####}".into()),
                email_message_by_link: Some("{##here##}".into()),
                ..Default::default()
            }),
            ..PoolConfiguration::default()
        };
        assert!(resolve(&given).is_err());
    }
}
