//! No client address holds more than its share of the connections, so that one machine cannot keep all others out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use stepwell_api::ApiSettings;
use stepwell_api::wire::client_address::Cidr;
use stepwell_api::wire::throttle::AddressKey;

/// One address may hold one in this many of all connections.
const PART: usize = 4;

/// Who holds how many connections.
#[derive(Debug)]
pub(crate) struct Shares {
    most: usize,
    limited: bool,
    trusted_proxies: Vec<Cidr>,
    held: Mutex<HashMap<AddressKey, usize>>,
}

/// One connection's part; given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    shares: Arc<Shares>,
    key: Option<AddressKey>,
}

impl Shares {
    /// Shares of `connections`, if the settings limit addresses at all.
    pub(crate) fn new(connections: usize, settings: &ApiSettings) -> Self {
        Self {
            most: (connections / PART).max(1),
            limited: settings.limits.per_address,
            trusted_proxies: settings.trusted_proxies.clone(),
            held: Mutex::default(),
        }
    }

    /// A share for one more connection; none if the address holds its part already. Proxies that carry many clients, and
    /// this machine itself, are not limited.
    pub(crate) fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Share> {
        let peer = peer.to_canonical();
        let exempt = !self.limited || peer.is_loopback() || self.trusted_proxies.iter().any(|cidr| cidr.contains(peer));
        if exempt {
            return Some(Share { shares: Arc::clone(self), key: None });
        }
        let key = AddressKey::from(peer);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(key).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Share { shares: Arc::clone(self), key: Some(key) })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut held = self.shares.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use stepwell_api::Mode;
    use stepwell_api::wire::limits::LimitSettings;

    use super::*;

    fn shares(limited: bool) -> Arc<Shares> {
        let settings = ApiSettings {
            mode: Mode::Serve,
            trusted_proxies: vec!["192.0.2.0/24".parse().unwrap()],
            body_limit: 1,
            limits: LimitSettings { per_address: limited, ..LimitSettings::default() },
        };
        Arc::new(Shares::new(8, &settings))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_part_and_gets_it_back() {
        let shares = shares(true);
        let client = address("198.51.100.7");
        let held: Vec<Share> = (0..2).map(|_| shares.take(client).unwrap()).collect();
        assert!(shares.take(client).is_none());
        assert!(shares.take(address("::ffff:198.51.100.7")).is_none());
        assert!(shares.take(address("198.51.100.8")).is_some());
        drop(held);
        assert!(shares.take(client).is_some());
        assert!(shares.held.lock().unwrap().is_empty());
    }

    #[test]
    fn proxies_and_this_machine_are_not_limited() {
        for (limited, client) in [(true, "192.0.2.9"), (true, "127.0.0.1"), (true, "::1"), (false, "198.51.100.7")] {
            let shares = shares(limited);
            let held: Vec<Option<Share>> = (0..20).map(|_| shares.take(address(client))).collect();
            assert!(held.iter().all(Option::is_some), "{client}");
        }
    }
}
