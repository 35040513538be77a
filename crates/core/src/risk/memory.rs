//! What is remembered of a user's sign-ins: devices, networks and countries, each as a MAC.

use super::score::{self, Signals};
use super::source::{Source, trait_mac};
use super::{Location, MemoryKind, Remembered, ranges};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::Result;
use crate::ports::geo::Place;
use crate::ports::store::Write;
use std::net::IpAddr;

/// What stands before the MAC of a network that somebody disowned. Other memories have no byte more than their MAC.
const DISOWNED: u8 = b'!';
const MAC_LENGTH: usize = 32;

/// What a source looks like to the memory.
pub(super) struct Traits {
    device: Option<Vec<u8>>,
    networks: Vec<Vec<u8>>,
    country: Option<Vec<u8>>,
    location: Option<Location>,
    accuracy_km: Option<u16>,
}

impl Traits {
    /// The traits of a source. A network is known by its prefix or by who runs it.
    pub(super) fn of(entry: &PoolEntry, sub: &str, source: &Source, place: &Place) -> Self {
        let mac = |kind: &str, value: &str| trait_mac(entry, sub, kind, value);
        let system = place.system_number.map(|number| format!("AS{number}"));
        Self {
            device: source.device.id.as_deref().map(|id| mac("device", id)),
            networks: source.network().into_iter().chain(system).map(|network| mac("network", &network)).collect(),
            country: place.country_code.as_deref().map(|code| mac("country", code)),
            location: place.location,
            accuracy_km: place.accuracy_km,
        }
    }

    /// Compares with what is remembered. Where nothing of a kind is, nothing of that kind is new.
    pub(super) fn compare(&self, remembered: &[Remembered], now: crate::Millis) -> Signals {
        let of_kind = |kind: MemoryKind| {
            remembered.iter().filter(move |one| one.kind == kind && one.value_mac.len() == MAC_LENGTH)
        };
        let is_new = |kind: MemoryKind, own: &[&Vec<u8>]| {
            let mut known = of_kind(kind).peekable();
            known.peek().is_some() && !known.any(|one| own.contains(&&one.value_mac))
        };
        let networks: Vec<&Vec<u8>> = self.networks.iter().collect();
        let last = of_kind(MemoryKind::Place).filter(|one| one.location.is_some()).max_by_key(|one| one.last_at);
        Signals {
            new_device: is_new(MemoryKind::Device, &self.device.iter().collect::<Vec<_>>()),
            new_network: is_new(MemoryKind::Network, &networks),
            // An address that the map lacks is in no country; its network is new already.
            new_country: self.country.is_some() && is_new(MemoryKind::Place, &self.country.iter().collect::<Vec<_>>()),
            impossible_travel: match (last, self.location) {
                (Some(Remembered { location: Some(from), last_at, .. }), Some(to)) => {
                    score::is_impossible(*from, to, now - last_at, self.accuracy_km)
                }
                _ => false,
            },
            distrusted: self.is_disowned(remembered),
            ..Signals::default()
        }
    }

    /// True if somebody disowned a sign-in from this network, and nobody owned up to one after that.
    pub(super) fn is_disowned(&self, remembered: &[Remembered]) -> bool {
        let latest = |mac: &[u8]| remembered.iter().filter(|one| one.value_mac == mac).map(|one| one.last_at).max();
        self.networks.iter().any(|network| match latest(&disowned(network)) {
            Some(no) => latest(network).is_none_or(|yes| yes <= no),
            None => false,
        })
    }

    /// The writes that remember the traits.
    pub(super) fn remember(&self, cx: &Context<'_>, entry: &PoolEntry, sub: &str) -> Vec<Write> {
        let one = |kind: MemoryKind, mac: &Vec<u8>, location| {
            Write::Remember(Remembered {
                pool_id: entry.id.clone(),
                sub: sub.to_owned(),
                kind,
                value_mac: mac.clone(),
                last_at: cx.now(),
                location,
            })
        };
        let devices = self.device.iter().map(|mac| one(MemoryKind::Device, mac, None));
        let networks = self.networks.iter().map(|mac| one(MemoryKind::Network, mac, None));
        let country = self.country.iter().map(|mac| one(MemoryKind::Place, mac, self.location));
        devices.chain(networks).chain(country).collect()
    }
}

