//! Requests a second per client address: token buckets in this node's memory.
//!
//! The categories and their rates are Cognito's ("Quotas in Amazon Cognito"), where they hold for an account in a Region.
//! Here they hold for one client address on one node: they stop a flood, while guessing passwords and codes is stopped by the
//! counters in the database. Signed administrator calls are not to be counted.

use std::collections::HashMap;
use std::net::IpAddr;

use parking_lot::Mutex;

/// How much of its rate a bucket holds. Also the time after which an untouched bucket is full again, and forgetting it
/// loses nothing.
const BURST_MS: u64 = 1_000;

/// Buckets in one generation unless the caller says otherwise: at 48 bytes each, both generations' tables together take 6.5 MiB
/// at worst, and nothing at rest.
const DEFAULT_BUCKETS: usize = 50_000;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Signing in.
    UserAuthentication,
    /// Answering challenges: three times the rate of [`Self::UserAuthentication`], on which the excess counts.
    ChallengeAnswer,
    /// Signing up and confirming it.
    UserCreation,
    /// Signing in through an external provider.
    UserFederation,
    /// Forgotten and changed passwords.
    UserAccountRecovery,
    /// Reading a user.
    UserRead,
    /// Changing a user.
    UserUpdate,
    /// Refreshing and revoking tokens.
    UserToken,
    /// Reading what belongs to a user.
    UserResourceRead,
    /// Changing what belongs to a user.
    UserResourceUpdate,
    /// Listing users.
    UserList,
    /// Reading pools.
    UserPoolRead,
    /// Changing pools.
    UserPoolUpdate,
    /// Reading what belongs to a pool.
    UserPoolResourceRead,
    /// Changing what belongs to a pool.
    UserPoolResourceUpdate,
    /// Reading app clients.
    UserPoolClientRead,
    /// Changing app clients.
    UserPoolClientUpdate,
    /// Machine-to-machine tokens.
    ClientAuthentication,
    /// The limits themselves.
    LimitManagement,
    /// Signatures that were refused. Ours: each costs a look-up, and an honest client has few.
    RefusedSignature,
    /// The pages and OAuth endpoints of a pool's domain.
    Domain,
    /// Identity pools: `GetId`.
    GetId,
    /// Identity pools: `GetOpenIdToken`.
    GetOpenIdToken,
    /// Identity pools: `GetCredentialsForIdentity`.
    GetCredentialsForIdentity,
    /// Identity pools: the operations for developer-authenticated identities.
    ForDeveloperIdentity,
    /// Identity pools: `ListIdentities`.
    ListIdentities,
    /// Identity pools: `DeleteIdentities`.
    DeleteIdentities,
}

impl Category {
    /// Requests a second.
    pub const fn rate(self) -> u32 {
        match self {
            Self::LimitManagement => 1,
            Self::ListIdentities => 5,
            Self::DeleteIdentities => 10,
            Self::UserPoolRead
            | Self::UserPoolUpdate
            | Self::UserPoolResourceUpdate
            | Self::UserPoolClientRead
            | Self::UserPoolClientUpdate => 15,
            Self::UserPoolResourceRead => 20,
            Self::UserFederation | Self::UserUpdate | Self::UserResourceUpdate | Self::GetId => 25,
            Self::UserAccountRecovery | Self::UserList => 30,
            Self::UserCreation | Self::UserResourceRead | Self::ForDeveloperIdentity => 50,
            Self::UserAuthentication | Self::UserRead | Self::UserToken => 120,
            Self::ClientAuthentication => 150,
            Self::GetOpenIdToken | Self::GetCredentialsForIdentity => 200,
            Self::Domain | Self::RefusedSignature => 300,
            Self::ChallengeAnswer => 3 * Self::UserAuthentication.rate(),
        }
    }

    /// The category on which the excess of this one counts.
    const fn overflow(self) -> Option<Self> {
        match self {
            Self::ChallengeAnswer => Some(Self::UserAuthentication),
            _ => None,
        }
    }
}

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

type Key = (AddressKey, Category);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Thousandths of a request.
    level: u64,
    /// When the level was right, in Unix milliseconds.
    at_ms: i64,
}

/// Two generations of buckets. A bucket that is used moves to the young one; when that is older than a bucket takes to fill,
/// or has no room, the old one is forgotten and the young one takes its place. So whoever was seen last is kept.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Key, Bucket>,
    old: HashMap<Key, Bucket>,
    since_ms: i64,
}

/// The limiter of one node.
#[derive(Debug)]
pub struct Throttle {
    generations: Mutex<Generations>,
    buckets: usize,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::with_buckets(DEFAULT_BUCKETS)
    }
}

impl Throttle {
    /// A limiter that remembers at most twice `buckets` pairs of address and category. Under a flood from more addresses than
    /// that it forgets those that were unseen for longest, and lets them begin anew.
    pub fn with_buckets(buckets: usize) -> Self {
        Self { generations: Mutex::default(), buckets: buckets.max(1) }
    }

    /// Counts a request. Returns whether it is within the rate; if not, it was not counted. `now_ms` is Unix milliseconds; a
    /// clock that steps back by less than two seconds delays, one that jumps further begins anew.
    pub fn check(&self, address: AddressKey, category: Category, now_ms: i64) -> bool {
        let mut generations = self.generations.lock();
        if generations.take((address, category), now_ms, self.buckets) {
            return true;
        }
        category.overflow().is_some_and(|category| generations.take((address, category), now_ms, self.buckets))
    }

