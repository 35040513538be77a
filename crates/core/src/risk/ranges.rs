//! Networks in CIDR notation: the always-allow and always-block lists, and what counts as the same network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::{Error, Result};

/// The part of an IPv4 address that names a network for the risk assessment.
const NETWORK_V4: u8 = 24;
/// The same for IPv6: what one site is given.
const NETWORK_V6: u8 = 48;

/// A network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    network: IpAddr,
    prefix: u8,
}

impl Range {
    /// Reads `address/prefix`. Bits beyond the prefix are ignored, as Cognito's clients expect.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let invalid = || Error::invalid_parameter(format!("{text} is not an IP range in CIDR notation."));
        let (address, prefix) = text.split_once('/').ok_or_else(invalid)?;
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let digits = (1..=3).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_digit());
        let prefix: u8 = prefix.parse().ok().filter(|_| digits).ok_or_else(invalid)?;
        // A mapped network is an IPv4 network, as far as it lies within the mapped range.
        let (address, prefix) = match address.to_canonical() {
            v4 if v4.is_ipv4() && address.is_ipv6() && prefix >= 96 => (v4, prefix - 96),
            _ => (address, prefix),
        };
        let network = masked(address, prefix).ok_or_else(invalid)?;
        Ok(Self { network, prefix })
    }

    /// True if the address is in the network. IPv4-mapped IPv6 addresses are IPv4 addresses.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        masked(address.to_canonical(), self.prefix) == Some(self.network)
    }
}

/// The network an address belongs to: its /24, or /48 for IPv6.
pub(super) fn network_of(address: IpAddr) -> String {
    let address = address.to_canonical();
    let prefix = if address.is_ipv4() { NETWORK_V4 } else { NETWORK_V6 };
    let network = masked(address, prefix).unwrap_or(address);
    format!("{network}/{prefix}")
}

/// The first `prefix` bits of an address; `None` if it has fewer.
fn masked(address: IpAddr, prefix: u8) -> Option<IpAddr> {
    let prefix = u32::from(prefix);
    match address {
        IpAddr::V4(v4) => {
            let host_bits = 32_u32.checked_sub(prefix)?;
            Some(IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & u32::MAX.checked_shl(host_bits).unwrap_or(0))))
        }
        IpAddr::V6(v6) => {
            let host_bits = 128_u32.checked_sub(prefix)?;
            Some(IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & u128::MAX.checked_shl(host_bits).unwrap_or(0))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn ranges_hold_their_addresses() {
        for (range, inside, outside) in [
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.77/24", "192.0.2.1", "192.0.3.77"),
            ("192.0.2.252/32", "192.0.2.252", "192.0.2.253"),
            ("192.0.2.0/24", "::ffff:192.0.2.9", "::ffff:192.0.9.9"),
            ("::ffff:192.0.2.0/120", "192.0.2.9", "192.0.3.9"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
        ] {
            let range = Range::parse(range).unwrap();
            assert!(range.contains(ip(inside)), "{range:?} {inside}");
            assert!(!range.contains(ip(outside)), "{range:?} {outside}");
        }
        assert!(Range::parse("0.0.0.0/0").unwrap().contains(ip("8.8.8.8")));
        assert!(!Range::parse("0.0.0.0/0").unwrap().contains(ip("::1")));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["", "192.0.2.1", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/+1", "a/8", "::/129", "192.0.2.0/24/8"] {
            assert!(Range::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn networks_are_24_and_48_bits_long() {
        assert_eq!(network_of(ip("203.0.113.77")), "203.0.113.0/24");
        assert_eq!(network_of(ip("::ffff:203.0.113.77")), "203.0.113.0/24");
        assert_eq!(network_of(ip("2001:db8:1:2::3")), "2001:db8:1::/48");
    }
}
