//! How long tokens live (API, `CreateUserPoolClient`; developer guide, "Quotas").

use stepwell_model::idp;

use super::{ClientConfiguration, ValidityAsGiven};
use crate::error::{Error, Result};
use crate::{DAY, HOUR, MINUTE, Millis, SECOND};

const DEFAULT_REFRESH: i32 = 30;
const DEFAULT_ACCESS: Millis = HOUR;
const ACCESS_RANGE: [Millis; 2] = [5 * MINUTE, DAY];
/// Sixty minutes to ten years, as the model counts them: 315,360,000 seconds.
const REFRESH_RANGE: [Millis; 2] = [HOUR, 315_360_000 * SECOND];

/// The lives of a client's tokens.
#[derive(Debug, PartialEq)]
pub(super) struct Validities {
    pub(super) refresh: Millis,
    pub(super) access: Millis,
    pub(super) id: Millis,
    pub(super) as_given: ValidityAsGiven,
}

/// Brings numbers and units together, within Cognito's bounds.
pub(super) fn resolve(given: &ClientConfiguration) -> Result<Validities> {
    let units = given.token_validity_units.clone().unwrap_or_default();
    // 0 is the default, too. The number has the unit that was given, as Describe shows the two side by side.
    let refresh_number = given.refresh_token_validity.filter(|&number| number != 0).unwrap_or(DEFAULT_REFRESH);
    let refresh = within(REFRESH_RANGE, duration(refresh_number, units.refresh_token.as_ref(), DAY))?;
    // An ID or access token without a number lives an hour, whatever the unit.
    let hours = |number: Option<i32>, unit: Option<&idp::TimeUnitsType>| match number {
        Some(number) => within(ACCESS_RANGE, duration(number, unit, HOUR)),
        None => Ok(DEFAULT_ACCESS),
    };
    let access = hours(given.access_token_validity, units.access_token.as_ref())?;
    let id = hours(given.id_token_validity, units.id_token.as_ref())?;
    if access > refresh || id > refresh {
        return Err(Error::invalid_parameter(
            "Access and Id Token expiration times must be less than or equal to refresh token expiration times.",
        ));
    }
    let as_given = ValidityAsGiven {
        refresh: Some(refresh_number),
        access: given.access_token_validity,
        id: given.id_token_validity,
        units: Some(units),
    };
    Ok(Validities { refresh, access, id, as_given })
}

fn duration(number: i32, unit: Option<&idp::TimeUnitsType>, default: Millis) -> Millis {
    let unit = match unit {
        Some(idp::TimeUnitsType::Seconds) => SECOND,
        Some(idp::TimeUnitsType::Minutes) => MINUTE,
        Some(idp::TimeUnitsType::Hours) => HOUR,
        Some(idp::TimeUnitsType::Days) => DAY,
        Some(idp::TimeUnitsType::Unknown(_)) | None => default,
    };
    Millis::from(number).saturating_mul(unit)
}

fn within([min, max]: [Millis; 2], life: Millis) -> Result<Millis> {
    if (min..=max).contains(&life) {
        Ok(life)
    } else {
        Err(Error::invalid_parameter("Invalid range for token validity."))
    }
}

#[cfg(test)]
mod tests {
    use idp::TimeUnitsType as Unit;

    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "the form in which settings hold units")]
    fn units(access: Option<Unit>, id: Option<Unit>, refresh: Option<Unit>) -> Option<idp::TokenValidityUnitsType> {
        Some(idp::TokenValidityUnitsType { access_token: access, id_token: id, refresh_token: refresh })
    }

    fn configuration(access: Option<i32>, refresh: Option<i32>) -> ClientConfiguration {
        ClientConfiguration {
            access_token_validity: access,
            refresh_token_validity: refresh,
            ..ClientConfiguration::default()
        }
    }

    #[test]
    fn nothing_given_is_an_hour_and_thirty_days() {
        let lives = resolve(&ClientConfiguration::default()).unwrap();
        assert_eq!((lives.access, lives.id, lives.refresh), (HOUR, HOUR, 30 * DAY));
        assert_eq!(lives.as_given.refresh, Some(30));
        assert_eq!(lives.as_given.access, None);
        assert_eq!(resolve(&configuration(None, Some(0))).unwrap().refresh, 30 * DAY);
    }

    #[test]
    fn units_apply_to_their_own_token() {
        let given = ClientConfiguration {
            token_validity_units: units(Some(Unit::Minutes), None, Some(Unit::Hours)),
            id_token_validity: Some(2),
            ..configuration(Some(5), Some(3))
        };
        let lives = resolve(&given).unwrap();
        assert_eq!((lives.access, lives.id, lives.refresh), (5 * MINUTE, 2 * HOUR, 3 * HOUR));
        let hours = ClientConfiguration {
            token_validity_units: units(Some(Unit::Hours), Some(Unit::Hours), Some(Unit::Hours)),
            ..ClientConfiguration::default()
        };
        assert_eq!(resolve(&hours).unwrap().refresh, 30 * HOUR);
    }

    #[test]
    fn bounds_are_cognitos() {
        let minutes = |access| ClientConfiguration {
            token_validity_units: units(Some(Unit::Minutes), None, None),
            ..configuration(Some(access), None)
        };
        for (given, valid) in [
            (minutes(4), false),
            (minutes(5), true),
            (minutes(1440), true),
            (minutes(1441), false),
            (configuration(Some(25), None), false),
            (configuration(None, Some(3650)), true),
            (configuration(None, Some(3651)), false),
            (configuration(None, Some(i32::MAX)), false),
            (configuration(None, Some(-1)), false),
            (
                ClientConfiguration {
                    token_validity_units: units(None, None, Some(Unit::Minutes)),
                    ..configuration(None, Some(59))
                },
                false,
            ),
        ] {
            let result = resolve(&given);
            assert_eq!(result.is_ok(), valid, "{given:?}");
            if let Err(error) = result {
                assert_eq!(error.message(), "Invalid range for token validity.");
            }
        }
    }

    #[test]
    fn no_token_outlives_its_refresh_token() {
        let given = ClientConfiguration {
            token_validity_units: units(None, None, Some(Unit::Hours)),
            ..configuration(Some(3), Some(2))
        };
        assert!(resolve(&given).unwrap_err().message().starts_with("Access and Id Token expiration times must be"));
    }
}
