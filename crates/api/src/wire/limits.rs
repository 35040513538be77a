//! The throttle phase: requests a second per client address, per user and for the whole account, on this node. Pages that
//! write go through it as operations do.
//!
//! None of this stops guessing: lockout, attempts at codes and hourly quotas are counted in the database.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::header::HeaderName;
use http::{Extensions, HeaderMap};
use stepwell_core::Millis;

use super::category::{Access, Category};
use super::client_address::{Cidr, client_address};
use super::throttle::{AddressKey, Throttle};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What is limited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitSettings {
    /// Unsigned calls, per client address, at Cognito's rates.
    pub per_address: bool,
    /// Calls about one user, [`Access::RATE`] reads and as many writes a second.
    pub per_user: bool,
    /// All calls together, by category, in requests a second; what is not listed has no limit.
    pub account: BTreeMap<Category, u32>,
}

/// The user that a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About<'a> {
    /// By what is verified: the sub of an access token.
    Sub(&'a str),
    /// By the name in the request, folded as the pool folds names.
    Name(&'a str),
}

/// The limits of one node.
#[derive(Debug)]
pub struct Limits {
    settings: LimitSettings,
    trusted_proxies: Vec<Cidr>,
    by_address: Throttle<(AddressKey, Category)>,
    by_user: Throttle<(u64, Access)>,
    by_pool: Throttle<u64>,
    of_account: Throttle<Category>,
    /// Keyed, so that nobody can choose names that are counted together with another's.
    hasher: RandomState,
}

impl Limits {
    /// Nothing counted yet. `trusted_proxies` are the networks whose `X-Forwarded-For` is believed.
    pub fn new(settings: LimitSettings, trusted_proxies: Vec<Cidr>) -> Self {
        Self {
            settings,
            trusted_proxies,
            by_address: Throttle::default(),
            by_user: Throttle::default(),
            by_pool: Throttle::default(),
            of_account: Throttle::default(),
            hasher: RandomState::new(),
        }
    }

    /// The client's address, seen through the trusted proxies; none for a request that came by no socket.
    pub fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip();
        let forwarded: Vec<&str> =
            headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
        Some(client_address(peer, &forwarded, &self.trusted_proxies))
    }

    /// Counts a request of this address. Returns whether it may go on.
    pub fn allow_address(&self, address: Option<IpAddr>, category: Category, now: Millis) -> bool {
        let (Some(address), true) = (address, self.settings.per_address) else { return true };
        let address = AddressKey::from(address);
        with_overflow(category, |category| self.by_address.check((address, category), category.rate(), now))
    }

    /// Whether users are counted at all, so that nobody looks for a name in vain.
    pub fn counts_users(&self) -> bool {
        self.settings.per_user
    }

    /// Counts a request about a user of a pool. Returns whether it may go on.
    pub fn allow_user(&self, pool_id: &str, about: About<'_>, access: Access, now: Millis) -> bool {
        let user = match about {
            About::Sub(sub) => (pool_id, true, sub),
            About::Name(name) => (pool_id, false, name),
        };
        !self.settings.per_user || self.by_user.check((self.hasher.hash_one(user), access), Access::RATE, now)
    }

    /// Counts a request on the account's quota of its category and, where the category has one, on the operation's for the
    /// pool. Returns whether it may go on.
    pub fn allow_account(&self, category: Category, operation: &str, pool_id: Option<&str>, now: Millis) -> bool {
        if self.settings.account.is_empty() {
            return true;
        }
        if let Some(pool_id) = pool_id
            && category.is_slow_per_pool()
            && self.settings.account.contains_key(&category)
            && !self.by_pool.check(self.hasher.hash_one((pool_id, operation)), Category::RATE_PER_POOL, now)
        {
            return false;
        }
        with_overflow(category, |counted| match (counted, self.account_rate(counted)) {
            (counted, Some(rate)) => self.of_account.check(counted, rate, now),
            (_, None) => true,
        })
    }

    fn account_rate(&self, category: Category) -> Option<u32> {
        let rate = |category| self.settings.account.get(&category).copied();
        match category {
            // As AWS has it, the challenges follow the sign-ins.
            Category::ChallengeAnswer => {
                rate(Category::UserAuthentication).map(|rate| rate.saturating_mul(Category::CHALLENGES_PER_SIGN_IN))
            }
            category => rate(category),
        }
    }
}

