//! Requests to services that the operator configured (SES, SNS): one connection each, bounded in time and size, no
//! redirects. Plain http and private addresses are allowed here, because the operator wrote them, not a caller.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The longest an exchange may take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_ANSWER: usize = 1 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EgressError {
    /// The address cannot be used at all.
    #[error("{0} is not an address that can be used")]
    Address(String),
    /// No answer within five seconds.
    #[error("{0} did not answer in time")]
    Timeout(String),
    /// The connection failed.
    #[error("{authority}: {source}")]
    Failed {
        /// Host and port.
        authority: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A client of configured services. The system's authorities are read at the first https request.
#[derive(Default)]
pub(crate) struct Egress {
    tls: OnceLock<Option<TlsConnector>>,
}

impl std::fmt::Debug for Egress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Egress")
    }
}

impl Egress {
    /// Sends a request with an absolute URL and reads the whole answer, whatever its status.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, EgressError> {
        let Some(authority) = request.uri().authority().cloned() else {
            return Err(EgressError::Address(request.uri().to_string()));
        };
        in_time(&authority, self.exchange(request, &authority, None)).await
    }

    /// The same, connecting to this address, whatever the host's name says meanwhile.
    pub(crate) async fn send_to(
        &self,
        request: Request<Bytes>,
        address: SocketAddr,
    ) -> Result<Response<Bytes>, EgressError> {
        let Some(authority) = request.uri().authority().cloned() else {
            return Err(EgressError::Address(request.uri().to_string()));
        };
        in_time(&authority, self.exchange(request, &authority, Some(address))).await
    }

    async fn exchange(
        &self,
        request: Request<Bytes>,
        authority: &Authority,
        address: Option<SocketAddr>,
    ) -> Result<Response<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
        let https = request.uri().scheme() == Some(&Scheme::HTTPS);
        let name = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if https { 443 } else { 80 });
        let stream = match address {
            Some(address) => TcpStream::connect(address).await?,
            None => TcpStream::connect((name.as_str(), port)).await?,
        };
        stream.set_nodelay(true)?;
        if !https {
            return speak(stream, request).await;
        }
        let connector = self.tls.get_or_init(connector).clone().ok_or("no certificate authorities on this system")?;
        speak(connector.connect(ServerName::try_from(name)?, stream).await?, request).await
    }
}

async fn in_time<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    authority: &Authority,
    exchange: impl Future<Output = Result<Response<Bytes>, E>>,
) -> Result<Response<Bytes>, EgressError> {
    match tokio::time::timeout(TIMEOUT, exchange).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(source)) => Err(EgressError::Failed { authority: authority.to_string(), source: source.into() }),
        Err(_) => Err(EgressError::Timeout(authority.to_string())),
    }
}

fn connector() -> Option<TlsConnector> {
    let mut roots = rustls::RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        return None;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    Some(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
}

async fn speak<S>(
    stream: S,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, Box<dyn std::error::Error + Send + Sync>>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let (mut head, body) = request.into_parts();
    // HTTP/1.1 wants the path alone; the Host header is the caller's, because it is signed.
    let path = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    head.uri = path.parse::<Uri>()?;
    let response = sender.send_request(Request::from_parts(head, Full::new(body))).await?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, MAX_ANSWER).collect().await?.to_bytes();
    connection.abort();
    Ok(Response::from_parts(head, body))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    async fn answering(answer: &'static [u8]) -> (String, tokio::task::JoinHandle<String>) {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let seen = tokio::spawn(async move {
            let (mut stream, _) = socket.accept().await.unwrap();
            let mut seen = vec![0; 4096];
            let length = stream.read(&mut seen).await.unwrap();
            // The client may hang up in the middle of a long answer.
            let _ = stream.write_all(answer).await;
            String::from_utf8_lossy(&seen[..length]).into_owned()
        });
        (url, seen)
    }

    fn get(url: &str) -> Request<Bytes> {
        let host = url.parse::<Uri>().unwrap().authority().unwrap().to_string();
        Request::get(format!("{url}/a/b?c=d")).header("host", host).body(Bytes::new()).unwrap()
    }

    #[tokio::test]
    async fn sends_the_path_and_reads_the_answer() {
        let (url, seen) = answering(b"HTTP/1.1 302 Found\r\nlocation: /else\r\ncontent-length: 2\r\n\r\nhi").await;
        let response = Egress::default().send(get(&url)).await.unwrap();
        // A redirect is an answer like any other.
        assert_eq!((response.status().as_u16(), response.body().as_ref()), (302, &b"hi"[..]));
        assert!(seen.await.unwrap().starts_with("GET /a/b?c=d HTTP/1.1\r\n"));
    }

    #[tokio::test]
    async fn long_answers_are_cut_off() {
        let body = vec![b'x'; MAX_ANSWER + 1];
        let answer = [format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes(), body].concat();
        let (url, _seen) = answering(answer.leak()).await;
        assert!(matches!(Egress::default().send(get(&url)).await, Err(EgressError::Failed { .. })));
    }

    #[tokio::test]
    async fn nobody_there() {
        let error = Egress::default().send(get("http://127.0.0.1:1")).await.unwrap_err();
        assert!(error.to_string().starts_with("127.0.0.1:1: "), "{error}");
    }
}
