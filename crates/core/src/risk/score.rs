//! The score of a sign-in: a fixed number of points for each thing that is out of the ordinary. The table is documented
//! for operators (`docs/guide/threat-protection.md`), so that every level can be explained.

use super::Location;
use super::configuration::Level;
use crate::{HOUR, MINUTE, Millis};

/// Kilometres that nobody has to explain: databases of addresses are coarse.
const FREE_DISTANCE: f64 = 300.0;
/// Kilometres an hour that no airliner exceeds.
const TOP_SPEED: f64 = 1_000.0;
const EARTH_RADIUS: f64 = 6_371.0;

const DEVICE: u32 = 2;
const NETWORK: u32 = 2;
const COUNTRY: u32 = 3;
const TRAVEL: u32 = 5;
const DISTRUST: u32 = 7;
const SOME_FAILURES: u32 = 2;
const MANY_FAILURES: u32 = 4;

const LOW: u32 = 2;
const MEDIUM: u32 = 4;
const HIGH: u32 = 7;

/// What is known about a sign-in, reduced to what counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub(super) struct Signals {
    /// The user signed in before with known devices, and this is none of them.
    pub(super) new_device: bool,
    /// The same for networks.
    pub(super) new_network: bool,
    /// The same for countries.
    pub(super) new_country: bool,
    /// The user cannot have come here since the last sign-in.
    pub(super) impossible_travel: bool,
    /// Somebody said of an earlier sign-in from this network that it was not the user.
    pub(super) distrusted: bool,
    /// Failed attempts at this user from this network since the last sign-in from it.
    pub(super) failures_here: i64,
    /// Failed attempts at this user from anywhere since the last sign-in.
    pub(super) failures_anywhere: i64,
    /// Failed attempts at anybody from this network.
    pub(super) failures_of_network: i64,
}

impl Signals {
    /// The points, each with its reason.
    pub(super) fn points(&self) -> Vec<(&'static str, u32)> {
        // Strangers who guess elsewhere do not make the user's own place suspicious: else they could lock the user out.
        let strange = self.new_device || self.new_network;
        let failures = if strange { self.failures_anywhere.max(self.failures_here) } else { self.failures_here };
        [
            ("new device", if self.new_device { DEVICE } else { 0 }),
            ("new network", if self.new_network { NETWORK } else { 0 }),
            ("new country", if self.new_country { COUNTRY } else { 0 }),
            ("impossible travel", if self.impossible_travel { TRAVEL } else { 0 }),
            ("distrusted network", if self.distrusted { DISTRUST } else { 0 }),
            ("failed attempts", of_failures(failures, 5, 10)),
            ("failed attempts of the network", of_failures(self.failures_of_network, 30, 100)),
        ]
        .into_iter()
        .filter(|(_, points)| *points > 0)
        .collect()
    }

    /// The level of risk; `None` for a sign-in like any other.
    pub(super) fn level(&self) -> Option<Level> {
        match self.points().iter().map(|(_, points)| points).sum::<u32>() {
            HIGH.. => Some(Level::High),
            MEDIUM.. => Some(Level::Medium),
            LOW.. => Some(Level::Low),
            _ => None,
        }
    }
}

fn of_failures(failures: i64, some: i64, many: i64) -> u32 {
    if failures >= many {
        MANY_FAILURES
    } else if failures >= some {
        SOME_FAILURES
    } else {
        0
    }
}

/// True if nobody gets from one place to the other in that time. `accuracy_km` is how far off the later place may be.
pub(super) fn is_impossible(from: Location, to: Location, elapsed: Millis, accuracy_km: Option<u16>) -> bool {
    let distance = distance_km(from, to) - FREE_DISTANCE - f64::from(accuracy_km.unwrap_or(0));
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a year are far below 2^53")]
    let hours = elapsed.max(MINUTE) as f64 / HOUR as f64;
    distance > TOP_SPEED * hours
}

/// Great-circle distance (haversine formula).
fn distance_km(from: Location, to: Location) -> f64 {
    let (lat1, lat2) = (from.latitude.to_radians(), to.latitude.to_radians());
    let half = |a: f64, b: f64| ((b - a) / 2.0).sin().powi(2);
    let chord =
        half(lat1, lat2) + lat1.cos() * lat2.cos() * half(from.longitude.to_radians(), to.longitude.to_radians());
    2.0 * EARTH_RADIUS * chord.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Location = Location { latitude: 52.52, longitude: 13.40 };
    const PARIS: Location = Location { latitude: 48.86, longitude: 2.35 };
    const SYDNEY: Location = Location { latitude: -33.87, longitude: 151.21 };

    fn level(change: impl Fn(&mut Signals)) -> Option<Level> {
        let mut signals = Signals::default();
        change(&mut signals);
        signals.level()
    }

    #[test]
    fn the_documented_levels() {
        assert_eq!(level(|_| ()), None);
        assert_eq!(level(|s| s.new_device = true), Some(Level::Low));
        assert_eq!(level(|s| s.new_network = true), Some(Level::Low));
        let both = |s: &mut Signals| (s.new_device, s.new_network) = (true, true);
        assert_eq!(level(both), Some(Level::Medium));
        let abroad = |s: &mut Signals| (s.new_network, s.new_country) = (true, true);
        assert_eq!(level(abroad), Some(Level::Medium));
        assert_eq!(
            level(|s| {
                abroad(s);
                s.new_device = true;
            }),
            Some(Level::High)
        );
        assert_eq!(
            level(|s| {
                s.new_network = true;
                s.impossible_travel = true;
            }),
            Some(Level::High)
        );
        assert_eq!(level(|s| s.distrusted = true), Some(Level::High));
    }

    #[test]
    fn failures_count_where_they_were_made() {
        assert_eq!(level(|s| s.failures_here = 4), None);
        assert_eq!(level(|s| s.failures_here = 5), Some(Level::Low));
        assert_eq!(level(|s| s.failures_here = 10), Some(Level::Medium));
        // Others guess; the user's own place stays as it was.
        assert_eq!(level(|s| s.failures_anywhere = 1_000), None);
        assert_eq!(
            level(|s| {
                s.failures_anywhere = 10;
                s.new_network = true;
                s.new_device = true;
            }),
            Some(Level::High)
        );
        assert_eq!(level(|s| s.failures_of_network = 29), None);
        assert_eq!(level(|s| s.failures_of_network = 30), Some(Level::Low));
        assert_eq!(level(|s| s.failures_of_network = 100), Some(Level::Medium));
    }

    #[test]
    fn distances_and_speeds() {
        assert!((distance_km(BERLIN, PARIS) - 878.0).abs() < 10.0);
        assert!((distance_km(BERLIN, SYDNEY) - 16_100.0).abs() < 100.0);
        assert!(distance_km(BERLIN, BERLIN) < 0.001);
        assert!(is_impossible(BERLIN, PARIS, 0, None));
        assert!(!is_impossible(BERLIN, PARIS, HOUR, None));
        assert!(!is_impossible(BERLIN, PARIS, 0, Some(1_000)));
        assert!(is_impossible(BERLIN, SYDNEY, 10 * HOUR, Some(100)));
        assert!(!is_impossible(BERLIN, SYDNEY, 24 * HOUR, Some(100)));
        assert!(!is_impossible(BERLIN, BERLIN, -5, None));
    }
}
