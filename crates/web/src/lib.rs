//! The door for browsers and OpenID Connect clients: discovery documents, key sets, and the pages behind the links of
//! messages. Login pages and the OAuth endpoints move in here.

pub mod auth_event_feedback;
pub mod confirm_user;
pub mod page;
pub mod well_known;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use stepwell_core::Domain;

/// The routes of this door.
pub fn router(domain: Arc<Domain>) -> Router {
    Router::new()
        .route("/{pool_id}/.well-known/jwks.json", get(well_known::jwks).options(well_known::preflight))
        .route(
            "/{pool_id}/.well-known/openid-configuration",
            get(well_known::openid_configuration).options(well_known::preflight),
        )
        .route("/identity/.well-known/jwks_uri", get(well_known::identity_jwks).options(well_known::preflight))
        .route(
            "/identity/.well-known/openid-configuration",
            get(well_known::identity_configuration).options(well_known::preflight),
        )
        .route("/confirmUser", get(confirm_user::confirm))
        .route("/authEventFeedback", get(auth_event_feedback::ask).post(auth_event_feedback::tell))
        .with_state(domain)
}
