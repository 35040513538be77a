//! From the bytes of a request to a validated input.

use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use stepwell_core::{Error, ErrorCode};
use stepwell_model::{Service, Validate, validate};

/// Reads a body of at most `limit` bytes.
pub async fn read(body: Body, limit: usize) -> Result<Bytes, Error> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Error::new(ErrorCode::RequestEntityTooLarge, format!("Request body is longer than {limit} bytes")))
        }
        Err(_) => Err(Error::new(ErrorCode::Serialization, "The request body could not be read")),
    }
}

/// Parses and validates. What is wrong is told without repeating what was sent: it may be a secret.
pub fn parse<T: DeserializeOwned + Validate>(service: Service, body: &[u8]) -> Result<T, Error> {
    let body = if body.is_empty() { b"{}" } else { body };
    // Else an array would be read as the members in order.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Error::new(ErrorCode::Serialization, "The request body is not a JSON object"));
    }
    let input = serde_json::from_slice(body).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "A member has the wrong type",
            serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof
            | serde_json::error::Category::Io => "The request body is not valid JSON",
        };
        Error::new(ErrorCode::Serialization, format!("{what}, at line {} column {}", error.line(), error.column()))
    })?;
    if has_nul(body) {
        return Err(Error::invalid_parameter("Values must not contain the NUL character"));
    }
    validate::check(&input).map_err(|why| Error::new(violation(service), why))?;
    Ok(input)
}

/// What a service calls a member that its model does not allow. User pools have a name of their own for it; identity pools
/// leave it to the framework, whose name is among the common errors. AWS's SDK for Android waits for that one to forget an id.
fn violation(service: Service) -> ErrorCode {
    match service {
        Service::Identity => ErrorCode::Validation,
        Service::Idp | Service::Iam | Service::Sts | Service::Stepwell => ErrorCode::InvalidParameter,
    }
}

/// True if valid JSON text holds an escaped NUL character (a raw one is not valid JSON).
fn has_nul(json: &[u8]) -> bool {
    // Most texts escape nothing, and this says so many bytes at a time.
    if !json.contains(&b'\\') {
        return false;
    }
    let mut bytes = json.iter().enumerate();
    while let Some((index, byte)) = bytes.next() {
        if *byte == b'\\' {
            if json.get(index..index + 6) == Some(b"\\u0000") {
                return true;
            }
            // The escaped character cannot start an escape of its own.
            bytes.next();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::has_nul;

    #[test]
    fn finds_escaped_nul_only() {
        assert!(has_nul(br#"{"a":"x\u0000"}"#));
        assert!(has_nul(br#"{"a":"\\\u0000"}"#));
        assert!(!has_nul(br#"{"a":"\\u0000"}"#));
        assert!(!has_nul(br#"{"a":"\u0001"}"#));
        assert!(!has_nul(b"{}"));
    }
}
