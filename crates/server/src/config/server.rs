//! Section `server`: where it listens, how it is reached, and what it accepts.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use stepwell_api::wire::client_address::Cidr;
use stepwell_core::loopback::is_loopback;

use super::Mode;
use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};
use crate::listen::local_origin;

/// Where both commands listen unless told otherwise.
const DEFAULT_LISTEN: &str = "127.0.0.1:9229";
const MEBIBYTE: usize = 1 << 20;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "server.listen",
        "STEPWELL_LISTEN",
        Kind::Text,
        DEFAULT_LISTEN,
        "Address and port to listen on; `localhost` is 127.0.0.1. `stepwell dev` serves HTTPS on the next port.",
    ),
    Setting::new(
        "server.public_url",
        "STEPWELL_PUBLIC_URL",
        Kind::Text,
        "`http://` and the listening address, on loopback",
        "The origin under which clients reach this deployment, for example `https://id.example.com`: issuers and links begin with it. Mandatory for `serve` off loopback, where it must be `https`.",
    ),
    Setting::new(
        "server.trusted_proxies",
        "STEPWELL_TRUSTED_PROXIES",
        Kind::List,
        "none",
        "Networks whose `X-Forwarded-For` is believed, for example `10.0.0.0/8`.",
    ),
    Setting::new(
        "server.body_limit",
        "STEPWELL_BODY_LIMIT",
        Kind::Number,
        "1048576",
        "The largest request body, in bytes (16384 to 16777216).",
    ),
    Setting::new(
        "server.max_connections",
        "STEPWELL_MAX_CONNECTIONS",
        Kind::Number,
        "4096",
        "How many connections are open at once, as far as the limit of open files allows; further ones wait.",
    ),
    Setting::new(
        "server.tls_cert_file",
        "STEPWELL_TLS_CERT_FILE",
        Kind::Text,
        "",
        "PEM file with the certificate chain. With it, `serve` speaks HTTPS; the file is read again when it changes.",
    ),
    Setting::new(
        "server.tls_key_file",
        "STEPWELL_TLS_KEY_FILE",
        Kind::Text,
        "",
        "PEM file with the certificate's private key.",
    ),
];

/// Section `server`.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// The public origin, without a trailing slash, if it was given.
    pub(crate) public_url: Option<String>,
    /// Whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<Cidr>,
    /// Bytes.
    pub(crate) body_limit: usize,
    /// Open at once.
    pub(crate) max_connections: usize,
    /// Certificate chain and private key.
    pub(crate) tls: Option<TlsFiles>,
}

/// Paths of PEM files.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

pub(super) fn read(values: &Values, mode: Mode, allow_remote: bool) -> Result<Server, ConfigError> {
    let text = values.text_or("server.listen", DEFAULT_LISTEN);
    let listen = read_listen(text).ok_or_else(|| {
        values.error(
            "server.listen",
            format_args!(
                "{text:?} is not an IP address and a port: write 127.0.0.1:9229 or localhost:9229 for this machine, \
                 0.0.0.0:443 or [::]:443 for every interface"
            ),
        )
    })?;
    values.settle("server.listen", listen);
    let loopback = listen.ip().is_loopback();
    if mode == Mode::Dev && !loopback && !allow_remote {
        return Err(values.error(
            "server.listen",
            "`stepwell dev` accepts any credentials, so it listens on loopback only; --allow-remote lifts this",
        ));
    }
    let public_url = values.text("server.public_url").map(|url| read_public_url(values, url, mode)).transpose()?;
    if mode == Mode::Serve && !loopback && public_url.is_none() {
        return Err(values.error("server.public_url", "is mandatory when listening off loopback"));
    }
    let trusted_proxies = values
        .list("server.trusted_proxies")
        .iter()
        .map(|text| {
            text.parse().map_err(|error| values.error("server.trusted_proxies", format_args!("{text:?}: {error}")))
        })
        .collect::<Result<_, _>>()?;
    let tls = match (values.text("server.tls_cert_file"), values.text("server.tls_key_file")) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate: certificate.into(), key: key.into() }),
        (None, None) => None,
        (Some(_), None) => return Err(values.error("server.tls_key_file", "is missing: a certificate needs its key")),
        (None, Some(_)) => return Err(values.error("server.tls_cert_file", "is missing: a key needs its certificate")),
    };
    if mode == Mode::Dev && tls.is_some() {
        return Err(values.error("server.tls_cert_file", "is for `stepwell serve`; `dev` makes its own certificate"));
    }
    if tls.is_some() && public_url.as_ref().is_some_and(|url| !url.starts_with("https:")) {
        return Err(values.error("server.public_url", "must begin with https, since a certificate is configured"));
    }
    let scheme = if tls.is_some() { "https" } else { "http" };
    values.settle("server.public_url", public_url.clone().unwrap_or_else(|| local_origin(scheme, listen)));
    Ok(Server {
        listen,
        public_url,
        trusted_proxies,
        body_limit: values.number("server.body_limit", MEBIBYTE, 16_384..=16 * MEBIBYTE)?,
        max_connections: values.number("server.max_connections", 4096, 16..=1_000_000)?,
        tls,
    })
}

