//! Which host names can only mean this machine.

use std::net::IpAddr;

/// Whether a host can only be this machine: `localhost`, names below it (RFC 6761 section 6.3), 127.0.0.0/8 and `::1`, the
/// latter with or without brackets; all with or without a port. Anything else is not, a user name before the host included.
pub fn is_loopback(host: &str) -> bool {
    let name = host_name(host).to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    name == "localhost"
        || name.strip_suffix(".localhost").is_some_and(|below| below.split('.').all(is_label))
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What is left without brackets and port; nothing if either is malformed.
fn host_name(host: &str) -> &str {
    if host.parse::<IpAddr>().is_ok() {
        return host;
    }
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((name, port)) if name.contains(':') => (name, port),
            _ => return "",
        },
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_port = |port: &str| port.strip_prefix(':').is_some_and(|port| digits(port) && port.parse::<u16>().is_ok());
    if port.is_empty() || is_port(port) { name } else { "" }
}

/// A part of a host name as DNS has it, and no character that readers of addresses disagree on.
fn is_label(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine() {
        for own in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "localhost:3000",
            "a.localhost",
            "a.b-c.localhost:80",
            "127.0.0.1",
            "127.9.9.9:65535",
            "::1",
            "[::1]",
            "[::1]:3000",
        ] {
            assert!(is_loopback(own), "{own}");
        }
    }

    #[test]
    fn other_machines_and_what_looks_like_this_one() {
        for foreign in [
            "",
            ".",
            ".localhost",
            "a..localhost",
            "notlocalhost",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.1",
            "0.0.0.0",
            "[::]",
            "[127.0.0.1]",
            "[localhost]",
            "192.168.0.1",
            "::ffff:192.0.2.1",
            "localhost:",
            "localhost:x",
            "localhost:+80",
            "localhost:65536",
            "localhost:80@evil.example",
            "localhost@evil.example",
            "evil.example@localhost",
            "evil.example\\.localhost",
            "evil.example#.localhost",
            "evil.example/.localhost",
            "[::1]x",
            "[::1]:",
            "[::1",
        ] {
            assert!(!is_loopback(foreign), "{foreign}");
        }
    }
}
