//! A plain page with one message, for people who followed a link.

use axum::body::Body;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode};

/// The page. `title` and `text` are our own words, never the caller's.
pub fn message(status: StatusCode, title: &'static str, text: &'static str) -> Response<Body> {
    page(status, title, text, "")
}

/// A page that asks before it does something: its button posts to the address of the page itself. All words are our own.
pub fn question(title: &'static str, text: &'static str, button: &'static str) -> Response<Body> {
    page(StatusCode::OK, title, text, &format!("<form method=\"post\"><button>{button}</button></form>"))
}

fn page(status: StatusCode, title: &str, text: &str, form: &str) -> Response<Body> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title></head>\
         <body><main><h1>{title}</h1><p>{text}</p>{form}</main></body></html>"
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