/// An address and a port. The names of this machine mean 127.0.0.1; no other name is looked up.
fn read_listen(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (name, port) = text.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    let is_name = name.parse::<IpAddr>().is_err() && !name.contains([':', '[']);
    (is_name && is_loopback(name)).then(|| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

/// Accepts an origin and nothing more: issuers are compared byte by byte.
fn read_public_url(values: &Values, url: &str, mode: Mode) -> Result<String, ConfigError> {
    let wrong = |problem: &str| Err(values.error("server.public_url", problem));
    let origin = url.strip_suffix('/').unwrap_or(url);
    let Ok(uri) = origin.parse::<http::Uri>() else { return wrong("is not a URL") };
    let (Some(scheme @ ("http" | "https")), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return wrong("must begin with https:// or http://");
    };
    if origin != format!("{scheme}://{authority}") || authority.as_str().contains('@') {
        return wrong("must be an origin: scheme, host and perhaps port, without path, query or user");
    }
    if origin.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return wrong("must be in lower case, because clients compare issuers letter by letter");
    }
    if mode == Mode::Serve && scheme == "http" && !is_loopback(authority.host()) {
        return wrong("must be https off loopback");
    }
    Ok(origin.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(mode: Mode, options: &[(&str, &str)]) -> Result<Server, ConfigError> {
        let mut values = Values::default();
        for (key, value) in options {
            values.add_option(key, (*value).to_owned()).unwrap();
        }
        read(&values, mode, false)
    }

    #[test]
    fn defaults() {
        let server = with(Mode::Dev, &[]).unwrap();
        assert_eq!(server.listen, "127.0.0.1:9229".parse().unwrap());
        assert_eq!(server.public_url, None);
        assert!(server.trusted_proxies.is_empty() && server.tls.is_none());
    }

    #[test]
    fn addresses_to_listen_on() {
        for (text, address) in [
            ("localhost:8000", "127.0.0.1:8000"),
            ("app.localhost:0", "127.0.0.1:0"),
            ("LOCALHOST.:80", "127.0.0.1:80"),
            ("[::1]:80", "[::1]:80"),
        ] {
            assert_eq!(read_listen(text), Some(address.parse().unwrap()), "{text}");
        }
        for bad in [
            "9229",
            ":9229",
            "localhost",
            "localhost:",
            "localhost:99999",
            "localhost:80:80",
            "::1:80",
            "[localhost]:80",
            "a:b:1",
        ] {
            assert_eq!(read_listen(bad), None, "{bad}");
        }
        let error = with(Mode::Dev, &[("server.listen", "myhost:9229")]).unwrap_err().to_string();
        assert!(error.starts_with("--listen: \"myhost:9229\" is not an IP address and a port: "), "{error}");
    }

    #[test]
    fn off_loopback() {
        let error = with(Mode::Serve, &[("server.listen", "0.0.0.0:443")]).unwrap_err();
        assert!(error.to_string().contains("mandatory"), "{error}");
        let https = ("server.public_url", "https://id.example.com/");
        let server = with(Mode::Serve, &[("server.listen", "0.0.0.0:443"), https]).unwrap();
        assert_eq!(server.public_url.as_deref(), Some("https://id.example.com"));
        assert!(with(Mode::Dev, &[("server.listen", "0.0.0.0:443")]).is_err());
        let tls = [("server.tls_cert_file", "c.pem"), ("server.tls_key_file", "k.pem")];
        let settings = |url| [tls[0], tls[1], ("server.public_url", url)];
        assert!(with(Mode::Serve, &settings("https://localhost:9229")).is_ok());
        let error = with(Mode::Serve, &settings("http://localhost:9229")).unwrap_err();
        assert!(error.to_string().contains("https"), "{error}");
    }

    #[test]
    fn public_urls_are_origins() {
        for bad in [
            "id.example.com",
            "ftp://id.example.com",
            "http://id.example.com",
            "https://id.example.com/path",
            "https://id.example.com?x",
            "https://user@id.example.com",
            "https://ID.example.com",
            "https://",
            "https://a b",
        ] {
            assert!(with(Mode::Serve, &[("server.public_url", bad)]).is_err(), "{bad}");
        }
        for good in ["https://id.example.com:8443", "http://localhost:9229", "http://[::1]:9229"] {
            assert!(with(Mode::Serve, &[("server.public_url", good)]).is_ok(), "{good}");
        }
    }

    #[test]
    fn networks() {
        let server = with(Mode::Serve, &[("server.trusted_proxies", "10.0.0.0/8, 192.0.2.1, 2001:db8::/32")]).unwrap();
        assert_eq!(server.trusted_proxies.len(), 3);
        for bad in ["10.0.0.0/33", "10.0.0.0/-1", "proxy.example.com", "10/8"] {
            assert!(with(Mode::Serve, &[("server.trusted_proxies", bad)]).is_err(), "{bad}");
        }
    }

    #[test]
    fn half_a_certificate_is_refused() {
        assert!(with(Mode::Serve, &[("server.tls_cert_file", "/c")]).is_err());
        assert!(with(Mode::Serve, &[("server.tls_key_file", "/k")]).is_err());
        assert!(with(Mode::Serve, &[("server.tls_cert_file", "/c"), ("server.tls_key_file", "/k")]).is_ok());
    }
}
