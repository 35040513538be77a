//! `/dev/mailbox`: the page, and the messages as JSON. The page builds everything from text nodes; what messages hold is
//! never markup here.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_NONE_MATCH};
use http::{Response, StatusCode};
use stepwell_core::ports::rng::Rng;

use crate::delivery::mailbox::Mailbox;

const PAGE: &str = include_str!("mailbox.html");
/// Stands in the page where the nonce goes.
const NONCE: &str = "{nonce}";

/// On every answer: not kept, not framed, not guessed at, not readable for other origins.
const SAFE: [(HeaderName, &str); 6] = [
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("x-frame-options"), "DENY"),
    (HeaderName::from_static("referrer-policy"), "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

#[derive(Clone)]
struct Shared {
    mailbox: Arc<Mailbox>,
    rng: Arc<dyn Rng>,
}

/// The routes.
pub(super) fn router(mailbox: Arc<Mailbox>, rng: Arc<dyn Rng>) -> Router {
    Router::new()
        .route("/dev/mailbox", get(page))
        .route("/dev/mailbox/messages", get(messages).delete(clear))
        .with_state(Shared { mailbox, rng })
}

async fn page(State(shared): State<Shared>) -> Response<Body> {
    let nonce = URL_SAFE_NO_PAD.encode(shared.rng.bytes::<16>());
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let response =
        Response::builder().header(CONTENT_TYPE, "text/html; charset=utf-8").header(CONTENT_SECURITY_POLICY, policy);
    finish(response, Body::from(PAGE.replace(NONCE, &nonce)))
}

async fn messages(State(shared): State<Shared>, headers: HeaderMap) -> Response<Body> {
    let seen = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if seen == Some(etag(shared.mailbox.revision()).as_str()) {
        return finish(Response::builder().status(StatusCode::NOT_MODIFIED), Body::empty());
    }
    let (entries, revision) = shared.mailbox.list();
    let entries: Vec<_> = entries.iter().map(AsRef::as_ref).collect();
    match serde_json::to_vec(&entries) {
        Ok(json) => {
            let response = Response::builder().header(CONTENT_TYPE, "application/json").header(ETAG, etag(revision));
            finish(response, Body::from(json))
        }
        Err(_) => finish(Response::builder().status(StatusCode::INTERNAL_SERVER_ERROR), Body::empty()),
    }
}

async fn clear(State(shared): State<Shared>) -> Response<Body> {
    shared.mailbox.clear();
    finish(Response::builder().status(StatusCode::NO_CONTENT), Body::empty())
}

fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

fn finish(mut response: http::response::Builder, body: Body) -> Response<Body> {
    for (name, value) in SAFE {
        response = response.header(name, value);
    }
    // All parts are constants or ASCII of our own.
    response.body(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use stepwell_core::Millis;
    use stepwell_core::ports::clock::Clock;
    use stepwell_core::ports::delivery::{Email, Message};
    use tower_service::Service as _;

    use super::*;
    use crate::host_guard::HostGuard;

    struct Fixed;
    impl Clock for Fixed {
        fn now(&self) -> Millis {
            5
        }
    }

    fn with_a_message() -> (Router, Arc<Mailbox>) {
        let mailbox = Arc::new(Mailbox::new(Arc::new(Fixed)));
        mailbox.put(&Message::Email(Email {
            from: "a@example.com".to_owned(),
            reply_to: None,
            to: "ann@example.org".to_owned(),
            subject: "<script>alert(1)</script>".to_owned(),
            html: "Your code is 123456".into(),
            source_arn: None,
            configuration_set: None,
        }));
        let guard = HostGuard { public_url: "http://127.0.0.1:9229".to_owned(), allow_remote: false };
        (super::super::router(Arc::clone(&mailbox), Arc::new(crate::rng::OsRng::new()), guard), mailbox)
    }

    async fn call(
        router: &Router,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, String) {
        let mut request = http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = router.clone().call(request.body(Body::empty()).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, head.headers, String::from_utf8_lossy(&body).into_owned())
    }

    const HOST: (&str, &str) = ("host", "localhost:9229");

    #[tokio::test]
    async fn messages_are_listed_and_cleared() {
        let (router, mailbox) = with_a_message();
        let (status, headers, body) = call(&router, "GET", "/dev/mailbox/messages", &[HOST]).await;
        assert_eq!(status, 200);
        let list: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(list[0]["code"], "123456");
        assert_eq!(list[0]["channel"], "email");
        let seen = headers["etag"].to_str().unwrap();
        let again = call(&router, "GET", "/dev/mailbox/messages", &[HOST, ("if-none-match", seen)]).await;
        assert_eq!(again.0, 304);
        assert_eq!(call(&router, "DELETE", "/dev/mailbox/messages", &[HOST]).await.0, 204);
        assert!(mailbox.list().0.is_empty());
    }

    #[tokio::test]
    async fn the_page_is_locked_down() {
        let (router, _) = with_a_message();
        let (status, headers, body) = call(&router, "GET", "/dev/mailbox", &[HOST]).await;
        assert_eq!(status, 200);
        let policy = headers["content-security-policy"].to_str().unwrap();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(nonce.len() >= 22 && body.contains(&format!("<script nonce=\"{nonce}\">")));
        assert!(!body.contains(NONCE) && !policy.contains("unsafe"));
        let other = call(&router, "GET", "/dev/mailbox", &[HOST]).await.1;
        assert_ne!(other["content-security-policy"], headers["content-security-policy"]);
    }

    #[tokio::test]
    async fn other_origins_and_hosts_are_refused() {
        let (router, mailbox) = with_a_message();
        for (name, value) in [
            ("origin", "http://localhost:3000"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("host", "evil.example"),
        ] {
            let host = if name == "host" { ("accept", "*/*") } else { HOST };
            for (method, path) in
                [("GET", "/dev/mailbox"), ("GET", "/dev/mailbox/messages"), ("DELETE", "/dev/mailbox/messages")]
            {
                let (status, headers, body) = call(&router, method, path, &[host, (name, value)]).await;
                assert_eq!(status, 403, "{method} {path} {name} {value}");
                assert!(!body.contains("123456") && !headers.contains_key("access-control-allow-origin"));
            }
        }
        assert_eq!(mailbox.list().0.len(), 1);
    }
}
