//! A signed POST to an AWS-shaped service, and what its refusal means for a message.
//!
//! The POST itself is also how KMS is asked.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use stepwell_api::wire::sigv4::{Credentials, SignableRequest, sign};
use stepwell_core::ports::clock::Clock;
use stepwell_core::ports::delivery::DeliveryError;

use crate::config::aws::AwsService;
use crate::egress::{Egress, EgressError};

/// Codes after which trying again later may help, although the status is a client error.
const TEMPORARY: &[&str] =
    &["Throttl", "TooManyRequests", "LimitExceeded", "SendingPaused", "RequestExpired", "Unavailable", "KMS"];
/// Of the service's answer, in the log.
const LONGEST_ANSWER: usize = 300;

/// A service that takes signed requests.
#[derive(Clone)]
pub(crate) struct SignedService {
    pub(crate) settings: AwsService,
    pub(crate) egress: Arc<Egress>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The signing name.
    pub(crate) service: &'static str,
}

impl std::fmt::Debug for SignedService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedService").field("service", &self.service).finish_non_exhaustive()
    }
}

impl SignedService {
    /// Posts to `origin` and `path`, signed for `region`; anything but success is a delivery error.
    pub(super) async fn post(
        &self,
        origin: &str,
        region: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<(), DeliveryError> {
        match self.exchange(origin, region, path, &[("content-type", content_type)], body).await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(judge(&response)),
            Err(error @ EgressError::Address(_)) => Err(DeliveryError::Permanent(error.to_string())),
            Err(error) => Err(DeliveryError::Temporary(error.to_string())),
        }
    }

    /// Posts to `origin` and `path`, all of it signed for `region`; returns the answer, whatever its status.
    pub(crate) async fn exchange(
        &self,
        origin: &str,
        region: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Response<Bytes>, EgressError> {
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        let signable = SignableRequest { method: "POST", host, path, query: "", headers, payload: &body };
        let credentials = Credentials {
            access_key_id: &self.settings.access_key_id,
            secret_access_key: self.settings.secret_access_key.as_str(),
            session_token: None,
        };
        let mut request = Request::post(format!("{origin}{path}")).header("host", host);
        for &(name, value) in headers {
            request = request.header(name, value);
        }
        for (name, value) in sign(&signable, &credentials, region, self.service, self.clock.now()) {
            request = request.header(name, value);
        }
        let request = request.body(Bytes::from(body)).map_err(|_| EgressError::Address(origin.to_owned()))?;
        self.egress.send(request).await
    }
}

/// A refusal of the message is permanent; a refusal of us, or of now, is not: the operator or time may mend it.
fn judge(response: &Response<Bytes>) -> DeliveryError {
    let answer = String::from_utf8_lossy(response.body());
    let code = error_code(response);
    let text = summary(response);
    let status = response.status();
    let later = status.is_server_error()
        || status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::FORBIDDEN
        || TEMPORARY.iter().any(|part| code.contains(part) || answer.contains(part));
    if later { DeliveryError::Temporary(text) } else { DeliveryError::Permanent(text) }
}

/// The error code in the answer's header; empty if there is none.
fn error_code(response: &Response<Bytes>) -> &str {
    response.headers().get("x-amzn-errortype").and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The beginning of a refusal, for the log.
pub(crate) fn summary(response: &Response<Bytes>) -> String {
    let answer = String::from_utf8_lossy(response.body());
    let text = format!("{} {} {answer}", response.status(), error_code(response));
    text.chars().filter(|c| !c.is_control()).take(LONGEST_ANSWER).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_refusals_mean() {
        let answer = |status: u16, body: &'static str| {
            judge(&Response::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap())
        };
        assert!(matches!(answer(400, r#"{"message":"Email address is not verified."}"#), DeliveryError::Permanent(_)));
        assert!(matches!(answer(400, "<Code>InvalidParameter</Code>"), DeliveryError::Permanent(_)));
        assert!(matches!(answer(400, "<Code>Throttling</Code>"), DeliveryError::Temporary(_)));
        for status in [403, 429, 500, 503] {
            assert!(matches!(answer(status, ""), DeliveryError::Temporary(_)), "{status}");
        }
    }
}
