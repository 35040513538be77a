//! A pool's key set (RFC 7517) and discovery document (OpenID Connect Discovery 1.0). Readable from any page.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_HEADERS, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use http::{Response, StatusCode};
use serde_json::{Value, json};
use stepwell_core::cache::PoolEntry;
use stepwell_core::identity_pools::issuer;
use stepwell_core::tokens::discovery;
use stepwell_core::{Domain, Error};

/// How long the documents may be cached: keys are published well before they sign.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// `/<pool id>/.well-known/jwks.json`
pub async fn jwks(State(domain): State<Arc<Domain>>, Path(pool_id): Path<String>) -> Response<Body> {
    respond(pool(&domain, &pool_id).await.map(|entry| entry.signers.jwks()))
}

/// `/<pool id>/.well-known/openid-configuration`
pub async fn openid_configuration(State(domain): State<Arc<Domain>>, Path(pool_id): Path<String>) -> Response<Body> {
    respond(pool(&domain, &pool_id).await.map(|entry| discovery::document(&domain, &entry)))
}

/// `/identity/.well-known/jwks_uri`: the keys of the tokens of identity pools, under the path that AWS has for them.
pub async fn identity_jwks(State(domain): State<Arc<Domain>>) -> Response<Body> {
    respond(domain.identity_issuer().await.map(|issuer| issuer.jwks()))
}

/// `/identity/.well-known/openid-configuration`
pub async fn identity_configuration(State(domain): State<Arc<Domain>>) -> Response<Body> {
    respond(Ok(issuer::discovery(&domain.settings)))
}

/// The pool, if the path can name one.
async fn pool(domain: &Domain, pool_id: &str) -> Result<Arc<PoolEntry>, Error> {
    if pool_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        domain.pool(pool_id).await
    } else {
        Err(Error::not_found("User pool does not exist."))
    }
}

/// Any page may ask.
pub async fn preflight(headers: HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let answer = response.headers_mut();
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    answer.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET"));
    if let Some(asked) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}

fn respond(document: Result<Value, Error>) -> Response<Body> {
    let (status, document) = match document {
        Ok(document) => (StatusCode::OK, document),
        Err(error) => {
            let status = match error.code().http_status() {
                500.. => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::NOT_FOUND,
            };
            if status.is_server_error() {
                tracing::error!(?error, "a well-known document could not be made");
            }
            (status, json!({ "message": error.message() }))
        }
    };
    let mut response = Response::new(Body::from(document.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if status == StatusCode::OK {
        headers.insert(CACHE_CONTROL, CACHE);
    }
    response
}
