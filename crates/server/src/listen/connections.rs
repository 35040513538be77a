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
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use super::signals::Shutdown;

/// For the head of a request, and between requests of one connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// For the TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
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
pub(crate) async fn serve(listeners: Vec<Listener>, router: Router, max_connections: usize, shutdown: &Shutdown) {
    let graceful = Arc::new(GracefulShutdown::new());
    let slots = Arc::new(Semaphore::new(max_connections));
    let mut loops = tokio::task::JoinSet::new();
    for Listener { socket, tls } in listeners {
        let tls = tls.map(TlsAcceptor::from);
        let (router, slots, graceful) = (router.clone(), Arc::clone(&slots), Arc::clone(&graceful));
        let mut shutdown = shutdown.clone();
        loops.spawn(async move {
            tokio::select! {
                () = accept(socket, tls, router, slots, &graceful) => {}
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
        let (tls, router, watcher) = (tls.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            handle(stream, peer, tls, router, watcher).await;
            drop(slot);
        });
    }
}

async fn handle(stream: TcpStream, peer: SocketAddr, tls: Option<TlsAcceptor>, router: Router, watcher: Watcher) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
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
