//! Lambda by its Invoke API (`POST /2015-03-31/functions/<function>/invocations`), signed with the configured key.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use stepwell_core::ports::clock::Clock;
use stepwell_core::ports::lambda::{LambdaAnswer, LambdaError};
use zeroize::Zeroizing;

use super::{failed, name_of, no_answer, qualifier_of};
use crate::config::aws::AwsService;
use crate::delivery::aws::{SignedService, summary};
use crate::egress::Egress;

/// What may stand unescaped in a segment of the path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const INVOCATION_TYPE: &str = "x-amz-invocation-type";
const FUNCTION_ERROR: &str = "x-amz-function-error";
/// How long an error's name can be that callers are told.
const LONGEST_NAME: usize = 64;

/// Lambda.
#[derive(Debug)]
pub(super) struct LambdaApi(SignedService);

impl LambdaApi {
    /// At this service.
    pub(super) fn new(settings: AwsService, egress: Arc<Egress>, clock: Arc<dyn Clock>) -> Self {
        Self(SignedService { settings, egress, clock, service: "lambda" })
    }

    /// Calls and waits for the answer.
    pub(super) async fn invoke(&self, arn: &str, payload: &[u8]) -> Result<LambdaAnswer, LambdaError> {
        let response = self.post(arn, "RequestResponse", payload).await?;
        let body = Zeroizing::new(response.body().to_vec());
        Ok(match response.headers().get(FUNCTION_ERROR) {
            Some(_) => LambdaAnswer::Failed(body),
            None => LambdaAnswer::Returned(body),
        })
    }

    /// Leaves an event with Lambda.
    pub(super) async fn hand_over(&self, arn: &str, payload: &[u8]) -> Result<(), LambdaError> {
        self.post(arn, "Event", payload).await.map(|_| ())
    }

    async fn post(&self, arn: &str, kind: &str, payload: &[u8]) -> Result<Response<Bytes>, LambdaError> {
        let AwsService { region, endpoint, .. } = &self.0.settings;
        // The region is the operator's, never the one in the pool's ARN: nobody else chooses where we connect.
        let origin = endpoint.clone().unwrap_or_else(|| format!("https://lambda.{region}.amazonaws.com"));
        let path = path(arn, endpoint.is_some());
        let headers = [("content-type", "application/json"), (INVOCATION_TYPE, kind)];
        match self.0.exchange(&origin, region, &path, &headers, payload.to_vec()).await {
            Ok(response) if response.status().is_success() => Ok(response),
            Ok(response) => Err(judge(&response)),
            Err(error) => Err(no_answer(&error)),
        }
    }
}

/// At AWS a function is named by its ARN, because it may be another account's; elsewhere by its name, which is all that
/// stand-ins know.
fn path(arn: &str, elsewhere: bool) -> String {
    let function = match (elsewhere, qualifier_of(arn)) {
        (false, _) => arn.to_owned(),
        (true, None) => name_of(arn).to_owned(),
        (true, Some(qualifier)) => format!("{}:{qualifier}", name_of(arn)),
    };
    format!("/2015-03-31/functions/{}/invocations", utf8_percent_encode(&function, SEGMENT))
}

/// What a refusal of the API (not of the function) means.
fn judge(response: &Response<Bytes>) -> LambdaError {
    let detail = summary(response);
    match response.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => LambdaError::AccessDenied(detail),
        _ => failed(&error_name(response), detail),
    }
}