/// Answers to challenges beyond their own rate count as sign-ins.
fn with_overflow(category: Category, check: impl Fn(Category) -> bool) -> bool {
    check(category) || (category == Category::ChallengeAnswer && check(Category::UserAuthentication))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_800_000_000_000;

    fn limits(settings: LimitSettings) -> Limits {
        Limits::new(settings, vec!["10.0.0.0/8".parse().unwrap()])
    }

    fn allowed(tries: usize, mut check: impl FnMut() -> bool) -> usize {
        (0..tries).filter(|_| check()).count()
    }

    #[test]
    fn an_address_has_cognitos_rate_in_each_category() {
        let limits = limits(LimitSettings { per_address: true, ..LimitSettings::default() });
        let by = |address: &str, category, tries| {
            let address = Some(address.parse().unwrap());
            allowed(tries, || limits.allow_address(address, category, NOW))
        };
        assert_eq!(by("192.0.2.1", Category::UserUpdate, 30), 25);
        assert_eq!(by("192.0.2.2", Category::UserUpdate, 30), 25);
        assert_eq!(by("192.0.2.1", Category::UserList, 40), 30);
        assert_eq!(allowed(500, || limits.allow_address(None, Category::UserList, NOW)), 500);
    }

    #[test]
    fn challenge_answers_count_on_sign_in_when_they_are_too_many() {
        let limits = limits(LimitSettings { per_address: true, ..LimitSettings::default() });
        let address = Some("192.0.2.1".parse().unwrap());
        let by = |category, tries| allowed(tries, || limits.allow_address(address, category, NOW));
        assert_eq!(by(Category::UserAuthentication, 70), 70);
        assert_eq!(by(Category::ChallengeAnswer, 1_000), 360 + 50);
        assert_eq!(by(Category::UserAuthentication, 10), 0);
    }

    #[test]
    fn one_user_takes_ten_reads_and_ten_writes_a_second() {
        let limits = limits(LimitSettings { per_user: true, ..LimitSettings::default() });
        let about = |pool_id, about, access, now| allowed(30, || limits.allow_user(pool_id, about, access, now));
        assert_eq!(about("p1", About::Name("ann"), Access::Read, NOW), 10);
        assert_eq!(about("p1", About::Name("ann"), Access::Write, NOW), 10);
        assert_eq!(about("p1", About::Name("ann"), Access::Read, NOW + 300), 3);
        // Other users, and the same name elsewhere, are somebody else.
        assert_eq!(about("p1", About::Name("bob"), Access::Read, NOW), 10);
        assert_eq!(about("p2", About::Name("ann"), Access::Read, NOW), 10);
        assert_eq!(about("p1", About::Sub("ann"), Access::Read, NOW), 10);
    }

    #[test]
    fn an_account_has_the_operators_rates() {
        let account = BTreeMap::from([
            (Category::UserAuthentication, 4),
            (Category::UserPoolResourceRead, 20),
            (Category::UserList, 2),
        ]);
        let limits = limits(LimitSettings { account, ..LimitSettings::default() });
        let call = |category, operation: &str, pool: Option<&str>, tries| {
            allowed(tries, || limits.allow_account(category, operation, pool, NOW))
        };
        assert_eq!(call(Category::UserList, "ListUsers", Some("p1"), 9), 2);
        assert_eq!(call(Category::UserRead, "GetUser", None, 900), 900);
        assert_eq!(call(Category::ChallengeAnswer, "RespondToAuthChallenge", None, 99), 4 * 3 + 4);
        assert_eq!(call(Category::UserAuthentication, "InitiateAuth", None, 9), 0);
        // Five a second of one operation for one pool, and the category's rate for all pools together.
        for (pool, expected) in [("p1", 5), ("p2", 5), ("p3", 5), ("p4", 5), ("p5", 0)] {
            assert_eq!(call(Category::UserPoolResourceRead, "GetGroup", Some(pool), 9), expected, "{pool}");
        }
    }

    #[test]
    fn nothing_is_limited_that_was_not_asked_for() {
        let limits = limits(LimitSettings::default());
        let address = Some("192.0.2.1".parse().unwrap());
        for _ in 0..2_000 {
            assert!(limits.allow_address(address, Category::LimitManagement, NOW));
            assert!(limits.allow_user("p", About::Name("ann"), Access::Write, NOW));
            assert!(limits.allow_account(Category::LimitManagement, "GetProvisionedLimit", None, NOW));
        }
    }

    #[test]
    fn the_address_is_seen_through_trusted_proxies_only() {
        let limits = limits(LimitSettings::default());
        let seen = |peer: [u8; 4]| {
            let mut extensions = Extensions::new();
            extensions.insert(ConnectInfo(SocketAddr::from((peer, 40_000))));
            let mut headers = HeaderMap::new();
            headers.insert(FORWARDED_FOR, "192.0.2.7".parse().unwrap());
            limits.address(&extensions, &headers).unwrap().to_string()
        };
        assert_eq!(seen([10, 0, 0, 1]), "192.0.2.7");
        assert_eq!(seen([198, 51, 100, 1]), "198.51.100.1");
        assert_eq!(limits.address(&Extensions::new(), &HeaderMap::new()), None);
    }
}
