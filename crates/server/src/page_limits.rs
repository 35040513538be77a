//! Limits per client address for pages that write, as the API has them for its operations.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use http::{Response, StatusCode};
use stepwell_api::ApiSettings;
use stepwell_api::wire::category::Category;
use stepwell_api::wire::limits::Limits;
use stepwell_core::Domain;

/// The pages that take codes or tokens, and so are limited as their operations are.
const LIMITED: [&str; 2] = ["/confirmUser", "/authEventFeedback"];

struct PageLimits {
    domain: Arc<Domain>,
    limits: Limits,
}

/// The same routes, limited.
pub(crate) fn limited(pages: Router, domain: &Arc<Domain>, settings: &ApiSettings) -> Router {
    let limits = Limits::new(settings.limits.clone(), settings.trusted_proxies.clone());
    let limits = PageLimits { domain: Arc::clone(domain), limits };
    pages.layer(middleware::from_fn_with_state(Arc::new(limits), check))
}

async fn check(State(pages): State<Arc<PageLimits>>, request: Request, next: Next) -> Response<Body> {
    let PageLimits { domain, limits } = &*pages;
    if LIMITED.contains(&request.uri().path()) {
        let address = limits.address(request.extensions(), request.headers());
        if !limits.allow_address(address, Category::UserCreation, domain.clock.now()) {
            let mut refused = Response::new(Body::from("Too many requests. Please try again later."));
            *refused.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            return refused;
        }
    }
    next.run(request).await
}
