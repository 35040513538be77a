//! Date operators: the W3C profile of ISO 8601, or seconds since 1970.

use time::{Date, Month};

use super::super::context::KeyValue;

/// A point in time, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instant(i128);

const SECOND: i128 = 1_000_000_000;

impl Instant {
    /// Reads `2020`, `2020-04`, `2020-04-01`, `2020-04-01T12:00Z`, `2020-04-01T12:00:00.5+02:00` or `1585699200`. Four
    /// digits are a year.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() != 4 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse::<i64>().ok().map(Self::of_seconds);
        }
        let (date, clock) = match text.split_once('T') {
            Some((date, clock)) => (date, Some(clock)),
            None => (text, None),
        };
        let mut parts = date.split('-');
        let year = digits(parts.next()?, 4)?;
        let month = parts.next().map(|part| digits(part, 2));
        let day = parts.next().map(|part| digits(part, 2));
        // A clock needs a whole date.
        if parts.next().is_some() || (clock.is_some() && day.is_none()) {
            return None;
        }
        let month = Month::try_from(u8::try_from(month.unwrap_or(Some(1))?).ok()?).ok()?;
        let day = u8::try_from(day.unwrap_or(Some(1))?).ok()?;
        let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, day).ok()?;
        let midnight = i128::from(date.midnight().assume_utc().unix_timestamp()) * SECOND;
        match clock {
            Some(clock) => Some(Self(midnight + clock_nanos(clock)?)),
            None => Some(Self(midnight)),
        }
    }

    /// A time of the request.
    pub(super) fn of(value: &KeyValue) -> Option<Self> {
        match value {
            KeyValue::Time(millis) => Some(Self(i128::from(*millis) * 1_000_000)),
            KeyValue::Integer(seconds) => Some(Self::of_seconds(*seconds)),
            KeyValue::Text(text) => Self::parse(text),
            KeyValue::Boolean(_) | KeyValue::Address(_) | KeyValue::Bytes(_) => None,
        }
    }

    fn of_seconds(seconds: i64) -> Self {
        Self(i128::from(seconds) * SECOND)
    }
}

/// A time of day with its zone (required), as nanoseconds after UTC's midnight.
fn clock_nanos(clock: &str) -> Option<i128> {
    let (clock, offset) = if let Some(clock) = clock.strip_suffix('Z') {
        (clock, 0)
    } else {
        let at = clock.rfind(['+', '-'])?;
        let plus = clock.as_bytes().get(at) == Some(&b'+');
        let (clock, zone) = (clock.get(..at)?, clock.get(at + 1..)?);
        let (hours, minutes) = zone.split_once(':')?;
        let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
        if hours > 23 || minutes > 59 {
            return None;
        }
        let size = i128::from(hours * 60 + minutes) * 60;
        (clock, if plus { size } else { -size })
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (second, nanos) = match parts.next() {
        None => (0, 0),
        Some(part) => match part.split_once('.') {
            None => (digits(part, 2)?, 0),
            Some((second, fraction)) if (1..=9).contains(&fraction.len()) => {
                (digits(second, 2)?, digits(&format!("{fraction:0<9}"), 9)?)
            }
            Some(_) => return None,
        },
    };
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = i128::from(hour * 3600 + minute * 60 + second) - offset;
    Some(seconds * SECOND + i128::from(nanos))
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_w3c_profile_and_epochs() {
        let seconds = |text| Instant::parse(text).map(|Instant(nanos)| nanos / SECOND);
        assert_eq!(seconds("1970"), Some(0));
        assert_eq!(seconds("2020-04"), Some(1_585_699_200));
        assert_eq!(seconds("2020-04-01"), Some(1_585_699_200));
        assert_eq!(seconds("2020-04-01T00:00Z"), Some(1_585_699_200));
        assert_eq!(seconds("2020-04-01T02:00:00+02:00"), Some(1_585_699_200));
        assert_eq!(seconds("2020-03-31T19:00:00.000-05:00"), Some(1_585_699_200));
        assert_eq!(seconds("1585699200"), Some(1_585_699_200));
        assert!(Instant::parse("2020-04-01T00:00:00.5Z") > Instant::parse("2020-04-01T00:00:00.25Z"));
        for bad in [
            "",
            "banana",
            "2020-13-01",
            "2020-02-30",
            "2020-4-1",
            "2020-04-01T00:00:00",
            "2020-04-01T25:00:00Z",
            "2020-04T00:00Z",
            "20200401T000000Z",
            "2020-04-01 00:00:00Z",
            "2020-04-01T00:00:00.Z",
            "-5",
            "99999999999999999999",
            "2020-04-*",
        ] {
            assert_eq!(Instant::parse(bad), None, "{bad}");
        }
    }
}
