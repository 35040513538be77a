//! `AnalyticsConfiguration`: Amazon Pinpoint has no counterpart here; the setting is checked, kept and returned, and has
//! no effect.

use stepwell_model::idp;

use crate::error::{Error, Result};

/// Either an application's ARN, or its id with role and external id.
pub(super) fn resolve(
    given: Option<&idp::AnalyticsConfigurationType>,
) -> Result<Option<idp::AnalyticsConfigurationType>> {
    let Some(given) = given else { return Ok(None) };
    let by_id = [&given.application_id, &given.role_arn, &given.external_id];
    let valid = match &given.application_arn {
        Some(_) => by_id.iter().all(|part| part.is_none()),
        None => by_id.iter().all(|part| part.is_some()),
    };
    if !valid {
        return Err(Error::invalid_parameter(
            "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> \
             are valid",
        ));
    }
    Ok(Some(given.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_forms_do_not_mix() {
        let arn = idp::AnalyticsConfigurationType { application_arn: Some("arn".into()), ..Default::default() };
        let id = idp::AnalyticsConfigurationType {
            application_id: Some("1f".into()),
            role_arn: Some("role".into()),
            external_id: Some("x".into()),
            user_data_shared: Some(true),
            ..Default::default()
        };
        assert_eq!(resolve(Some(&arn)).unwrap(), Some(arn.clone()));
        assert!(resolve(Some(&id)).is_ok());
        assert!(resolve(Some(&idp::AnalyticsConfigurationType { role_arn: None, ..id.clone() })).is_err());
        assert!(
            resolve(Some(&idp::AnalyticsConfigurationType { application_arn: arn.application_arn, ..id })).is_err()
        );
    }
}
