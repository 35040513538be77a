//! `AccountRecoverySetting`: through which channels a forgotten password is recovered, by priority.

use stepwell_model::idp;

use super::RecoveryMechanism;
use crate::error::{Error, Result};

/// What Describe shows for a pool that never set it. Such a pool still recovers in the legacy order, phone first
/// (developer guide, "Managing user passwords").
pub const DEFAULT_RECOVERY: [RecoveryMechanism; 2] =
    [RecoveryMechanism::VerifiedEmail, RecoveryMechanism::VerifiedPhoneNumber];

impl RecoveryMechanism {
    /// The mechanism in the protocol.
    pub fn to_model(self) -> idp::RecoveryOptionNameType {
        match self {
            Self::VerifiedEmail => idp::RecoveryOptionNameType::VerifiedEmail,
            Self::VerifiedPhoneNumber => idp::RecoveryOptionNameType::VerifiedPhoneNumber,
            Self::AdminOnly => idp::RecoveryOptionNameType::AdminOnly,
        }
    }

    fn from_model(name: &idp::RecoveryOptionNameType) -> Option<Self> {
        match name {
            idp::RecoveryOptionNameType::VerifiedEmail => Some(Self::VerifiedEmail),
            idp::RecoveryOptionNameType::VerifiedPhoneNumber => Some(Self::VerifiedPhoneNumber),
            idp::RecoveryOptionNameType::AdminOnly => Some(Self::AdminOnly),
            idp::RecoveryOptionNameType::Unknown(_) => None,
        }
    }
}

/// The mechanisms in order of priority; `None` if nothing is set.
pub(super) fn resolve(given: Option<&idp::AccountRecoverySettingType>) -> Result<Option<Vec<RecoveryMechanism>>> {
    let options = given.and_then(|given| given.recovery_mechanisms.as_deref()).unwrap_or_default();
    if options.is_empty() {
        return Ok(None);
    }
    let mut ordered: Vec<(i32, RecoveryMechanism)> = Vec::new();
    for option in options {
        // Both members are required and their values known: the request was validated against the model.
        let Some(mechanism) = option.name.as_ref().and_then(RecoveryMechanism::from_model) else { continue };
        let priority = option.priority.unwrap_or(1);
        if ordered.iter().any(|&(taken, known)| taken == priority || known == mechanism) {
            return Err(Error::invalid_parameter(
                "Account Recovery Setting cannot have duplicate priorities or recovery mechanisms.",
            ));
        }
        ordered.push((priority, mechanism));
    }
    if ordered.len() > 1 && ordered.iter().any(|&(_, mechanism)| mechanism == RecoveryMechanism::AdminOnly) {
        return Err(Error::invalid_parameter(
            "Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.",
        ));
    }
    ordered.sort_by_key(|&(priority, _)| priority);
    Ok(Some(ordered.into_iter().map(|(_, mechanism)| mechanism).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(options: &[(i32, idp::RecoveryOptionNameType)]) -> idp::AccountRecoverySettingType {
        let options = options
            .iter()
            .map(|(priority, name)| idp::RecoveryOptionType { priority: Some(*priority), name: Some(name.clone()) });
        idp::AccountRecoverySettingType { recovery_mechanisms: Some(options.collect()) }
    }

    #[test]
    fn mechanisms_are_ordered_by_priority_and_exclusive() {
        use idp::RecoveryOptionNameType::{AdminOnly, VerifiedEmail, VerifiedPhoneNumber};
        let given = setting(&[(2, VerifiedEmail), (1, VerifiedPhoneNumber)]);
        assert_eq!(
            resolve(Some(&given)).unwrap(),
            Some(vec![RecoveryMechanism::VerifiedPhoneNumber, RecoveryMechanism::VerifiedEmail])
        );
        assert_eq!(resolve(None).unwrap(), None);
        for wrong in [
            setting(&[(1, VerifiedEmail), (1, VerifiedPhoneNumber)]),
            setting(&[(1, VerifiedEmail), (2, VerifiedEmail)]),
            setting(&[(1, VerifiedEmail), (2, AdminOnly)]),
        ] {
            assert!(resolve(Some(&wrong)).is_err());
        }
        assert_eq!(resolve(Some(&setting(&[(1, AdminOnly)]))).unwrap(), Some(vec![RecoveryMechanism::AdminOnly]));
    }
}
