//! Requests a second for each key: token buckets in this node's memory, bounded.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use parking_lot::Mutex;

/// How much of its rate a bucket holds. Also the time after which an untouched bucket is full again, and forgetting it
/// loses nothing.
const BURST_MS: u64 = 1_000;

/// Buckets in one generation unless the caller says otherwise: at 48 bytes each, both generations' tables together take 6.5 MiB
/// at worst, and nothing at rest.
const DEFAULT_BUCKETS: usize = 50_000;

/// A client as it is counted: a whole IPv4 address, or the /64 of an IPv6 address, which is what one customer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressKey(u128);

impl From<IpAddr> for AddressKey {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            // IPv4 addresses stand where IPv6 maps them; no /64 of an IPv6 address can be equal to one.
            IpAddr::V4(v4) => Self(v4.to_ipv6_mapped().to_bits()),
            IpAddr::V6(v6) => Self(v6.to_bits() & !u128::from(u64::MAX)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Thousandths of a request.
    level: u64,
    /// When the level was right, in Unix milliseconds.
    at_ms: i64,
}

/// Two generations of buckets. A bucket that is used moves to the young one; when that is older than a bucket takes to fill,
/// or has no room, the old one is forgotten and the young one takes its place. So whoever was seen last is kept.
#[derive(Debug)]
struct Generations<K> {
    young: HashMap<K, Bucket>,
    old: HashMap<K, Bucket>,
    since_ms: i64,
}

/// The limiter of one node for one kind of key.
#[derive(Debug)]
pub struct Throttle<K> {
    generations: Mutex<Generations<K>>,
    buckets: usize,
}

impl<K: Copy + Eq + Hash> Default for Throttle<K> {
    fn default() -> Self {
        Self::with_buckets(DEFAULT_BUCKETS)
    }
}

impl<K: Copy + Eq + Hash> Throttle<K> {
    /// A limiter that remembers at most twice `buckets` keys. Under a flood of more keys than that it forgets those that were
    /// unseen for longest, and lets them begin anew.
    pub fn with_buckets(buckets: usize) -> Self {
        let generations = Generations { young: HashMap::new(), old: HashMap::new(), since_ms: 0 };
        Self { generations: Mutex::new(generations), buckets: buckets.max(1) }
    }

    /// Counts a request of a key that may make `rate` of them a second, a whole number for each key. Returns whether it is
    /// within the rate; if not, it was not counted. `now_ms` is Unix milliseconds; a clock that steps back by less than two
    /// seconds delays, one that jumps further begins anew.
    pub fn check(&self, key: K, rate: u32, now_ms: i64) -> bool {
        self.generations.lock().take(key, rate, now_ms, self.buckets)
    }

    /// How many buckets are remembered.
    pub fn remembered(&self) -> usize {
        let generations = self.generations.lock();
        generations.young.len() + generations.old.len()
    }
}

impl<K: Copy + Eq + Hash> Generations<K> {
    fn take(&mut self, key: K, rate: u32, now_ms: i64, room: usize) -> bool {
        let rate = u64::from(rate);
        let full = rate * BURST_MS;
        self.age(now_ms);
        let known = self.young.get(&key).copied().or_else(|| self.old.remove(&key));
        let mut bucket = known.unwrap_or(Bucket { level: full, at_ms: now_ms });
        let elapsed_ms = u64::try_from(now_ms.saturating_sub(bucket.at_ms)).unwrap_or(0);
        bucket.level = bucket.level.saturating_add(elapsed_ms.saturating_mul(rate)).min(full);
        bucket.at_ms = bucket.at_ms.max(now_ms);
        let allowed = bucket.level >= 1_000;
        if allowed {
            bucket.level -= 1_000;
        }
        if self.young.len() >= room && !self.young.contains_key(&key) {
            self.turn(now_ms);
        }
        self.young.insert(key, bucket);
        allowed
    }

    /// Starts a new generation once the present one is as old as a bucket takes to fill.
    fn age(&mut self, now_ms: i64) {
        let age_ms = now_ms.saturating_sub(self.since_ms).unsigned_abs();
        if age_ms >= 2 * BURST_MS {
            // Nothing in either generation can have been used within the last second.
            self.turn(now_ms);
            self.old.clear();
        } else if age_ms >= BURST_MS {
            self.turn(now_ms);
        }
    }

