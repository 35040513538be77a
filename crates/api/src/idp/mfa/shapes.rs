//! Second factors on the wire.

use stepwell_core::mfa::preferences::{FactorChange, PreferenceChange};
use stepwell_core::users::User;
use stepwell_core::{Error, Result, SecretString};
use stepwell_model::idp::{
    EmailMfaSettingsType, SMSMfaSettingsType, SoftwareTokenMfaSettingsType, WebAuthnMfaSettingsType,
};

/// What `SetUserMFAPreference` and `AdminSetUserMFAPreference` ask for.
pub(crate) fn preference_change(
    sms: Option<SMSMfaSettingsType>,
    software_token: Option<SoftwareTokenMfaSettingsType>,
    email: Option<EmailMfaSettingsType>,
    web_authn: Option<WebAuthnMfaSettingsType>,
) -> PreferenceChange {
    PreferenceChange {
        sms: sms.map(|given| FactorChange { enabled: given.enabled, preferred: given.preferred_mfa }),
        software_token: software_token
            .map(|given| FactorChange { enabled: given.enabled, preferred: given.preferred_mfa }),
        email: email.map(|given| FactorChange { enabled: given.enabled, preferred: given.preferred_mfa }),
        web_authn: web_authn.and_then(|given| given.enabled),
    }
}

/// `PreferredMfaSetting` of a user.
pub(crate) fn preferred(user: &User) -> Option<String> {
    user.mfa.preferred.map(|factor| factor.challenge_name().to_owned())
}

/// `UserMFASettingList` of a user; left out where it would be empty.
pub(crate) fn enabled(user: &User) -> Option<Vec<String>> {
    let names: Vec<String> = user.mfa.enabled.iter().map(|factor| factor.challenge_name().to_owned()).collect();
    (!names.is_empty()).then_some(names)
}

/// Refuses a request that brings both an access token and a Session.
pub(crate) fn one_authorization(access_token: Option<&SecretString>, session: Option<&SecretString>) -> Result<()> {
    if access_token.is_some() && session.is_some() {
        return Err(Error::invalid_parameter("Only one of AccessToken and Session can be given."));
    }
    Ok(())
}