fn disowned(network: &[u8]) -> Vec<u8> {
    std::iter::once(&DISOWNED).chain(network).copied().collect()
}

/// Reads what is remembered of a user.
pub(super) async fn read(cx: &Context<'_>, entry: &PoolEntry, sub: &str) -> Result<Vec<Remembered>> {
    Ok(cx.domain.stores.risk.remembered(&entry.id, sub).await?)
}

/// The write that takes note of what somebody said of a sign-in from this address: that it was the user, or was not.
/// Only the /24 or /48 is meant, never all of its provider.
pub(super) fn judge(cx: &Context<'_>, entry: &PoolEntry, sub: &str, address: IpAddr, valid: bool) -> Write {
    let network = trait_mac(entry, sub, "network", &ranges::network_of(address));
    Write::Remember(Remembered {
        pool_id: entry.id.clone(),
        sub: sub.to_owned(),
        kind: MemoryKind::Network,
        value_mac: if valid { network } else { disowned(&network) },
        last_at: cx.now(),
        location: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DAY;

    fn memory(kind: MemoryKind, byte: u8, last_at: i64, location: Option<Location>) -> Remembered {
        let value_mac = vec![byte; MAC_LENGTH];
        Remembered { pool_id: "p".into(), sub: "s".into(), kind, value_mac, last_at, location }
    }

    fn traits(device: Option<u8>, network: u8, country: Option<u8>) -> Traits {
        let mac = |byte| vec![byte; MAC_LENGTH];
        Traits {
            device: device.map(mac),
            networks: vec![mac(network)],
            country: country.map(mac),
            location: None,
            accuracy_km: None,
        }
    }

    #[test]
    fn nothing_is_new_to_a_memory_that_holds_nothing() {
        assert_eq!(traits(Some(1), 1, Some(1)).compare(&[], DAY), Signals::default());
    }

    #[test]
    fn each_kind_is_compared_with_its_own() {
        let remembered = [
            memory(MemoryKind::Device, 1, 0, None),
            memory(MemoryKind::Network, 2, 0, None),
            memory(MemoryKind::Place, 3, 0, None),
        ];
        assert_eq!(traits(Some(1), 2, Some(3)).compare(&remembered, DAY), Signals::default());
        let other = traits(Some(2), 3, Some(1)).compare(&remembered, DAY);
        assert!(other.new_device && other.new_network && other.new_country && !other.impossible_travel);
        // An app that keeps its device to itself is a stranger where the user's devices are known.
        assert!(traits(None, 2, None).compare(&remembered, DAY).new_device);
        assert!(!traits(None, 2, None).compare(&remembered, DAY).new_country);
    }

    #[test]
    fn a_disowned_network_stays_so_until_it_is_owned() {
        let own = traits(None, 2, None);
        let mut remembered = vec![memory(MemoryKind::Network, 2, 10, None)];
        assert!(!own.is_disowned(&remembered));
        let mut no = memory(MemoryKind::Network, 2, 20, None);
        no.value_mac = disowned(&no.value_mac);
        remembered.push(no);
        assert!(own.compare(&remembered, 30).distrusted);
        assert!(!traits(None, 3, None).compare(&remembered, 30).distrusted);
        remembered.push(memory(MemoryKind::Network, 2, 30, None));
        assert!(!own.compare(&remembered, 40).distrusted);
    }

    #[test]
    fn travel_is_measured_from_the_latest_place() {
        let berlin = Location { latitude: 52.52, longitude: 13.40 };
        let sydney = Location { latitude: -33.87, longitude: 151.21 };
        let remembered =
            [memory(MemoryKind::Place, 3, DAY, Some(sydney)), memory(MemoryKind::Place, 4, DAY * 3, Some(berlin))];
        let mut here = traits(None, 1, Some(3));
        here.location = Some(sydney);
        assert!(here.compare(&remembered, DAY * 3 + 1).impossible_travel);
        assert!(!here.compare(&remembered, DAY * 4).impossible_travel);
    }
}
