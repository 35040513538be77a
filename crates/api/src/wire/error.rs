//! Errors as AWS JSON 1.1 clients want them: the code both in `__type` and in a header, because some read only one.

use axum::body::Body;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::json;
use stepwell_core::Error;

use super::sigv4::{Protocol, SigV4Error};

/// The content type of requests and answers.
pub const AWS_JSON: &str = "application/x-amz-json-1.1";

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-amzn-errormessage");

/// Renders an error.
pub fn response(error: &Error) -> Response<Body> {
    let name = error.code().name();
    let mut body = json!({ "__type": name, "message": error.message() });
    if let (Some(reason), Some(object)) = (error.reason_code(), body.as_object_mut()) {
        object.insert("reasonCode".to_owned(), json!(reason));
    }
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(error.code().http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(AWS_JSON));
    if let Ok(value) = HeaderValue::from_str(&format!("{name}:")) {
        headers.insert(ERROR_TYPE, value);
    }
    // Header values are printable ASCII; the body carries the text as it is.
    let printable: String =
        error.message().chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    if let Ok(value) = HeaderValue::from_str(&printable) {
        headers.insert(ERROR_MESSAGE, value);
    }
    response
}

/// A refused signature as the domain's error.
pub fn of_signature(error: &SigV4Error) -> Error {
    Error::new(error.code(), error.message(Protocol::Json).to_owned())
}