    /// How many buckets are remembered.
    pub fn remembered(&self) -> usize {
        let generations = self.generations.lock();
        generations.young.len() + generations.old.len()
    }
}

impl Generations {
    fn take(&mut self, key: Key, now_ms: i64, room: usize) -> bool {
        let rate = u64::from(key.1.rate());
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

    fn allowed(throttle: &Throttle, address: &str, category: Category, now_ms: i64, tries: usize) -> usize {
        (0..tries).filter(|_| throttle.check(key(address), category, now_ms)).count()
    }

    #[test]
    fn a_second_of_the_rate_at_once_and_the_rate_from_then_on() {
        let throttle = Throttle::default();
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::UserCreation, NOW, 100), 50);
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::UserCreation, NOW + 100, 100), 5);
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::UserCreation, NOW + 119, 100), 0);
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::UserCreation, NOW + 120, 100), 1);
        // Refusals cost nothing: over ten seconds of hammering the rate comes through exactly.
        let total: usize =
            (1..=10_000).map(|ms| allowed(&throttle, "192.0.2.1", Category::UserCreation, NOW + 120 + ms, 3)).sum();
        assert_eq!(total, 500);
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::UserCreation, NOW + 60_000, 100), 50);
        // Whoever holds back for a while saves up no more than that.
        assert_eq!(allowed(&throttle, "192.0.2.2", Category::UserCreation, NOW + 60_000, 10), 10);
        assert_eq!(allowed(&throttle, "192.0.2.2", Category::UserCreation, NOW + 61_500, 100), 50);
    }

    #[test]
    fn a_slow_category_fills_a_whole_second() {
        let throttle = Throttle::default();
        let one = |now| throttle.check(key("192.0.2.1"), Category::LimitManagement, now);
        assert_eq!(
            [one(NOW), one(NOW + 500), one(NOW + 999), one(NOW + 1_000), one(NOW + 1_001)],
            [true, false, false, true, false]
        );
    }

    #[test]
    fn addresses_and_categories_are_apart() {
        let throttle = Throttle::default();
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::UserUpdate, NOW, 30), 25);
        assert_eq!(allowed(&throttle, "192.0.2.2", Category::UserUpdate, NOW, 30), 25);
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::UserList, NOW, 40), 30);
        assert_eq!(allowed(&throttle, "2001:db8:0:1::1", Category::UserUpdate, NOW, 20), 20);
        // The same /64, so the same customer.
        assert_eq!(allowed(&throttle, "2001:db8:0:1:ffff::2", Category::UserUpdate, NOW, 20), 5);
        assert_eq!(allowed(&throttle, "2001:db8:0:2::1", Category::UserUpdate, NOW, 30), 25);
        assert_eq!(allowed(&throttle, "::ffff:192.0.2.1", Category::UserUpdate, NOW, 30), 0);
        assert_ne!(key("0.0.0.0"), key("::"));
        assert_ne!(key("0.0.0.1"), key("::1"));
    }

    #[test]
    fn challenge_answers_count_on_sign_in_when_they_are_too_many() {
        let throttle = Throttle::default();
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::UserAuthentication, NOW, 70), 70);
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::ChallengeAnswer, NOW, 1_000), 360 + 50);
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::UserAuthentication, NOW, 10), 0);
    }

    #[test]
    fn memory_is_bounded_whatever_comes() {
        let throttle = Throttle::with_buckets(100);
        for n in 0..10_000_u32 {
            assert!(throttle.check(IpAddr::from(n.to_be_bytes()).into(), Category::UserList, NOW));
            assert!(throttle.remembered() <= 200);
        }
        // Whoever was seen last is not forgotten under the flood.
        assert_eq!(allowed(&throttle, "10.0.0.1", Category::LimitManagement, NOW, 1), 1);
        for n in 0..5_000_u32 {
            throttle.check(IpAddr::from(n.to_be_bytes()).into(), Category::UserList, NOW);
            if n % 50 == 0 {
                assert_eq!(allowed(&throttle, "10.0.0.1", Category::LimitManagement, NOW, 1), 0);
            }
        }
        // And idle buckets go by themselves.
        assert!(throttle.check(key("192.0.2.1"), Category::UserList, NOW + 5_000));
        assert_eq!(throttle.remembered(), 1);
    }

    #[test]
    fn forgetting_the_idle_gives_nothing_away() {
        let throttle = Throttle::with_buckets(4);
        for step in 0..200_i64 {
            let now = NOW + step * 250;
            let got = allowed(&throttle, "192.0.2.1", Category::LimitManagement, now, 2);
            assert_eq!(got, usize::from(step % 4 == 0), "{step}");
            throttle.check(key("192.0.2.2"), Category::UserList, now);
        }
    }

    #[test]
    fn clocks_that_jump_do_no_harm() {
        let throttle = Throttle::default();
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::UserUpdate, NOW, 30), 25);
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::UserUpdate, NOW - 400, 30), 0);
        assert_eq!(allowed(&throttle, "192.0.2.1", Category::UserUpdate, NOW + 40, 30), 1);
        for now in [i64::MAX, i64::MIN, 0, -1, i64::MAX] {
            assert!(throttle.check(key("192.0.2.9"), Category::UserUpdate, now) || now != i64::MAX);
        }
    }
}
