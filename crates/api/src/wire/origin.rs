//! `dev` accepts any credentials, so a web page could administer it if the browser let it. It does not get the chance:
//! what a browser sends says where it comes from, and anything but our own origin is refused for signed operations and
//! `/dev` pages. A request under a foreign Host name is refused as well, against DNS rebinding.

use http::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use stepwell_core::loopback::is_loopback;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// True if the request can only come from this machine's own tools or from a page this server itself served.
pub fn is_own(headers: &HeaderMap, public_url: &str, allow_remote: bool) -> bool {
    let Some(host) = host(headers) else { return false };
    if !allow_remote && !is_loopback(host) && !public_url.ends_with(&format!("//{host}")) {
        return false;
    }
    let is_own_site = match once(headers, &FETCH_SITE) {
        Once::Absent => true,
        Once::Is(site) => site == "same-origin" || site == "none",
        Once::Unclear => false,
    };
    let is_own_origin = match once(headers, &ORIGIN) {
        Once::Absent => true,
        Once::Is(origin) => origin == format!("http://{host}") || origin == format!("https://{host}"),
        Once::Unclear => false,
    };
    is_own_site && is_own_origin
}

fn host(headers: &HeaderMap) -> Option<&str> {
    match once(headers, &HOST) {
        Once::Is(host) => Some(host),
        Once::Absent | Once::Unclear => None,
    }
}

/// A header that is sent once.
enum Once<'a> {
    Absent,
    Is(&'a str),
    /// Sent twice, or not text: no browser does that, and which one counts would be anybody's guess.
    Unclear,
}

fn once<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Once<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(HeaderValue::to_str), values.next()) {
        (None, _) => Once::Absent,
        (Some(Ok(value)), None) => Once::Is(value),
        (Some(Ok(_) | Err(_)), _) => Once::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        is_own(&headers, "http://localhost:9229", false)
    }

    #[test]
    fn tools_and_own_pages_pass() {
        assert!(own(&[("host", "localhost:9229")]));
        assert!(own(&[("host", "127.0.0.1:9229")]));
        assert!(own(&[("host", "[::1]:9229")]));
        assert!(own(&[
            ("host", "localhost:9229"),
            ("origin", "http://localhost:9229"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(own(&[("host", "localhost:9229"), ("sec-fetch-site", "none")]));
    }

    #[test]
    fn foreign_pages_and_names_do_not() {
        assert!(!own(&[]));
        assert!(!own(&[("host", "evil.example")]));
        assert!(!own(&[("host", "localhost.evil.example:9229")]));
        assert!(!own(&[("host", "localhost:9229"), ("host", "evil.example")]));
        assert!(!own(&[("host", "localhost:9229"), ("origin", "http://localhost:3000")]));
        assert!(!own(&[("host", "localhost:9229"), ("origin", "null")]));
        assert!(!own(&[("host", "localhost:9229"), ("origin", "https://evil.example")]));
        assert!(!own(&[("host", "localhost:9229"), ("sec-fetch-site", "cross-site")]));
        assert!(!own(&[("host", "localhost:9229"), ("sec-fetch-site", "same-site")]));
    }

    #[test]
    fn what_is_said_twice_does_not_count() {
        let host = ("host", "localhost:9229");
        let origin = |origin| ("origin", origin);
        assert!(!own(&[host, origin("http://localhost:9229"), origin("https://evil.example")]));
        assert!(!own(&[host, origin("http://localhost:9229"), origin("http://localhost:9229")]));
        let site = |site| ("sec-fetch-site", site);
        assert!(!own(&[host, site("none"), site("cross-site")]));
        assert!(!own(&[host, site("same-origin"), site("none")]));
    }
}
