//! The way out to addresses that somebody else chose (architecture, decision 8): https, to an address that is not private and
//! that is the one connected to, no redirects, five seconds and 1 MiB. The operator may trust hosts for which neither the
//! scheme nor the network counts; `dev` trusts its own machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::uri::{Authority, Scheme};
use http::{Request, Uri};
use stepwell_core::loopback::is_loopback;
use stepwell_core::ports::egress::{Answer, Egress as OutboundPort, EgressError, Outgoing};

use crate::egress::Egress;

/// The longest URL.
const LONGEST_URL: usize = 4096;

/// A guarded client.
#[derive(Debug)]
pub(crate) struct Outbound {
    egress: Arc<Egress>,
    /// `host`, or `host:port`, in lower case.
    trusted: Vec<String>,
    /// This machine is trusted, as in `dev`.
    trust_loopback: bool,
}

impl Outbound {
    pub(crate) fn new(egress: Arc<Egress>, trusted: Vec<String>, trust_loopback: bool) -> Self {
        Self { egress, trusted, trust_loopback }
    }

    fn trusts(&self, authority: &Authority) -> bool {
        let host = authority.host().to_ascii_lowercase();
        let with_port = authority.as_str().to_ascii_lowercase();
        self.trusted.iter().any(|trusted| *trusted == host || *trusted == with_port)
            || (self.trust_loopback && is_loopback(&with_port))
    }

    /// The request, and the address to connect to.
    async fn check(&self, outgoing: &Outgoing) -> Result<(Request<Bytes>, SocketAddr), EgressError> {
        let refused = |why: &str| EgressError::Refused(format!("{}: {why}", shown(&outgoing.url)));
        if outgoing.url.len() > LONGEST_URL {
            return Err(refused("too long"));
        }
        let uri: Uri = outgoing.url.parse().map_err(|_| refused("not a URL"))?;
        let authority = uri.authority().cloned().ok_or_else(|| refused("no host"))?;
        if authority.as_str().contains('@') {
            return Err(refused("it names a user"));
        }
        let trusted = self.trusts(&authority);
        let default_port = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => 443,
            Some(scheme) if *scheme == Scheme::HTTP && trusted => 80,
            _ => return Err(refused("not https")),
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(default_port);
        let addresses = tokio::net::lookup_host((host.as_str(), port))
            .await
            .map_err(|error| EgressError::Failed(format!("{host}: {error}")))?;
        let address = addresses
            .into_iter()
            .find(|address| trusted || is_public(address.ip()))
            .ok_or_else(|| refused("it has no public address"))?;
        let request = request(outgoing, uri, &authority).map_err(|error| EgressError::Failed(error.to_string()))?;
        Ok((request, address))
    }
}

fn request(outgoing: &Outgoing, uri: Uri, authority: &Authority) -> Result<Request<Bytes>, http::Error> {
    let builder = Request::builder()
        .uri(uri)
        .header(HOST, authority.as_str())
        .header(USER_AGENT, concat!("stepwell/", env!("CARGO_PKG_VERSION")));
    match &outgoing.form {
        None => builder.method("GET").header(ACCEPT, "application/json").body(Bytes::new()),
        Some(form) => builder
            .method("POST")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
            .body(Bytes::from(form.clone())),
    }
}

/// The URL for the log: without its query, which may hold what is nobody's business.
fn shown(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().chars().take(256).collect()
}

#[async_trait]
impl OutboundPort for Outbound {
    async fn send(&self, outgoing: Outgoing) -> Result<Answer, EgressError> {
        let work = async {
            let (request, address) = self.check(&outgoing).await?;
            let response =
                self.egress.send_to(request, address).await.map_err(|error| EgressError::Failed(error.to_string()))?;
            Ok(Answer { status: response.status().as_u16(), body: response.into_body().to_vec() })
        };
        match tokio::time::timeout(crate::egress::TIMEOUT, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(EgressError::Failed(format!("{} did not answer in time", shown(&outgoing.url)))),
        }
    }
}

/// Whether an address is one of the public internet (IANA's special-purpose registries). What is mapped or translated into
/// IPv6 is judged by the IPv4 address inside.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

#[expect(clippy::many_single_char_names, reason = "the eight segments of an address")]
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b) {
        // NAT64.
        (0x64, 0xff9b) => c == 0 && d == 0 && e == 0 && f == 0 && is_public_v4(v4(g, h)),
        // 6to4.
        (0x2002, _) => is_public_v4(v4(b, c)),
        // Teredo, benchmarking, ORCHID and other assignments of the protocol; documentation.
        (0x2001, b) if b < 0x200 || b == 0xdb8 => false,
        (0x3fff, b) if b < 0x1000 => false,
        // Global unicast, and nothing else.
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn outbound(trusted: &[&str], trust_loopback: bool) -> Outbound {
        let trusted = trusted.iter().map(|host| (*host).to_owned()).collect();
        Outbound::new(Arc::new(Egress::default()), trusted, trust_loopback)
    }

    async fn refusal(outbound: &Outbound, url: &str) -> String {
        outbound.send(Outgoing::get(url)).await.unwrap_err().to_string()
    }

    #[test]
    fn only_public_addresses_are_public() {
        for public in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::1.1.1.1", "2002:0101:0101::1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "2001:0:1::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:c0a8:101::1",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[tokio::test]
    async fn what_is_not_https_and_public_is_refused() {
        let outbound = outbound(&[], false);
        assert_eq!(
            refusal(&outbound, "http://example.com/x?y").await,
            "refused to fetch: http://example.com/x: not https"
        );
        for (url, why) in [
            ("https://127.0.0.1/", "it has no public address"),
            ("https://[::1]:8443/", "it has no public address"),
            ("https://169.254.169.254/latest/meta-data/", "it has no public address"),
            ("https://localhost/", "it has no public address"),
            ("https://user@127.0.0.1/", "it names a user"),
            ("ftp://example.com/", "not https"),
            ("file:///etc/passwd", "not a URL"),
            ("/relative", "no host"),
            ("not a url", "not a URL"),
        ] {
            assert!(refusal(&outbound, url).await.ends_with(why), "{url}");
        }
        let long = format!("https://example.com/{}", "x".repeat(LONGEST_URL));
        assert!(refusal(&outbound, &long).await.ends_with("too long"));
    }

    #[tokio::test]
    async fn trusted_hosts_are_reached_and_redirects_are_not_followed() {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = socket.accept().await.unwrap();
                let mut seen = [0; 1024];
                let length = stream.read(&mut seen).await.unwrap();
                let answer: &[u8] = if seen[..length].starts_with(b"POST /sts HTTP/1.1") {
                    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
                } else {
                    b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
                };
                stream.write_all(answer).await.unwrap();
            }
        });
        let url = format!("http://127.0.0.1:{port}/sts");
        let host = format!("127.0.0.1:{port}");
        for outbound in [outbound(&[], true), outbound(&["127.0.0.1"], false), outbound(&[&host], false)] {
            let answer = outbound.send(Outgoing::post_form(&url, "a=b")).await.unwrap();
            assert_eq!((answer.status, answer.body.as_slice()), (200, &b"hi"[..]));
            assert_eq!(outbound.send(Outgoing::get(&url)).await.unwrap().status, 302);
        }
        for outbound in [outbound(&[], false), outbound(&["127.0.0.1:1"], false), outbound(&["example.com"], false)] {
            assert!(refusal(&outbound, &url).await.ends_with("not https"));
        }
    }
}
