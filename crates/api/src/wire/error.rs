//! Errors as clients want them. In AWS JSON 1.1 the code stands both in `__type` and in a header, because some read only one;
//! in the query protocol the body is XML.

use axum::body::Body;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::json;
use stepwell_core::Error;
use stepwell_model::Protocol;

use super::query::xml;
use super::sigv4::{self, SigV4Error};

/// The content type of requests and answers.
pub const AWS_JSON: &str = "application/x-amz-json-1.1";

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-amzn-errormessage");

/// The longest message in the header. Proxies bound a head as a whole.
const LONGEST_HEADER: usize = 1024;

/// In which a request of the query protocol is refused before it is known which service it is for: AWS's general front.
pub const UNKNOWN_SERVICE: Protocol =
    Protocol::Query { version: "", namespace: "http://webservices.amazon.com/AWSFault/2005-15-09" };

/// The content type of answers.
pub const fn content_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Json { .. } => AWS_JSON,
        Protocol::Query { .. } => xml::TEXT_XML,
    }
}

/// Renders an error.
pub fn response(protocol: Protocol, error: &Error, request_id: &str) -> Response<Body> {
    match protocol {
        Protocol::Json { .. } => json_response(error),
        Protocol::Query { namespace, .. } => {
            let mut response = Response::new(Body::from(xml::failure(namespace, request_id, error)));
            *response.status_mut() =
                StatusCode::from_u16(error.code().query_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(xml::TEXT_XML));
            response
        }
    }
}

fn json_response(error: &Error) -> Response<Body> {
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
    let printable: String = error
        .message()
        .chars()
        .take(LONGEST_HEADER)
        .map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' })
        .collect();
    if let Ok(value) = HeaderValue::from_str(&printable) {
        headers.insert(ERROR_MESSAGE, value);
    }
    response
}

/// A refused signature as the domain's error.
pub fn of_signature(protocol: Protocol, error: &SigV4Error) -> Error {
    let spoken = match protocol {
        Protocol::Json { .. } => sigv4::Protocol::Json,
        Protocol::Query { .. } => sigv4::Protocol::Query,
    };
    Error::new(error.code(), error.message(spoken).to_owned())
}
