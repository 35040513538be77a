//! `UserPoolAddOns`: threat protection, which only the Plus tier has.

use stepwell_model::idp;

use super::plan::{Feature, check_tier};
use crate::error::{Error, Result};

/// The tier of a pool: as given, or the one that its threat protection needs (CLI reference, `create-user-pool`).
pub(super) fn tier(
    given: Option<&idp::UserPoolTierType>,
    add_ons: Option<&idp::UserPoolAddOnsType>,
) -> idp::UserPoolTierType {
    match given {
        Some(tier) => tier.clone(),
        None if is_wanted(add_ons) => idp::UserPoolTierType::Plus,
        None => idp::UserPoolTierType::Essentials,
    }
}

/// Checks the add-ons.
pub(super) fn resolve(
    given: Option<&idp::UserPoolAddOnsType>,
    all_features: bool,
    tier: &idp::UserPoolTierType,
) -> Result<Option<idp::UserPoolAddOnsType>> {
    if is_wanted(given) {
        check_tier(all_features, tier, Feature::ThreatProtection)?;
    }
    if given.is_some_and(|given| given.advanced_security_mode.is_none()) {
        return Err(Error::invalid_parameter("UserPoolAddOns must have an AdvancedSecurityMode."));
    }
    Ok(given.cloned())
}

fn is_wanted(add_ons: Option<&idp::UserPoolAddOnsType>) -> bool {
    add_ons.is_some_and(|add_ons| {
        let additional = add_ons.advanced_security_additional_flows.as_ref();
        add_ons.advanced_security_mode.as_ref().is_some_and(|mode| *mode != idp::AdvancedSecurityModeType::Off)
            || additional.is_some_and(|flows| flows.custom_auth_mode.is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use stepwell_model::ErrorCode;
    use stepwell_model::idp::UserPoolTierType::{Essentials, Lite, Plus};

    fn add_ons(mode: &idp::AdvancedSecurityModeType, custom: bool) -> idp::UserPoolAddOnsType {
        idp::UserPoolAddOnsType {
            advanced_security_mode: Some(mode.clone()),
            advanced_security_additional_flows: custom.then_some(idp::AdvancedSecurityAdditionalFlowsType {
                custom_auth_mode: Some(idp::AdvancedSecurityEnabledModeType::Audit),
            }),
        }
    }

    #[test]
    fn protection_needs_plus_and_brings_it() {
        let enforced = add_ons(&idp::AdvancedSecurityModeType::Enforced, false);
        let custom = add_ons(&idp::AdvancedSecurityModeType::Off, true);
        let off = add_ons(&idp::AdvancedSecurityModeType::Off, false);
        for wanted in [&enforced, &custom] {
            assert_eq!(tier(None, Some(wanted)), Plus);
            assert_eq!(tier(Some(&Lite), Some(wanted)), Lite);
            assert_eq!(resolve(Some(wanted), false, &Plus).unwrap().as_ref(), Some(wanted));
            let error = resolve(Some(wanted), false, &Essentials).unwrap_err();
            assert_eq!(error.code(), ErrorCode::FeatureUnavailableInTier);
            assert!(resolve(Some(wanted), true, &Lite).is_ok());
        }
        assert_eq!(tier(None, Some(&off)), Essentials);
        assert!(resolve(Some(&off), false, &Lite).is_ok());
        assert!(resolve(Some(&idp::UserPoolAddOnsType::default()), false, &Plus).is_err());
    }
}
