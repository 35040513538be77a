//! Accepting connections and speaking HTTP/1.1 on them, bounded in number and in time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use stepwell_api::ApiSettings;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use super::shares::Shares;
use super::signals::Shutdown;

/// For the head of a request, and between requests of one connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// For the TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// For the client to take some more of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// For requests that are under way when the end is asked for.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// Before accepting again when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// The largest head of a request, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// A socket and what is spoken on it.
#[derive(Debug)]
pub(crate) struct Listener {
    /// The bound socket.
    pub(crate) socket: TcpListener,
    /// TLS, or plain HTTP without.
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
}

/// Serves all listeners until shutdown, then lets the requests under way finish.
pub(crate) async fn serve(
    listeners: Vec<Listener>,
    router: Router,
    max_connections: usize,
    settings: &ApiSettings,
    shutdown: &Shutdown,
) {
    let graceful = Arc::new(GracefulShutdown::new());
    let connections = super::descriptors::connections(max_connections);
    let slots = Arc::new(Semaphore::new(connections));
    let shares = Arc::new(Shares::new(connections, settings));
    let mut loops = tokio::task::JoinSet::new();
    for Listener { socket, tls } in listeners {
        let tls = tls.map(TlsAcceptor::from);
        let (router, slots, graceful) = (router.clone(), Arc::clone(&slots), Arc::clone(&graceful));
        let shares = Arc::clone(&shares);
        let mut shutdown = shutdown.clone();
        loops.spawn(async move {
            tokio::select! {
                () = accept(socket, tls, router, slots, shares, &graceful) => {}
                () = shutdown.wait() => {}
            }
        });
    }
    while loops.join_next().await.is_some() {}
    let Some(graceful) = Arc::into_inner(graceful) else { return };
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

async fn accept(
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    slots: Arc<Semaphore>,
    shares: Arc<Shares>,
    graceful: &GracefulShutdown,
) {
    // Full: connections wait in the kernel's queue until one ends. The semaphore is never closed.
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        let (stream, peer) = match socket.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(share) = shares.take(peer.ip()) else {
            tracing::debug!(%peer, "the address holds its share of the connections");
            continue;
        };
        let (tls, router, watcher) = (tls.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            handle(stream, peer, tls, router, watcher).await;
            drop((share, slot));
        });
    }
}

async fn handle(stream: TcpStream, peer: SocketAddr, tls: Option<TlsAcceptor>, router: Router, watcher: Watcher) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    let stream = Box::pin(stream);
    let Some(tls) = tls else { return speak(stream, peer, router, watcher).await };
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
        Ok(Ok(stream)) => speak(stream, peer, router, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => tracing::debug!("TLS handshake took too long"),
    }
}

async fn speak<S>(stream: S, peer: SocketAddr, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        // A router is always ready.
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection ended");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use stepwell_api::Mode;
    use stepwell_api::wire::limits::LimitSettings;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const LONG: Duration = Duration::from_secs(5);

    async fn start(
        max_connections: usize,
    ) -> (SocketAddr, tokio::sync::watch::Sender<bool>, tokio::task::JoinHandle<()>) {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let router = Router::new()
            .route("/peer", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()))
            .route("/long", get(async || vec![b'x'; 64 * 1024 * 1024]))
            .route(
                "/slow",
                get(async || {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    "done"
                }),
            );
        let (end, shutdown) = Shutdown::by_hand();
        let server = tokio::spawn(async move {
            let limits = LimitSettings { per_address: true, ..LimitSettings::default() };
            let settings = ApiSettings { mode: Mode::Serve, trusted_proxies: Vec::new(), body_limit: 1024, limits };
            serve(vec![Listener { socket, tls: None }], router, max_connections, &settings, &shutdown).await;
        });
        (address, end, server)
    }

    async fn ask(stream: &mut TcpStream, path: &str) {
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
    }

    async fn answer(stream: &mut TcpStream) -> String {
        let mut buffer = vec![0; 4096];
        let length = tokio::time::timeout(LONG, stream.read(&mut buffer)).await.unwrap().unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    #[tokio::test]
    async fn connections_are_kept_and_the_peer_is_known() {
        let (address, _end, _server) = start(16).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let own = stream.local_addr().unwrap().to_string();
        for _ in 0..2 {
            ask(&mut stream, "/peer").await;
            assert!(answer(&mut stream).await.ends_with(&own));
        }
    }

    #[tokio::test]
    async fn requests_under_way_finish_and_idle_connections_do_not_hold_up_the_end() {
        let (address, end, server) = start(16).await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        ask(&mut idle, "/peer").await;
        answer(&mut idle).await;
        let mut busy = TcpStream::connect(address).await.unwrap();
        ask(&mut busy, "/slow").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        end.send_replace(true);
        assert!(answer(&mut busy).await.ends_with("done"));
        tokio::time::timeout(LONG, server).await.unwrap().unwrap();
        assert!(TcpStream::connect(address).await.is_err());
        assert_eq!(answer(&mut idle).await, "");
    }

    #[tokio::test]
    async fn who_takes_nothing_of_an_answer_is_left() {
        let (address, _end, _server) = start(16).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        ask(&mut stream, "/long").await;
        answer(&mut stream).await;
        tokio::time::pause();
        tokio::time::sleep(2 * WRITE_TIMEOUT).await;
        let mut rest = Vec::new();
        // It ends before the answer does, by a reset or by an end.
        let _ = stream.read_to_end(&mut rest).await;
        assert!(rest.len() < 60 * 1024 * 1024, "{}", rest.len());
    }

    #[tokio::test]
    async fn connections_beyond_the_limit_wait() {
        let (address, _end, _server) = start(1).await;
        let mut first = TcpStream::connect(address).await.unwrap();
        ask(&mut first, "/peer").await;
        answer(&mut first).await;
        let mut second = TcpStream::connect(address).await.unwrap();
        ask(&mut second, "/peer").await;
        let mut byte = [0];
        assert!(tokio::time::timeout(Duration::from_millis(200), second.read(&mut byte)).await.is_err());
        drop(first);
        assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
    }

    #[tokio::test]
    async fn what_is_not_http_is_turned_away() {
        let (address, _end, _server) = start(16).await;
        for hostile in [
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
            b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
        ] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(hostile).await.unwrap();
            assert!(answer(&mut stream).await.starts_with("HTTP/1.1 400"));
        }
        let mut stream = TcpStream::connect(address).await.unwrap();
        let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}", "y".repeat(2 * MAX_HEAD));
        // The server may hang up before it has read it all.
        let _ = stream.write_all(long.as_bytes()).await;
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 431"));
    }
}
