//! `dev` accepts any credentials, so a web page could administer it if the browser let it. It does not get the chance:
//! what a browser sends says where it comes from, and anything but our own origin is refused for signed operations and
//! `/dev` pages. A request under a foreign Host name is refused as well, against DNS rebinding.

use http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use stepwell_core::loopback::is_loopback;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// True if the request can only come from this machine's own tools or from a page this server itself served.
pub fn is_own(headers: &HeaderMap, public_url: &str, allow_remote: bool) -> bool {
    let Some(host) = host(headers) else { return false };
    if !allow_remote && !is_loopback(host) && !public_url.ends_with(&format!("//{host}")) {
        return false;
    }
    if let Some(site) = headers.get(FETCH_SITE)
        && site != "same-origin"
        && site != "none"
    {
        return false;
    }
    match headers.get(ORIGIN).map(|origin| origin.to_str()) {
        None => true,
        Some(Ok(origin)) => origin == format!("http://{host}") || origin == format!("https://{host}"),
        Some(Err(_)) => false,
    }
}

fn host(headers: &HeaderMap) -> Option<&str> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    hosts.next().is_none().then_some(host)
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
}