/// The error's name in the header, or in the body of services that send it there.
fn error_name(response: &Response<Bytes>) -> String {
    #[derive(Deserialize)]
    struct Body {
        #[serde(rename = "__type", alias = "Type")]
        name: String,
    }
    let in_header = response.headers().get("x-amzn-errortype").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let name = in_header.or_else(|| serde_json::from_slice::<Body>(response.body()).ok().map(|body| body.name));
    let name = name.unwrap_or_default();
    let name = name.rsplit('#').next().and_then(|name| name.split(':').next()).unwrap_or_default();
    let shaped = name.ends_with("Exception") && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let known = match response.status() {
        StatusCode::NOT_FOUND => "ResourceNotFoundException",
        StatusCode::TOO_MANY_REQUESTS => "TooManyRequestsException",
        _ => "ServiceException",
    };
    if shaped && name.len() <= LONGEST_NAME { name.to_owned() } else { known.to_owned() }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::start::Ambient;

    const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:f";

    /// A Lambda that answers once, and what it was asked.
    async fn answering(answer: &'static str) -> (LambdaApi, tokio::task::JoinHandle<String>) {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", socket.local_addr().unwrap());
        let seen = tokio::spawn(async move {
            let (mut stream, _) = socket.accept().await.unwrap();
            let mut seen = Vec::new();
            while !String::from_utf8_lossy(&seen).contains("\r\n\r\n{") {
                let mut buffer = [0; 4096];
                let length = stream.read(&mut buffer).await.unwrap();
                seen.extend_from_slice(&buffer[..length]);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&seen).into_owned()
        });
        let settings = AwsService {
            region: "us-east-1".to_owned(),
            endpoint: Some(endpoint),
            access_key_id: "AKIATEST".to_owned(),
            secret_access_key: "secret".into(),
        };
        (LambdaApi::new(settings, Arc::default(), Ambient::system().clock), seen)
    }

    #[tokio::test]
    async fn an_invocation_is_signed_and_answered() {
        let (lambda, seen) = answering("HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{\"response\":1").await;
        let LambdaAnswer::Returned(answer) = lambda.invoke(ARN, b"{\"a\":1}").await.unwrap() else { panic!() };
        assert_eq!(answer.as_slice(), b"{\"response\":1");
        let seen = seen.await.unwrap();
        assert!(seen.starts_with("POST /2015-03-31/functions/f/invocations HTTP/1.1\r\n"), "{seen}");
        assert!(seen.contains("x-amz-invocation-type: RequestResponse\r\n"), "{seen}");
        assert!(seen.contains("Credential=AKIATEST/") && seen.contains("/us-east-1/lambda/aws4_request"), "{seen}");
        assert!(seen.contains("x-amz-invocation-type,") || seen.contains(";x-amz-invocation-type"), "{seen}");
        assert!(seen.ends_with("{\"a\":1}"), "{seen}");
    }

    #[tokio::test]
    async fn a_functions_own_failure_is_told_apart() {
        let answer = "HTTP/1.1 200 OK\r\nX-Amz-Function-Error: Unhandled\r\ncontent-length: 2\r\n\r\n{}";
        let (lambda, _seen) = answering(answer).await;
        assert!(matches!(lambda.invoke(ARN, b"{}").await.unwrap(), LambdaAnswer::Failed(_)));
    }

    #[tokio::test]
    async fn events_are_left_without_waiting() {
        let (lambda, seen) = answering("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await;
        lambda.hand_over(ARN, b"{}").await.unwrap();
        assert!(seen.await.unwrap().contains("x-amz-invocation-type: Event\r\n"));
    }

    #[test]
    fn functions_are_named_as_the_other_side_knows_them() {
        let encoded = "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af";
        assert_eq!(path(ARN, false), format!("/2015-03-31/functions/{encoded}/invocations"));
        assert_eq!(path(ARN, true), "/2015-03-31/functions/f/invocations");
        assert_eq!(path(&format!("{ARN}:live"), true), "/2015-03-31/functions/f%3Alive/invocations");
        // Whatever a pool's owner writes, it stays one segment.
        assert_eq!(path("arn:aws:lambda:r:1:function:../x?y", true), "/2015-03-31/functions/..%2Fx%3Fy/invocations");
    }

    #[test]
    fn refusals() {
        let answer = |status: u16, name: Option<&str>, body: &'static str| {
            let mut response = Response::builder().status(status);
            if let Some(name) = name {
                response = response.header("x-amzn-errortype", name);
            }
            judge(&response.body(Bytes::from_static(body.as_bytes())).unwrap())
        };
        let name = |error: LambdaError| match error {
            LambdaError::Unexpected { name, .. } => name,
            other => panic!("{other}"),
        };
        assert!(matches!(answer(403, Some("AccessDeniedException"), ""), LambdaError::AccessDenied(_)));
        assert_eq!(name(answer(404, Some("ResourceNotFoundException:http://x"), "")), "ResourceNotFoundException");
        assert_eq!(name(answer(429, None, r#"{"Type":"User"}"#)), "TooManyRequestsException");
        assert_eq!(name(answer(400, None, r#"{"__type":"a#InvalidRuntimeException"}"#)), "InvalidRuntimeException");
        // Nothing that the other side makes up is told to callers.
        assert_eq!(name(answer(500, Some("<script>"), "")), "ServiceException");
        assert_eq!(name(answer(500, Some(&format!("{}Exception", "x".repeat(90))), "")), "ServiceException");
    }
}
