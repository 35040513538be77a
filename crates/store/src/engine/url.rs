//! The database URL: `sqlite:PATH`, or `postgres://…` with a TLS policy that is safe unless it says otherwise.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use stepwell_core::loopback::is_loopback;

use super::error::EngineError;

const DEFAULT_POOL_SIZE: usize = 16;

/// Where the data lives.
///
/// - `sqlite:///var/lib/stepwell/stepwell.db`, `sqlite:relative/path.db`
/// - `postgres://user:password@host:5432/database`, `postgresql://…`, several hosts for fail-over, or a socket folder as
///   `?host=/run/postgresql`. On top of what tokio-postgres reads: `sslmode` = `disable`, or `require`, `verify-ca` and
///   `verify-full`, which all three encrypt *and* verify chain and name (libpq's `require` would not);
///   `sslrootcert` = a PEM file, or `system`; `pool_size` = connections kept by this node (default 16).
///   Without `sslmode`, sockets and loopback addresses go unencrypted and everything else is verified.
#[derive(Debug, Clone)]
pub enum DatabaseUrl {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A server.
    Postgres(Box<PostgresUrl>),
}

/// A PostgreSQL server and how to reach it. Its `Debug` form redacts the password.
#[derive(Debug, Clone)]
pub struct PostgresUrl {
    pub(crate) config: tokio_postgres::Config,
    pub(crate) tls: Tls,
    pub(crate) pool_size: usize,
}

/// Whether and how connections are encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tls {
    Disabled,
    /// Verified against the operating system's roots.
    SystemRoots,
    /// Verified against the certificates of one PEM file.
    RootFile(PathBuf),
}

impl DatabaseUrl {
    /// Reads a URL. Errors name what is wrong and never repeat the URL, which may hold a password.
    pub fn parse(url: &str) -> Result<Self, EngineError> {
        if let Some(rest) = url.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            if path.is_empty() || path.contains(['?', '\0']) {
                return Err(unusable("a SQLite URL is sqlite:PATH, with no options"));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return PostgresUrl::parse(url).map(|url| Self::Postgres(Box::new(url)));
        }
        Err(unusable("a database URL begins with sqlite:, postgres:// or postgresql://"))
    }
}

impl PostgresUrl {
    fn parse(url: &str) -> Result<Self, EngineError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut left = Vec::new();
        let (mut mode, mut root, mut pool_size) = (None, None, DEFAULT_POOL_SIZE);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(value).decode_utf8_lossy();
            match key {
                "sslmode" => mode = Some(value.into_owned()),
                "sslrootcert" => root = Some(value.into_owned()),
                "pool_size" => {
                    pool_size = value
                        .parse()
                        .ok()
                        .filter(|size| (1..=1000).contains(size))
                        .ok_or_else(|| unusable("pool_size in the database URL must be a number from 1 to 1000"))?;
                }
                _ => left.push(pair),
            }
        }
        let stripped = if left.is_empty() { base.to_owned() } else { format!("{base}?{}", left.join("&")) };
        let mut config: tokio_postgres::Config =
            stripped.parse().map_err(|_| unusable("the PostgreSQL URL cannot be read"))?;
        if config.get_target_session_attrs() == TargetSessionAttrs::Any {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let tls = tls_policy(&config, mode.as_deref(), root)?;
        config.ssl_mode(if tls == Tls::Disabled { SslMode::Disable } else { SslMode::Require });
        Ok(Self { config, tls, pool_size })
    }
}

fn tls_policy(config: &tokio_postgres::Config, mode: Option<&str>, root: Option<String>) -> Result<Tls, EngineError> {
    let verified = match root {
        Some(file) if file != "system" => Tls::RootFile(PathBuf::from(file)),
        _ => Tls::SystemRoots,
    };
    match mode {
        Some("disable") => Ok(Tls::Disabled),
        None if verified == Tls::SystemRoots && is_local(config) => Ok(Tls::Disabled),
        None | Some("require" | "verify-ca" | "verify-full") => Ok(verified),
        Some(_) => Err(unusable(
            "sslmode in the database URL must be disable, require, verify-ca or verify-full \
             (allow and prefer would fall back to an unprotected connection)",
        )),
    }
}

/// Whether every host is a socket or a loopback address.
fn is_local(config: &tokio_postgres::Config) -> bool {
    let name_is_local = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => is_loopback(name),
    };
    config.get_hosts().iter().all(name_is_local) && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

fn unusable(message: &str) -> EngineError {
    EngineError::Unusable(message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(url: &str) -> Tls {
        match DatabaseUrl::parse(url).unwrap() {
            DatabaseUrl::Postgres(url) => url.tls,
            DatabaseUrl::Sqlite(_) => panic!("not PostgreSQL"),
        }
    }

    #[test]
    fn sqlite_paths() {
        for (url, path) in [("sqlite:///a/b.db", "/a/b.db"), ("sqlite:a/b.db", "a/b.db"), ("sqlite://a.db", "a.db")] {
            assert!(
                matches!(DatabaseUrl::parse(url).unwrap(), DatabaseUrl::Sqlite(found) if found.as_os_str() == path)
            );
        }
        for url in ["sqlite:", "sqlite:a.db?mode=memory", "mysql://x", "/a/b.db"] {
            assert!(DatabaseUrl::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn remote_hosts_are_verified_unless_told_otherwise() {
        assert_eq!(tls("postgres://u:p@db.example/x"), Tls::SystemRoots);
        assert_eq!(tls("postgres://u:p@db.example/x?sslmode=require"), Tls::SystemRoots);
        assert_eq!(tls("postgres://u:p@db.example/x?sslmode=disable"), Tls::Disabled);
        assert_eq!(tls("postgres://u:p@localhost,db.example/x"), Tls::SystemRoots);
        assert_eq!(tls("postgres://u:p@[::1]/x"), Tls::Disabled);
        assert_eq!(tls("postgres:///x?host=%2Frun%2Fpostgresql"), Tls::Disabled);
        assert_eq!(
            tls("postgres://u@127.0.0.1/x?sslrootcert=%2Fetc%2Fca.pem&sslmode=verify-full"),
            Tls::RootFile("/etc/ca.pem".into())
        );
        assert!(DatabaseUrl::parse("postgres://u@h/x?sslmode=prefer").is_err());
    }

    #[test]
    fn neither_debug_output_nor_errors_show_the_password() {
        let url = DatabaseUrl::parse("postgres://u:hunter2@db.example/x").unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
        let error = DatabaseUrl::parse("postgres://u:hunter2@db.example:notaport/x").unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }
}
