//! All doors in one router: health, the pools' published documents, and AWS calls on every other path.

use std::sync::Arc;

use axum::Router;
use stepwell_api::ApiSettings;
use stepwell_core::Domain;

use crate::{health, page_limits};

/// The routes that `dev` and `serve` have in common.
pub(crate) fn router(domain: &Arc<Domain>, api: ApiSettings) -> Router {
    health::router(Arc::clone(domain))
        .merge(page_limits::limited(stepwell_web::router(Arc::clone(domain)), domain, &api))
        .fallback_service(stepwell_api::router(Arc::clone(domain), api))
}
