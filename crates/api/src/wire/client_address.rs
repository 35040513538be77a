//! Which client a request comes from, behind proxies that the operator trusts (architecture decision 8).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// The most X-Forwarded-For entries looked at: nobody has a longer chain of proxies of their own.
const MOST_HOPS: usize = 32;

/// The address of the client: the peer, or, as long as that is a trusted proxy, what it wrote at the right end of
/// X-Forwarded-For, and so on leftwards. `x_forwarded_for` are the values of all such headers in the order they came.
///
/// What stands left of the first address that is not a trusted proxy is the client's own word and never looked at. An entry
/// that is no address ends the walk: the proxy that wrote it knew no better, and is itself the answer.
pub fn client_address(peer: IpAddr, x_forwarded_for: &[&str], trusted_proxies: &[Cidr]) -> IpAddr {
    let mut address = peer.to_canonical();
    let entries = x_forwarded_for.iter().rev().flat_map(|value| value.rsplit(','));
    for entry in entries.take(MOST_HOPS) {
        if !trusted_proxies.iter().any(|network| network.contains(address)) {
            break;
        }
        let Some(forwarded) = forwarded_address(entry.trim()) else {
            break;
        };
        address = forwarded;
    }
    address
}

/// An entry of X-Forwarded-For: an address, with a port or brackets as some proxies write it.
fn forwarded_address(entry: &str) -> Option<IpAddr> {
    let address = match entry.parse::<IpAddr>() {
        Ok(address) => address,
        Err(_) => match entry.parse::<SocketAddr>() {
            Ok(address) => address.ip(),
            Err(_) => IpAddr::V6(entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok()?),
        },
    };
    Some(address.to_canonical())
}

/// A network in CIDR notation, such as `10.0.0.0/8` or `fd00::/8`; a bare address is a network of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cidr {
    network: IpAddr,
    prefix: u8,
}

/// Why a text is not a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CidrError {
    /// What stands before the slash is no IP address.
    Address,
    /// What stands after the slash is no number, or greater than the address is long.
    Prefix,
    /// The address has bits set beyond the prefix: one of the two is a mistake.
    HostBits,
}

impl fmt::Display for CidrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "not an IP address",
            Self::Prefix => "the prefix length is not a number from 0 to 32 (IPv4) or 128 (IPv6)",
            Self::HostBits => "the address has bits set beyond the prefix length",
        })
    }
}

impl std::error::Error for CidrError {}

impl Cidr {
    /// Whether the address is in this network. IPv4-mapped IPv6 addresses are IPv4 addresses.
    pub fn contains(&self, address: IpAddr) -> bool {
        masked(address.to_canonical(), self.prefix) == Some(self.network)
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| CidrError::Address)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(digits) if (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|prefix| *prefix <= width).ok_or(CidrError::Prefix)?
            }
            Some(_) => return Err(CidrError::Prefix),
        };
        // A mapped network is an IPv4 network, as far as it lies within the mapped range.
        let (network, prefix) = match address.to_canonical() {
            v4 if v4.is_ipv4() && !address.is_ipv4() && prefix >= 96 => (v4, prefix - 96),
            _ => (address, prefix),
        };
        if masked(network, prefix) != Some(network) {
            return Err(CidrError::HostBits);
        }
        Ok(Self { network, prefix })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

