//! The door for AWS clients: AWS JSON 1.1 requests, SigV4 signatures, AWS-shaped errors; one file per operation.

pub mod authorize;
pub mod iam;
pub mod identity;
pub mod idp;
pub mod operation;
pub mod sts;
pub mod verification;
pub mod wire;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use http::{Request, Response};
use stepwell_core::Domain;

use wire::dispatch::Dispatcher;
pub use wire::{ApiSettings, Mode};

/// A router that answers AWS calls on every path, so that any path prefix works. Put more specific routes before it.
pub fn router(domain: Arc<Domain>, settings: ApiSettings) -> Router {
    let dispatcher = Arc::new(Dispatcher::new(domain, settings));
    Router::new().fallback(handle).with_state(dispatcher)
}

async fn handle(State(dispatcher): State<Arc<Dispatcher>>, request: Request<Body>) -> Response<Body> {
    dispatcher.handle(request).await
}
