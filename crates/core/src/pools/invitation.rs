//! The invitation that users get whom an administrator creates.

use stepwell_model::idp;

use crate::error::{Error, Result};

/// Checks the template. Cognito wants the user's name in a text message; a pool without passwords may leave `{####}`
/// out.
pub(super) fn resolve(given: Option<&idp::MessageTemplateType>) -> Result<Option<idp::MessageTemplateType>> {
    if given.and_then(|given| given.sms_message.as_deref()).is_some_and(|text| !text.contains("{username}")) {
        return Err(Error::invalid_parameter("Invalid SMS message for Admin create user flow parameter"));
    }
    Ok(given.filter(|given| **given != idp::MessageTemplateType::default()).cloned())
}
