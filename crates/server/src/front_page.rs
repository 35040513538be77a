//! `/` in a browser: what this is, for people who open the address to see. Everybody else gets the API's answer.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::routing::{MethodRouter, any};
use http::header::{ACCEPT, HeaderMap};
use http::{Method, Response, StatusCode};
use stepwell_web::page;
use tower_service::Service as _;

const TITLE: &str = "Stepwell";
const SERVE: &str = "This is Stepwell, an identity service that speaks Amazon Cognito's APIs. It works: point an AWS SDK, \
    Amplify or the AWS CLI at this address. There is nothing to see here in a browser.</p>\
    <p>How to is in the folder <code>docs/guide</code> of Stepwell's source.";
const DEV: &str = "This is Stepwell, an identity service that speaks Amazon Cognito's APIs, run for development. It works: \
    point an AWS SDK, Amplify or the AWS CLI at this address, with any credentials.</p>\
    <p>Messages that it sends appear in the <a href=\"/dev/mailbox\">mailbox</a>. Ids of the demo pool, and commands to \
    try, are on the terminal where it was started.</p>\
    <p>How to is in <code>docs/guide/getting-started.md</code> of Stepwell's source.";

#[derive(Clone)]
struct FrontPage {
    text: &'static str,
    api: Router,
}

/// What answers at `/`: the page to browsers, the API to all else.
pub(crate) fn route(api: Router, dev: bool) -> MethodRouter {
    any(answer).with_state(FrontPage { text: if dev { DEV } else { SERVE }, api })
}

async fn answer(State(FrontPage { text, mut api }): State<FrontPage>, request: Request) -> Response<Body> {
    if matches!(*request.method(), Method::GET | Method::HEAD) && wants_html(request.headers()) {
        return page::message(StatusCode::OK, TITLE, text);
    }
    match api.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// True if the sender names HTML. SDKs and curl do not.
fn wants_html(headers: &HeaderMap) -> bool {
    let is_html =
        |range: &str| range.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("text/html"));
    headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).any(|value| value.split(',').any(is_html))
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::routing::any;
    use http_body_util::BodyExt as _;

    use super::*;

    /// Status and body.
    async fn ask(dev: bool, method: Method, accept: Option<&str>) -> (u16, String) {
        let api =
            Router::new().fallback_service(any(async |method: Method| (StatusCode::IM_A_TEAPOT, method.to_string())));
        let mut request = Request::builder().method(method).uri("/");
        if let Some(accept) = accept {
            request = request.header(ACCEPT, accept);
        }
        let mut router = Router::new().route("/", route(api, dev));
        let response = router.call(request.body(Body::empty()).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        assert!(!head.headers.contains_key(http::header::ALLOW));
        let body: Bytes = body.collect().await.unwrap().to_bytes();
        (head.status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
    }

    const BROWSER: Option<&str> = Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

    #[tokio::test]
    async fn browsers_get_a_page() {
        let (status, dev) = ask(true, Method::GET, BROWSER).await;
        assert_eq!(status, 200);
        assert!(dev.contains("href=\"/dev/mailbox\"") && dev.contains("getting-started.md"), "{dev}");
        let (status, serve) = ask(false, Method::GET, BROWSER).await;
        assert_eq!(status, 200);
        assert!(serve.contains("Cognito") && !serve.contains("/dev/"), "{serve}");
    }

    #[tokio::test]
    async fn everybody_else_gets_the_api() {
        for accept in [None, Some("*/*"), Some("application/json"), Some("text/htmlx")] {
            assert_eq!(ask(true, Method::GET, accept).await, (418, "GET".to_owned()), "{accept:?}");
        }
        for method in [Method::POST, Method::OPTIONS, Method::PUT] {
            assert_eq!(ask(true, method.clone(), BROWSER).await, (418, method.to_string()));
        }
    }
}
