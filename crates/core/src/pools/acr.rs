//! Names of the four authentication levels (developer guide, "Step-up authentication").

use std::collections::BTreeMap;

use stepwell_model::idp;

use super::{PoolSettings, plan};
use crate::error::{Error, Result};

const LEVELS: [&str; 4] = ["Level1", "Level2", "Level3", "Level4"];

impl PoolSettings {
    /// The name of one level, 1 to 4 (developer guide, "Step-up authentication").
    pub fn acr_name(&self, level: u8) -> String {
        self.acr_names().remove(&format!("Level{level}")).unwrap_or_default()
    }

    /// All four levels with their names, defaults merged in.
    pub fn acr_names(&self) -> BTreeMap<String, String> {
        names(self.acr.as_ref())
    }
}

fn names(given: Option<&BTreeMap<String, idp::AcrLevelConfigType>>) -> BTreeMap<String, String> {
    let named = |level: &str| given.and_then(|given| given.get(level)).and_then(|level| level.acr_value.clone());
    LEVELS
        .iter()
        .zip(1..)
        .map(|(level, number)| {
            ((*level).to_owned(), named(level).unwrap_or_else(|| format!("urn:cognito:loa:{number}")))
        })
        .collect()
}

/// Checks the names a pool gives: unique over all four levels, defaults included, and Essentials or higher.
pub(super) fn resolve(
    given: Option<&BTreeMap<String, idp::AcrLevelConfigType>>,
    all_features: bool,
    tier: &idp::UserPoolTierType,
) -> Result<Option<BTreeMap<String, idp::AcrLevelConfigType>>> {
    let Some(given) = given.filter(|given| !given.is_empty()) else { return Ok(None) };
    let effective = names(Some(given));
    let mut values: Vec<&String> = effective.values().collect();
    values.sort();
    values.dedup();
    if values.len() != LEVELS.len() {
        return Err(Error::invalid_parameter("Each ACR level must have a name of its own."));
    }
    let customised = effective != names(None);
    if customised {
        plan::check_tier(all_features, tier, plan::Feature::StepUp)?;
    }
    Ok(Some(given.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stepwell_model::ErrorCode;

    fn level(level: &str, name: &str) -> BTreeMap<String, idp::AcrLevelConfigType> {
        BTreeMap::from([(level.to_owned(), idp::AcrLevelConfigType { acr_value: Some(name.to_owned()) })])
    }

    #[test]
    fn defaults_are_merged_in() {
        let names = names(Some(&level("Level2", "urn:mine")));
        assert_eq!(names["Level1"], "urn:cognito:loa:1");
        assert_eq!(names["Level2"], "urn:mine");
        assert_eq!(names.len(), 4);
    }

    #[test]
    fn names_are_unique_and_need_essentials() {
        let essentials = idp::UserPoolTierType::Essentials;
        assert!(resolve(Some(&level("Level1", "urn:cognito:loa:4")), false, &essentials).is_err());
        assert!(resolve(Some(&level("Level1", "a")), false, &essentials).unwrap().is_some());
        let error = resolve(Some(&level("Level1", "a")), false, &idp::UserPoolTierType::Lite).unwrap_err();
        assert_eq!(error.code(), ErrorCode::FeatureUnavailableInTier);
        assert!(resolve(Some(&level("Level1", "urn:cognito:loa:1")), false, &idp::UserPoolTierType::Lite).is_ok());
    }
}
