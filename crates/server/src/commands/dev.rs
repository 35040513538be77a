//! `stepwell dev`: this machine only, any AWS credentials, a mailbox instead of real mail, a demo pool.

use std::io::Write as _;
use std::sync::Arc;

use stepwell_api::{ApiSettings, Mode as ApiMode};

use crate::background;
use crate::config::Config;
use crate::delivery::mailbox::Mailbox;
use crate::delivery::router::Routes;
use crate::dev_pages;
use crate::host_guard::HostGuard;
use crate::listen;
use crate::listen::connections::{self, Listener};
use crate::listen::local_certificate;
use crate::listen::signals::Shutdown;
use crate::routes;
use crate::screen::{self, Screen};
use crate::seed;
use crate::start::{Ambient, Reach, Role, StartError, open_domain};

/// Runs until a signal asks for the end.
pub(crate) async fn run(config: Config) -> Result<(), StartError> {
    let shutdown = Shutdown::on_signals().map_err(|error| StartError::new(format!("signals: {error}")))?;
    let socket = listen::bind(config.server.listen).await?;
    let address = socket.local_addr().map_err(|error| StartError::new(error.to_string()))?;
    let https_socket = listen::bind(listen::next_port(config.server.listen)?)
        .await
        .map_err(|error| StartError::new(format!("HTTPS, on the next port: {error}")))?;
    let https_address = https_socket.local_addr().map_err(|error| StartError::new(error.to_string()))?;
    let local_url = listen::local_origin("http", address);
    let public_url = config.server.public_url.clone().unwrap_or_else(|| local_url.clone());

    let ambient = Ambient::system();
    let mailbox = Arc::new(Mailbox::new(Arc::clone(&ambient.clock)));
    let delivery = Routes::new(&config, &public_url, &ambient, Some(Arc::clone(&mailbox)))?;
    let reach = Reach { public_url: public_url.clone(), email: delivery.takes_email(), sms: delivery.takes_sms() };
    let (domain, master_key) = open_domain(&config, Role::Server, &ambient, reach).await?;
    let extra_names =
        if config.dev.aws_hostnames { local_certificate::aws_hostnames(&config.identity.region) } else { Vec::new() };
    let certificate = local_certificate::get_or_make(&config.data.dir, &extra_names, ambient.clock.now())?;
    let tls = listen::tls_config(Arc::new(certificate))?;
    let demo = if config.dev.seed { seed::find_or_make(&domain).await? } else { None };

    let allow_remote = config.dev.allow_remote;
    let api = ApiSettings {
        mode: ApiMode::Dev { allow_remote },
        trusted_proxies: config.server.trusted_proxies.clone(),
        body_limit: config.server.body_limit,
        limits: config.limits.requests.clone(),
    };
    let guard = HostGuard { public_url: public_url.clone(), allow_remote };
    let pages = dev_pages::router(mailbox, Arc::clone(&ambient.rng), guard);
    let router = routes::router(&domain, api.clone()).merge(pages);
    let tasks = background::start(&domain, Arc::new(delivery), &shutdown);

    let screen = Screen {
        url: &local_url,
        https_url: &listen::local_origin("https", https_address),
        public_url: &public_url,
        data: &config.data.dir,
        master_key: &master_key,
        region: &config.identity.region,
        allow_remote,
        demo: demo.as_ref(),
    };
    // A closed standard output is no reason not to serve.
    let _ = std::io::stdout().write_all(screen::render(&screen, &*ambient.rng).as_bytes());
    tracing::info!(%address, %https_address, version = env!("CARGO_PKG_VERSION"), "dev server started");
    let listeners = vec![Listener { socket, tls: None }, Listener { socket: https_socket, tls: Some(tls) }];
    connections::serve(listeners, router, config.server.max_connections, &api, &shutdown).await;
    tasks.finish().await;
    Ok(())
}
