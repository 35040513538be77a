//! `stepwell serve`: signatures verified, real delivery, no development settings.

use std::io::Write as _;
use std::sync::Arc;

use stepwell_api::{ApiSettings, Mode as ApiMode};
use stepwell_core::iam::access_key::NewAccessKey;

use crate::access_keys;
use crate::background;
use crate::config::Config;
use crate::delivery::router::Routes;
use crate::listen;
use crate::listen::connections::{self, Listener};
use crate::listen::file_certificate::FileCertificate;
use crate::listen::signals::Shutdown;
use crate::master_key::MasterKeySource;
use crate::routes;
use crate::start::{Ambient, Reach, Role, StartError, open_domain};

/// Runs until a signal asks for the end.
pub(crate) async fn run(config: Config) -> Result<(), StartError> {
    let shutdown = Shutdown::on_signals().map_err(|error| StartError::new(format!("signals: {error}")))?;
    let certificate = config.server.tls.as_ref().map(FileCertificate::read).transpose()?.map(Arc::new);
    let tls = match &certificate {
        Some(certificate) => Some(listen::tls_config(Arc::clone(certificate) as _)?),
        None => None,
    };
    let socket = listen::bind(config.server.listen).await?;
    let address = socket.local_addr().map_err(|error| StartError::new(error.to_string()))?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let public_url = config.server.public_url.clone().unwrap_or_else(|| listen::local_origin(scheme, address));

    let ambient = Ambient::system();
    let delivery = Routes::new(&config, &public_url, &ambient, None)?;
    let reach = Reach { public_url: public_url.clone(), email: delivery.takes_email(), sms: delivery.takes_sms() };
    let (domain, master_key) = open_domain(&config, Role::Server, &ambient, reach).await?;
    if let Some(key) = access_keys::ensure_root(&domain, config.root.as_ref()).await? {
        show_once(&key);
    }
    warn(&config, &master_key, &delivery);

    let api = ApiSettings {
        mode: ApiMode::Serve,
        trusted_proxies: config.server.trusted_proxies.clone(),
        body_limit: config.server.body_limit,
        limits: config.limits.requests.clone(),
    };
    let router = routes::router(&domain, api.clone());
    let tasks = background::start(&domain, Arc::new(delivery), &shutdown);
    let renewal = certificate.map(|certificate| tokio::spawn(certificate.keep_current()));
    tracing::info!(%address, public_url, version = env!("CARGO_PKG_VERSION"), "serving");
    connections::serve(vec![Listener { socket, tls }], router, config.server.max_connections, &api, &shutdown).await;
    if let Some(renewal) = renewal {
        renewal.abort();
    }
    tasks.finish().await;
    Ok(())
}

/// The one time a made key is shown: on standard output, not in the log.
fn show_once(new: &NewAccessKey) {
    let text = format!(
        "The administrator's access key. It is shown only this once:\n\n  AWS_ACCESS_KEY_ID={}\n  AWS_SECRET_ACCESS_KEY={}\n\n",
        new.key.access_key_id,
        new.secret.as_str()
    );
    // Without a standard output the key is lost; `stepwell keys create` makes another.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// What an operator should know about choices that were made by default.
fn warn(config: &Config, master_key: &MasterKeySource, delivery: &Routes) {
    if let MasterKeySource::Made(path) = master_key {
        tracing::warn!(
            path = %path.display(),
            "a master key was made. Without it the database cannot be opened: keep a copy, apart from the database's backups"
        );
    }
    let server = &config.server;
    if server.tls.is_none() && !server.listen.ip().is_loopback() && server.trusted_proxies.is_empty() {
        tracing::warn!(
            "plain HTTP off loopback, and no trusted proxy: set server.tls_cert_file, or let a proxy terminate TLS and \
             name it in server.trusted_proxies"
        );
    }
    if !delivery.takes_email() {
        tracing::warn!("no e-mail transport: set email.smtp or email.ses, or no code arrives by e-mail");
    }
}
