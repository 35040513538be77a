//! A breach corpus behind a URL: `GET <base>/ABCDE`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use http::header::{ACCEPT, HOST, USER_AGENT};
use stepwell_core::ports::breaches::{Breaches, BreachesError};

use crate::egress::Egress;

/// How long somebody who signs in waits for the corpus.
const PATIENCE: Duration = Duration::from_secs(2);

/// The endpoint.
#[derive(Debug)]
pub(super) struct Endpoint {
    base: String,
    egress: Arc<Egress>,
}

impl Endpoint {
    /// At this URL, without a trailing slash.
    pub(super) fn new(base: &str, egress: Arc<Egress>) -> Self {
        Self { base: base.to_owned(), egress }
    }
}

#[async_trait]
impl Breaches for Endpoint {
    fn is_configured(&self) -> bool {
        true
    }

    async fn range(&self, prefix: &str) -> Result<String, BreachesError> {
        let failed = |why: String| BreachesError(format!("{}: {why}", self.base));
        let url: http::Uri = format!("{}/{prefix}", self.base).parse().map_err(|_| failed("no URL".to_owned()))?;
        let host = url.authority().map(ToString::to_string).unwrap_or_default();
        let request = Request::get(url)
            .header(HOST, host)
            .header(USER_AGENT, "stepwell")
            .header(ACCEPT, "text/plain")
            // Answers of equal length, so that who watches the line cannot tell the range from it.
            .header("add-padding", "true")
            .body(Bytes::new())
            .map_err(|error| failed(error.to_string()))?;
        let response = match tokio::time::timeout(PATIENCE, self.egress.send(request)).await {
            Ok(response) => response.map_err(|error| failed(error.to_string()))?,
            Err(_) => return Err(failed("did not answer in time".to_owned())),
        };
        match response.status().as_u16() {
            200 => String::from_utf8(response.into_body().into()).map_err(|_| failed("the answer is no text".into())),
            // As with a folder: nothing in this range has leaked.
            404 => Ok(String::new()),
            status => Err(failed(format!("answered {status}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    async fn asked(answer: &'static str) -> (Result<String, BreachesError>, String) {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/range", socket.local_addr().unwrap());
        let seen = tokio::spawn(async move {
            let (mut stream, _) = socket.accept().await.unwrap();
            let mut seen = vec![0; 4096];
            let length = stream.read(&mut seen).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&seen[..length]).into_owned()
        });
        let endpoint = Endpoint::new(&base, Arc::new(Egress::default()));
        (endpoint.range("5BAA6").await, seen.await.unwrap())
    }

    #[tokio::test]
    async fn asks_for_the_range_and_nothing_else() {
        let (range, request) = asked("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nABC:1").await;
        assert_eq!(range.unwrap(), "ABC:1");
        assert!(request.starts_with("GET /range/5BAA6 HTTP/1.1\r\n"), "{request}");
        assert!(request.ends_with("\r\n\r\n"), "no body: {request}");
        let (none, _) = asked("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(none.unwrap(), "");
        let (failure, _) = asked("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").await;
        assert!(failure.unwrap_err().to_string().contains("answered 503"));
    }
}
