//! A signed POST to an AWS-shaped service, and what its refusal means for a message.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use stepwell_api::wire::sigv4::{Credentials, SignableRequest, sign};
use stepwell_core::ports::clock::Clock;
use stepwell_core::ports::delivery::DeliveryError;

use crate::config::aws::AwsService;
use crate::egress::Egress;

/// Codes after which trying again later may help, although the status is a client error.
const TEMPORARY: &[&str] =
    &["Throttl", "TooManyRequests", "LimitExceeded", "SendingPaused", "RequestExpired", "Unavailable", "KMS"];
/// Of the service's answer, in the log.
const LONGEST_ANSWER: usize = 300;

/// A service that takes messages.
#[derive(Clone)]
pub(super) struct SignedService {
    pub(super) settings: AwsService,
    pub(super) egress: Arc<Egress>,
    pub(super) clock: Arc<dyn Clock>,
    /// The signing name.
    pub(super) service: &'static str,
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
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        let signable = SignableRequest {
            method: "POST",
            host,
            path,
            query: "",
            headers: &[("content-type", content_type)],
            payload: &body,
        };
        let credentials = Credentials {
            access_key_id: &self.settings.access_key_id,
            secret_access_key: self.settings.secret_access_key.as_str(),
            session_token: None,
        };
        let mut request =
            Request::post(format!("{origin}{path}")).header("host", host).header("content-type", content_type);
        for (name, value) in sign(&signable, &credentials, region, self.service, self.clock.now()) {
            request = request.header(name, value);
        }
        let request = request
            .body(Bytes::from(body))
            .map_err(|_| DeliveryError::Permanent(format!("{origin} is not an address that can be used")))?;
        match self.egress.send(request).await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(judge(&response)),
            Err(error) => Err(DeliveryError::Temporary(error.to_string())),
        }
    }
}

/// A refusal of the message is permanent; a refusal of us, or of now, is not: the operator or time may mend it.
fn judge(response: &Response<Bytes>) -> DeliveryError {
    let answer = String::from_utf8_lossy(response.body());
    let code = response.headers().get("x-amzn-errortype").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text: String = format!("{} {code} {answer}", response.status())
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_ANSWER)
        .collect();
    let status = response.status();
    let later = status.is_server_error()
        || status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::FORBIDDEN
        || TEMPORARY.iter().any(|part| code.contains(part) || answer.contains(part));
    if later { DeliveryError::Temporary(text) } else { DeliveryError::Permanent(text) }
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
