//! Functions behind webhooks: the event is posted, signed as Standard Webhooks has it, and comes back with its `response`
//! filled in.
//!
//! `webhook-signature` is `v1,` and the Base64 of HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`, once for each
//! secret, separated by spaces. The id is new for each call, also where an event is sent again after a time-out.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::Deserialize;
use stepwell_core::SECOND;
use stepwell_core::ports::clock::Clock;
use stepwell_core::ports::lambda::{LambdaAnswer, LambdaError};
use stepwell_core::ports::rng::Rng;
use zeroize::Zeroizing;

use super::{failed, no_answer};
use crate::config::triggers::Webhook;
use crate::egress::Egress;

/// Sends webhooks.
pub(super) struct Sender {
    pub(super) egress: Arc<Egress>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
}

impl Sender {
    /// Posts the event and waits for it to come back.
    pub(super) async fn invoke(&self, webhook: &Webhook, payload: &[u8]) -> Result<LambdaAnswer, LambdaError> {
        let response = self.post(webhook, payload).await?;
        if response.status() == StatusCode::OK {
            return Ok(LambdaAnswer::Returned(Zeroizing::new(response.body().to_vec())));
        }
        judge(&response)
    }

    /// Posts the event; any success means that the receiver has taken it.
    pub(super) async fn hand_over(&self, webhook: &Webhook, payload: &[u8]) -> Result<(), LambdaError> {
        let response = self.post(webhook, payload).await?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(judge(&response).err().unwrap_or_else(|| failed("ServiceException", response.status().to_string())))
    }

    async fn post(&self, webhook: &Webhook, payload: &[u8]) -> Result<Response<Bytes>, LambdaError> {
        let id = self.rng.uuid();
        let timestamp = self.clock.now() / SECOND;
        let request = Request::post(&webhook.url)
            .header("host", &webhook.host)
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signatures(&webhook.secrets, &id, timestamp, payload))
            .body(Bytes::copy_from_slice(payload))
            .map_err(|error| failed("ServiceException", error.to_string()))?;
        self.egress.send(request).await.map_err(|error| no_answer(&error))
    }
}

fn signatures(secrets: &[Zeroizing<Vec<u8>>], id: &str, timestamp: i64, payload: &[u8]) -> String {
    let signature = |secret: &Zeroizing<Vec<u8>>| {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
        context.update(format!("{id}.{timestamp}.").as_bytes());
        context.update(payload);
        format!("v1,{}", STANDARD.encode(context.sign()))
    };
    secrets.iter().map(signature).collect::<Vec<_>>().join(" ")
}

/// What another status than 200 means. With an `errorMessage` it is what the function says against the request, as at
/// Lambda; otherwise something on the way went wrong, and what it says is for nobody.
fn judge(response: &Response<Bytes>) -> Result<LambdaAnswer, LambdaError> {
    #[derive(Deserialize)]
    struct Failure {
        #[serde(rename = "errorMessage")]
        _message: String,
    }
    let status = response.status();
    if !status.is_success() && serde_json::from_slice::<Failure>(response.body()).is_ok() {
        return Ok(LambdaAnswer::Failed(Zeroizing::new(response.body().to_vec())));
    }
    let detail = format!("the webhook answered {status}");
    Err(match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => LambdaError::AccessDenied(detail),
        StatusCode::NOT_FOUND | StatusCode::GONE => failed("ResourceNotFoundException", detail),
        StatusCode::TOO_MANY_REQUESTS => failed("TooManyRequestsException", detail),
        _ => failed("ServiceException", detail),
    })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::start::Ambient;

    fn sender() -> Sender {
        let ambient = Ambient::system();
        Sender { egress: Arc::default(), clock: ambient.clock, rng: ambient.rng }
    }

    /// A webhook that answers once, and what it was sent.
    async fn answering(answer: &'static str) -> (Webhook, tokio::task::JoinHandle<String>) {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = socket.local_addr().unwrap().to_string();
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
        let secrets = vec![Zeroizing::new(vec![7; 24]), Zeroizing::new(vec![8; 24])];
        (Webhook { function: None, url: format!("http://{host}/hook?a=b"), host, secrets }, seen)
    }

    fn header<'a>(request: &'a str, name: &str) -> &'a str {
        let line = request.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(':').trim()
    }

    #[tokio::test]
    async fn events_go_out_signed_and_come_back() {
        let (webhook, seen) = answering("HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"response\":{}}").await;
        let answer = sender().invoke(&webhook, b"{\"x\":1}").await.unwrap();
        assert!(matches!(answer, LambdaAnswer::Returned(body) if body.as_slice() == b"{\"response\":{}}"));
        let seen = seen.await.unwrap();
        assert!(seen.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{seen}");
        let signed = format!("{}.{}.{{\"x\":1}}", header(&seen, "webhook-id"), header(&seen, "webhook-timestamp"));
        let expected = [7, 8].map(|byte: u8| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &[byte; 24]);
            format!("v1,{}", STANDARD.encode(hmac::sign(&key, signed.as_bytes())))
        });
        assert_eq!(header(&seen, "webhook-signature"), expected.join(" "));
    }

    /// The example of the Standard Webhooks specification's reference libraries.
    #[test]
    fn signatures_are_those_of_the_specification() {
        let secret = Zeroizing::new(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        let payload = br#"{"test": 2432232314}"#;
        let signature = signatures(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, payload);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[tokio::test]
    async fn a_refusal_says_why() {
        let answer = "HTTP/1.1 422 X\r\ncontent-length: 21\r\n\r\n{\"errorMessage\":\"No\"}";
        let (webhook, _seen) = answering(answer).await;
        assert!(matches!(sender().invoke(&webhook, b"{}").await.unwrap(), LambdaAnswer::Failed(_)));
        let (webhook, _seen) = answering("HTTP/1.1 422 X\r\ncontent-length: 21\r\n\r\n{\"errorMessage\":\"No\"}").await;
        assert!(sender().hand_over(&webhook, b"{}").await.is_err());
    }

    #[tokio::test]
    async fn taken_is_enough_where_nobody_waits() {
        let (webhook, _seen) = answering("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await;
        sender().hand_over(&webhook, b"{}").await.unwrap();
        let (webhook, _seen) = answering("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await;
        assert!(sender().invoke(&webhook, b"{}").await.is_err());
    }

    #[test]
    fn what_is_on_the_way_is_not_told() {
        let answer = |status: u16, body: &'static str| {
            judge(&Response::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap())
        };
        assert!(matches!(answer(401, "go away"), Err(LambdaError::AccessDenied(_))));
        for (status, expected) in
            [(404, "ResourceNotFoundException"), (429, "TooManyRequestsException"), (502, "ServiceException")]
        {
            match answer(status, "<html>secret</html>") {
                Err(LambdaError::Unexpected { name, detail }) => {
                    assert_eq!(name, expected);
                    assert!(!detail.contains("secret"));
                }
                other => panic!("{other:?}"),
            }
        }
        // A redirect is not followed, and no success either.
        assert!(answer(302, r#"{"errorMessage":"x"}"#).is_ok());
        assert!(answer(204, r#"{"errorMessage":"x"}"#).is_err());
    }
}
