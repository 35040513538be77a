//! Limits per client address for pages that write, as the API has them for its operations.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{self, Next};
use http::{Response, StatusCode};
use stepwell_api::ApiSettings;
use stepwell_api::wire::client_address::client_address;
use stepwell_api::wire::throttle::{Category, Throttle};
use stepwell_core::Domain;

/// The one page that answers codes, and so is limited as their operation is.
const CONFIRM: &str = "/confirmUser";

struct Limits {
    domain: Arc<Domain>,
    settings: ApiSettings,
    throttle: Throttle,
}

/// The same routes, limited.
pub(crate) fn limited(pages: Router, domain: &Arc<Domain>, settings: &ApiSettings) -> Router {
    let limits = Limits { domain: Arc::clone(domain), settings: settings.clone(), throttle: Throttle::default() };
    pages.layer(middleware::from_fn_with_state(Arc::new(limits), check))
}

async fn check(State(limits): State<Arc<Limits>>, request: Request, next: Next) -> Response<Body> {
    if request.uri().path() == CONFIRM && limits.settings.address_limits && !limits.allow(&request) {
        let mut refused = Response::new(Body::from("Too many requests. Please try again later."));
        *refused.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        return refused;
    }
    next.run(request).await
}

impl Limits {
    fn allow(&self, request: &Request) -> bool {
        let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() else { return true };
        let forwarded: Vec<&str> =
            request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
        let address = client_address(peer.ip(), &forwarded, &self.settings.trusted_proxies);
        self.throttle.check(address.into(), Category::UserCreation, self.domain.clock.now())
    }
}
