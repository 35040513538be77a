//! `/healthz`: the process is alive. `/readyz`: the database answers, too.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use stepwell_core::Domain;

const PING_TIMEOUT: Duration = Duration::from_secs(3);

/// The two routes.
pub(crate) fn router(domain: Arc<Domain>) -> Router {
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready)).with_state(domain)
}

async fn ready(State(domain): State<Arc<Domain>>) -> (StatusCode, &'static str) {
    match tokio::time::timeout(PING_TIMEOUT, domain.stores.jobs.ping()).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer in time\n"),
    }
}
