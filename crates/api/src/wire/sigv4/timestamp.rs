//! The time of signing: `YYYYMMDDTHHMMSSZ`, or the RFC 1123 form of a Date header.

use time::format_description::well_known::Rfc2822;
use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// Unix seconds of an ISO 8601 basic UTC time, exactly `YYYYMMDDTHHMMSSZ`.
pub(super) fn parse_basic(text: &str) -> Option<i64> {
    let &[y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'] = text.as_bytes() else {
        return None;
    };
    let two = |tens: u8, ones: u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
    };
    let year = i32::from(two(y1, y2)?) * 100 + i32::from(two(y3, y4)?);
    let date = Date::from_calendar_date(year, Month::try_from(two(m1, m2)?).ok()?, two(d1, d2)?).ok()?;
    let time = Time::from_hms(two(h1, h2)?, two(n1, n2)?, two(s1, s2)?).ok()?;
    Some(date.with_time(time).assume_utc().unix_timestamp())
}

/// Unix seconds of a Date header: RFC 1123 as HTTP demands, or the basic form that some signers put there.
pub(super) fn parse_date_header(text: &str) -> Option<i64> {
    if let Some(seconds) = parse_basic(text) {
        return Some(seconds);
    }
    // Longer than any RFC 1123 date, and the parser accepts nested comments.
    if text.len() > 40 {
        return None;
    }
    Some(OffsetDateTime::parse(text, &Rfc2822).ok()?.to_offset(UtcOffset::UTC).unix_timestamp())
}

/// `YYYYMMDDTHHMMSSZ`. A time outside the years 0 to 9999 becomes the epoch: it can then only be too old.
pub(super) fn format_basic(unix_seconds: i64) -> String {
    let t = OffsetDateTime::from_unix_timestamp(unix_seconds)
        .ok()
        .filter(|t| (0..=9999).contains(&t.year()))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, time) = (t.date(), t.time());
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// The first eight characters of [`format_basic`]: the date of a credential scope.
pub(super) fn date_of(basic: &str) -> &str {
    basic.get(..8).unwrap_or_default()
}
