//! A pool's settings for devices (API, `DeviceConfigurationType`).

use serde::{Deserialize, Serialize};
use stepwell_model::idp;

/// How a pool remembers devices. A pool without it remembers none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSettings {
    /// `ChallengeRequiredOnNewDevice`: a remembered device that proves itself stands in for the second factor.
    pub replaces_mfa: bool,
    /// `DeviceOnlyRememberedOnUserPrompt`: confirming a device does not remember it; the user is asked first.
    pub user_opts_in: bool,
}

impl DeviceSettings {
    /// From a request. The structure alone turns devices on: SDKs leave members out that are false.
    pub(super) fn resolve(given: Option<&idp::DeviceConfigurationType>) -> Option<Self> {
        given.map(|given| Self {
            replaces_mfa: given.challenge_required_on_new_device == Some(true),
            user_opts_in: given.device_only_remembered_on_user_prompt == Some(true),
        })
    }

    /// As `DescribeUserPool` shows it.
    pub fn to_model(self) -> idp::DeviceConfigurationType {
        idp::DeviceConfigurationType {
            challenge_required_on_new_device: Some(self.replaces_mfa),
            device_only_remembered_on_user_prompt: Some(self.user_opts_in),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_false_and_shown_as_such() {
        assert_eq!(DeviceSettings::resolve(None), None);
        let given = idp::DeviceConfigurationType {
            challenge_required_on_new_device: Some(true),
            device_only_remembered_on_user_prompt: None,
        };
        let shown = DeviceSettings::resolve(Some(&given)).unwrap().to_model();
        assert_eq!(shown.challenge_required_on_new_device, Some(true));
        assert_eq!(shown.device_only_remembered_on_user_prompt, Some(false));
        let off = DeviceSettings { replaces_mfa: false, user_opts_in: false };
        assert_eq!(DeviceSettings::resolve(Some(&idp::DeviceConfigurationType::default())), Some(off));
    }
}
