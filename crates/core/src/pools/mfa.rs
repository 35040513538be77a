//! `SetUserPoolMfaConfig`, as far as this build can obey it: MFA is off.

use stepwell_model::idp;

use super::unsupported::refuse;
use super::{UserPool, read};
use crate::context::Context;
use crate::error::{Error, Result};

/// What `SetUserPoolMfaConfig` asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MfaChange {
    /// `MfaConfiguration`.
    pub mode: Option<idp::UserPoolMfaType>,
    /// `SmsMfaConfiguration`.
    pub sms: Option<idp::SmsMfaConfigType>,
    /// `SoftwareTokenMfaConfiguration`.
    pub software_token: Option<idp::SoftwareTokenMfaConfigType>,
    /// `EmailMfaConfiguration`.
    pub email: Option<idp::EmailMfaConfigType>,
    /// `WebAuthnConfiguration`.
    pub webauthn: Option<idp::WebAuthnConfigurationType>,
}

/// Accepts what leaves MFA off, and refuses the rest. Nothing changes in the pool, which has MFA off already.
pub async fn set_mfa(cx: &Context<'_>, pool_id: &str, change: &MfaChange) -> Result<UserPool> {
    check(change)?;
    read(cx, pool_id).await
}

fn check(change: &MfaChange) -> Result<()> {
    if change.mode.as_ref().is_some_and(|mode| *mode != idp::UserPoolMfaType::Off) {
        return Err(refuse("MfaConfiguration other than OFF"));
    }
    let software_token = change.software_token.as_ref().is_some_and(|token| token.enabled == Some(true));
    if change.webauthn.is_some() {
        return Err(refuse("WebAuthnConfiguration"));
    }
    // OFF is also what an omitted MfaConfiguration means.
    if change.sms.is_some() || change.email.is_some() || software_token {
        return Err(Error::invalid_parameter(
            "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leaves_mfa_off_is_accepted() {
        let off = MfaChange { mode: Some(idp::UserPoolMfaType::Off), ..MfaChange::default() };
        assert!(check(&off).is_ok());
        assert!(check(&MfaChange::default()).is_ok());
        let token = |enabled| MfaChange {
            software_token: Some(idp::SoftwareTokenMfaConfigType { enabled: Some(enabled) }),
            ..off.clone()
        };
        assert!(check(&token(false)).is_ok());
        assert!(check(&token(true)).is_err());
        for refused in [
            MfaChange { mode: Some(idp::UserPoolMfaType::On), ..MfaChange::default() },
            MfaChange { mode: Some(idp::UserPoolMfaType::Optional), ..MfaChange::default() },
            MfaChange { sms: Some(idp::SmsMfaConfigType::default()), ..off.clone() },
            MfaChange { email: Some(idp::EmailMfaConfigType::default()), ..off.clone() },
            MfaChange { webauthn: Some(idp::WebAuthnConfigurationType::default()), ..off.clone() },
        ] {
            assert!(check(&refused).is_err(), "{refused:?}");
        }
    }
}
