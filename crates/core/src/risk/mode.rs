//! Whether threat protection is on (`UserPoolAddOns`).

use stepwell_model::{ErrorCode, idp};

use crate::error::{Error, Result};
use crate::pools::PoolSettings;

/// The kinds of sign-in that are protected separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// All but custom authentication.
    Standard,
    /// Custom authentication challenges.
    Custom,
}

/// What threat protection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Nothing.
    #[default]
    Off,
    /// It assesses and records.
    Audit,
    /// It acts as well.
    Enforced,
}

/// What threat protection does in a pool for a kind of sign-in.
pub fn mode(settings: &PoolSettings, flow: Flow) -> Mode {
    let Some(add_ons) = &settings.add_ons else { return Mode::Off };
    match flow {
        Flow::Standard => match add_ons.advanced_security_mode {
            Some(idp::AdvancedSecurityModeType::Audit) => Mode::Audit,
            Some(idp::AdvancedSecurityModeType::Enforced) => Mode::Enforced,
            _ => Mode::Off,
        },
        Flow::Custom => {
            let additional = add_ons.advanced_security_additional_flows.as_ref();
            match additional.and_then(|flows| flows.custom_auth_mode.as_ref()) {
                Some(idp::AdvancedSecurityEnabledModeType::Audit) => Mode::Audit,
                Some(idp::AdvancedSecurityEnabledModeType::Enforced) => Mode::Enforced,
                _ => Mode::Off,
            }
        }
    }
}

/// True if threat protection is on for any kind of sign-in.
pub fn is_on(settings: &PoolSettings) -> bool {
    mode(settings, Flow::Standard) != Mode::Off || mode(settings, Flow::Custom) != Mode::Off
}

/// Refuses operations of threat protection where it is off.
pub(super) fn check_on(settings: &PoolSettings) -> Result<()> {
    if is_on(settings) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::UserPoolAddOnNotEnabled,
        "Threat protection is not enabled for the user pool: AdvancedSecurityMode is OFF.",
    ))
}
