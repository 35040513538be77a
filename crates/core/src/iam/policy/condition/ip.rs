//! `IpAddress` and `NotIpAddress`: addresses and CIDR ranges of both families.

use std::net::IpAddr;

use super::super::context::KeyValue;

/// A range of addresses. IPv4 addresses written as IPv6 (`::ffff:192.0.2.1`) count as IPv4, here and in requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    base: u128,
    mask: u128,
    v4: bool,
}

impl Range {
    /// Reads `203.0.113.0/24`, `2001:db8::/32`, or one address.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let written: IpAddr = address.parse().ok()?;
        let width = if written.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) if !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit()) => {
                prefix.parse::<u32>().ok().filter(|prefix| *prefix <= width)?
            }
            Some(_) => return None,
            None => width,
        };
        let canonical = written.to_canonical();
        let (prefix, width) = match (written.is_ipv4(), canonical.is_ipv4()) {
            // A mapped range within IPv4's; a wider one is of IPv6.
            (false, true) if prefix >= 96 => (prefix - 96, 32),
            (false, true) => return Self::of(written, prefix, 128),
            _ => (prefix, width),
        };
        Self::of(canonical, prefix, width)
    }

    fn of(address: IpAddr, prefix: u32, width: u32) -> Option<Self> {
        let all = u128::MAX.checked_shr(128 - width)?;
        let host = if prefix == width { 0 } else { u128::MAX.checked_shr(128 - (width - prefix))? };
        let mask = all & !host;
        let (bits, v4) = bits(address);
        Some(Self { base: bits & mask, mask, v4 })
    }

    /// Whether an address lies in the range.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let (bits, v4) = bits(address.to_canonical());
        v4 == self.v4 && bits & self.mask == self.base
    }
}

fn bits(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), true),
        IpAddr::V6(address) => (address.to_bits(), false),
    }
}

/// An address of the request.
pub(super) fn of(value: &KeyValue) -> Option<IpAddr> {
    match value {
        KeyValue::Address(address) => Some(*address),
        KeyValue::Text(text) => text.parse().ok(),
        KeyValue::Integer(_) | KeyValue::Boolean(_) | KeyValue::Time(_) | KeyValue::Bytes(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_both_families() {
        for (range, address, expected) in [
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.77/24", "203.0.113.1", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("203.0.113.9", "203.0.113.9", true),
            ("203.0.113.9", "203.0.113.10", false),
            ("0.0.0.0/0", "198.51.100.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "198.51.100.1", false),
            ("2001:DB8:1234:5678::/64", "2001:db8:1234:5678:9::1", true),
            ("2001:DB8:1234:5678::/64", "2001:db8:1234:5679::1", false),
            ("2001:db8::1", "2001:db8::1", true),
            ("203.0.113.0/24", "::ffff:203.0.113.5", true),
            ("::ffff:203.0.113.0/120", "203.0.113.5", true),
            ("::ffff:203.0.113.0/120", "203.0.114.5", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("203.0.113.9/32", "203.0.113.9", true),
        ] {
            let parsed = Range::parse(range).unwrap();
            assert_eq!(parsed.contains(address.parse().unwrap()), expected, "{range} {address}");
        }
        for bad in
            ["", "203.0.113", "203.0.113.0/33", "::/129", "203.0.113.0/", "203.0.113.0/+8", "010.0.0.1", "1.2.3.*"]
        {
            assert_eq!(Range::parse(bad), None, "{bad}");
        }
    }
}
