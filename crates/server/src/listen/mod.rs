//! Listening: sockets, TLS, HTTP/1.1, and an orderly end.

pub(crate) mod connections;
mod descriptors;
pub(crate) mod file_certificate;
pub(crate) mod local_certificate;
mod shares;
pub(crate) mod signals;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rustls::server::ResolvesServerCert;
use tokio::net::TcpListener;

use crate::start::StartError;

/// Binds a socket.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        StartError::new(format!("cannot listen on {address}: {error} (choose another with --listen ADDR:PORT)"))
    })
}

/// Where HTTPS goes in `dev`: the next port, or any where HTTP takes any.
pub(crate) fn next_port(address: SocketAddr) -> Result<SocketAddr, StartError> {
    match address.port() {
        0 => Ok(address),
        port => match port.checked_add(1) {
            Some(next) => Ok(SocketAddr::new(address.ip(), next)),
            None => {
                Err(StartError::new("port 65535 leaves no port for HTTPS; choose a lower one with --listen ADDR:PORT"))
            }
        },
    }
}

/// The origin by which this machine reaches a socket. A socket on all addresses is reached as `localhost`.
pub(crate) fn local_origin(scheme: &str, address: SocketAddr) -> String {
    match address.ip() {
        ip if ip.is_unspecified() => format!("{scheme}://localhost:{}", address.port()),
        IpAddr::V4(ip) => format!("{scheme}://{ip}:{}", address.port()),
        IpAddr::V6(ip) => format!("{scheme}://[{ip}]:{}", address.port()),
    }
}

/// TLS as a server, with whatever certificate the resolver has.
pub(crate) fn tls_config(certificates: Arc<dyn ResolvesServerCert>) -> Result<Arc<rustls::ServerConfig>, StartError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StartError::new(format!("TLS: {error}")))?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_and_ports() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        assert_eq!(local_origin("http", address("127.0.0.1:80")), "http://127.0.0.1:80");
        assert_eq!(local_origin("http", address("[::1]:80")), "http://[::1]:80");
        assert_eq!(local_origin("https", address("0.0.0.0:80")), "https://localhost:80");
        assert_eq!(next_port(address("127.0.0.1:9229")).unwrap().port(), 9230);
        assert_eq!(next_port(address("127.0.0.1:0")).unwrap().port(), 0);
        assert!(next_port(address("127.0.0.1:65535")).is_err());
    }
}
