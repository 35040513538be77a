//! All doors in one router: health, the pools' published documents, and AWS calls on every other path.

use std::sync::Arc;

use axum::Router;
use stepwell_api::{ApiSettings, Mode};
use stepwell_core::Domain;

use crate::{front_page, health, page_limits};

/// The routes that `dev` and `serve` have in common.
pub(crate) fn router(domain: &Arc<Domain>, api: ApiSettings) -> Router {
    let pages = page_limits::limited(stepwell_web::router(Arc::clone(domain)), domain, &api);
    let dev = matches!(api.mode, Mode::Dev { .. });
    let api = stepwell_api::router(Arc::clone(domain), api);
    health::router(Arc::clone(domain))
        .merge(pages)
        .route("/", front_page::route(api.clone(), dev))
        .fallback_service(api)
}