    fn turn(&mut self, now_ms: i64) {
        self.old = std::mem::take(&mut self.young);
        self.since_ms = now_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn key(address: &str) -> AddressKey {
        address.parse::<IpAddr>().unwrap().into()
    }

    fn allowed<K: Copy + Eq + Hash>(throttle: &Throttle<K>, key: K, rate: u32, now_ms: i64, tries: usize) -> usize {
        (0..tries).filter(|_| throttle.check(key, rate, now_ms)).count()
    }

    #[test]
    fn a_second_of_the_rate_at_once_and_the_rate_from_then_on() {
        let throttle = Throttle::default();
        assert_eq!(allowed(&throttle, "a", 50, NOW, 100), 50);
        assert_eq!(allowed(&throttle, "a", 50, NOW + 100, 100), 5);
        assert_eq!(allowed(&throttle, "a", 50, NOW + 119, 100), 0);
        assert_eq!(allowed(&throttle, "a", 50, NOW + 120, 100), 1);
        // Refusals cost nothing: over ten seconds of hammering the rate comes through exactly.
        let total: usize = (1..=10_000).map(|ms| allowed(&throttle, "a", 50, NOW + 120 + ms, 3)).sum();
        assert_eq!(total, 500);
        assert_eq!(allowed(&throttle, "a", 50, NOW + 60_000, 100), 50);
        // Whoever holds back for a while saves up no more than that.
        assert_eq!(allowed(&throttle, "b", 50, NOW + 60_000, 10), 10);
        assert_eq!(allowed(&throttle, "b", 50, NOW + 61_500, 100), 50);
    }

    #[test]
    fn a_slow_rate_fills_a_whole_second() {
        let throttle = Throttle::default();
        let one = |now| throttle.check("a", 1, now);
        assert_eq!(
            [one(NOW), one(NOW + 500), one(NOW + 999), one(NOW + 1_000), one(NOW + 1_001)],
            [true, false, false, true, false]
        );
    }

    #[test]
    fn addresses_are_apart() {
        let throttle = Throttle::default();
        assert_eq!(allowed(&throttle, key("192.0.2.1"), 25, NOW, 30), 25);
        assert_eq!(allowed(&throttle, key("192.0.2.2"), 25, NOW, 30), 25);
        assert_eq!(allowed(&throttle, key("2001:db8:0:1::1"), 25, NOW, 20), 20);
        // The same /64, so the same customer.
        assert_eq!(allowed(&throttle, key("2001:db8:0:1:ffff::2"), 25, NOW, 20), 5);
        assert_eq!(allowed(&throttle, key("2001:db8:0:2::1"), 25, NOW, 30), 25);
        assert_eq!(allowed(&throttle, key("::ffff:192.0.2.1"), 25, NOW, 30), 0);
        assert_ne!(key("0.0.0.0"), key("::"));
        assert_ne!(key("0.0.0.1"), key("::1"));
    }

    #[test]
    fn memory_is_bounded_whatever_comes() {
        let throttle = Throttle::with_buckets(100);
        for n in 0..10_000_u32 {
            assert!(throttle.check(n, 30, NOW));
            assert!(throttle.remembered() <= 200);
        }
        // Whoever was seen last is not forgotten under the flood.
        let last = u32::MAX;
        assert_eq!(allowed(&throttle, last, 1, NOW, 1), 1);
        for n in 0..5_000_u32 {
            throttle.check(n, 30, NOW);
            if n % 50 == 0 {
                assert_eq!(allowed(&throttle, last, 1, NOW, 1), 0);
            }
        }
        // And idle buckets go by themselves.
        assert!(throttle.check(0, 30, NOW + 5_000));
        assert_eq!(throttle.remembered(), 1);
    }

    #[test]
    fn forgetting_the_idle_gives_nothing_away() {
        let throttle = Throttle::with_buckets(4);
        for step in 0..200_i64 {
            let now = NOW + step * 250;
            let got = allowed(&throttle, "a", 1, now, 2);
            assert_eq!(got, usize::from(step % 4 == 0), "{step}");
            throttle.check("b", 30, now);
        }
    }

    #[test]
    fn clocks_that_jump_do_no_harm() {
        let throttle = Throttle::default();
        assert_eq!(allowed(&throttle, "a", 25, NOW, 30), 25);
        assert_eq!(allowed(&throttle, "a", 25, NOW - 400, 30), 0);
        assert_eq!(allowed(&throttle, "a", 25, NOW + 40, 30), 1);
        for now in [i64::MAX, i64::MIN, 0, -1, i64::MAX] {
            assert!(throttle.check("b", 25, now) || now != i64::MAX);
        }
    }
}