/// The first `prefix` bits of an address; `None` if it has fewer.
fn masked(address: IpAddr, prefix: u8) -> Option<IpAddr> {
    let prefix = u32::from(prefix);
    match address {
        IpAddr::V4(v4) => {
            let host_bits = 32_u32.checked_sub(prefix)?;
            let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
            Some(IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask)))
        }
        IpAddr::V6(v6) => {
            let host_bits = 128_u32.checked_sub(prefix)?;
            let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
            Some(IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn networks(list: &[&str]) -> Vec<Cidr> {
        list.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn without_trusted_proxies_the_peer_is_the_client() {
        assert_eq!(client_address(ip("10.0.0.1"), &["203.0.113.9"], &[]), ip("10.0.0.1"));
        assert_eq!(client_address(ip("::ffff:10.0.0.1"), &[], &[]), ip("10.0.0.1"));
    }

    #[test]
    fn the_walk_goes_right_to_left_and_stops_at_the_first_stranger() {
        let trusted = networks(&["10.0.0.0/8", "fd00::/8"]);
        for (headers, client) in [
            (&[][..], "10.0.0.1"),
            (&["203.0.113.9"], "203.0.113.9"),
            // What the client itself claimed stands on the left.
            (&["127.0.0.1, 198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            (&["198.51.100.1, 203.0.113.9, 10.9.9.9"], "203.0.113.9"),
            (&["198.51.100.1,203.0.113.9,10.9.9.9,fd00::7"], "203.0.113.9"),
            // Several headers are one list.
            (&["127.0.0.1", "203.0.113.9", "10.2.2.2, 10.3.3.3"], "203.0.113.9"),
            // Everyone trusted: the leftmost.
            (&["10.4.4.4, 10.3.3.3"], "10.4.4.4"),
            (&["  203.0.113.9  ,  10.3.3.3 "], "203.0.113.9"),
        ] {
            assert_eq!(client_address(ip("10.0.0.1"), headers, &trusted), ip(client), "{headers:?}");
        }
        assert_eq!(client_address(ip("203.0.113.1"), &["192.0.2.1"], &trusted), ip("203.0.113.1"));
    }

    #[test]
    fn entries_have_many_forms() {
        let trusted = networks(&["10.0.0.0/8"]);
        for (entry, client) in [
            ("203.0.113.9:51234", "203.0.113.9"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
            // A mapped proxy is that proxy.
            ("203.0.113.9, ::ffff:10.1.1.1", "203.0.113.9"),
        ] {
            assert_eq!(client_address(ip("10.0.0.1"), &[entry], &trusted), ip(client), "{entry}");
            assert_eq!(client_address(ip("::ffff:10.0.0.1"), &[entry], &trusted), ip(client), "{entry}");
        }
    }

    #[test]
    fn garbage_ends_the_walk_at_whoever_wrote_it() {
        let trusted = networks(&["10.0.0.0/8"]);
        for garbage in [
            "",
            "unknown",
            "_hidden",
            "203.0.113",
            "203.0.113.9.1",
            "203.0.113.009",
            "0x7f.1",
            "[203.0.113.9]",
            "[2001:db8::1",
            "fe80::1%eth0",
            "a:b",
            "é",
            "-",
        ] {
            let left = format!("192.0.2.1, {garbage}");
            assert_eq!(client_address(ip("10.0.0.1"), &[&left], &trusted), ip("10.0.0.1"), "{garbage}");
            let inner = format!("192.0.2.1, {garbage}, 10.5.5.5");
            assert_eq!(client_address(ip("10.0.0.1"), &[&inner], &trusted), ip("10.5.5.5"), "{garbage}");
        }
        let endless = "10.0.0.2,".repeat(10_000) + "10.0.0.2";
        assert_eq!(client_address(ip("10.0.0.1"), &[&endless], &trusted), ip("10.0.0.2"));
    }

    #[test]
    fn networks_are_parsed_strictly() {
        for (text, shown) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("192.0.2.1", "192.0.2.1/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("fd00::/8", "fd00::/8"),
            ("::1", "::1/128"),
            ("::/0", "::/0"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:10.0.0.1", "10.0.0.1/32"),
        ] {
            assert_eq!(text.parse::<Cidr>().unwrap().to_string(), shown);
        }
        for (text, error) in [
            ("", CidrError::Address),
            ("localhost", CidrError::Address),
            ("10.0.0/8", CidrError::Address),
            (" 10.0.0.0/8", CidrError::Address),
            ("10.0.0.0/", CidrError::Prefix),
            ("10.0.0.0/33", CidrError::Prefix),
            ("10.0.0.0/+8", CidrError::Prefix),
            ("10.0.0.0/8/8", CidrError::Prefix),
            ("10.0.0.0/256", CidrError::Prefix),
            ("10.0.0.0/0008", CidrError::Prefix),
            ("::/129", CidrError::Prefix),
            ("10.0.0.1/8", CidrError::HostBits),
            ("fd00::1/64", CidrError::HostBits),
            ("::ffff:10.0.0.1/104", CidrError::HostBits),
        ] {
            assert_eq!(text.parse::<Cidr>(), Err(error), "{text}");
        }
    }

    #[test]
    fn networks_contain_their_own_family() {
        let contains = |network: &str, address: &str| network.parse::<Cidr>().unwrap().contains(ip(address));
        assert!(contains("10.0.0.0/8", "10.255.255.255") && !contains("10.0.0.0/8", "11.0.0.0"));
        assert!(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(contains("192.0.2.1", "192.0.2.1") && !contains("192.0.2.1", "192.0.2.2"));
        assert!(contains("0.0.0.0/0", "203.0.113.9") && !contains("0.0.0.0/0", "2001:db8::1"));
        // All of IPv6 is not all of IPv4.
        assert!(
            contains("::/0", "2001:db8::1")
                && !contains("::/0", "203.0.113.9")
                && !contains("::/0", "::ffff:203.0.113.9")
        );
        assert!(contains("2001:db8::/33", "2001:db8:7fff::1") && !contains("2001:db8::/33", "2001:db8:8000::1"));
    }
}
