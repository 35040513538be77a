//! `/confirmUser`: the link of a confirmation e-mail (`DefaultEmailOption` `CONFIRM_WITH_LINK`).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use http::{Response, StatusCode};
use serde::Deserialize;
use stepwell_core::auth::Realm;
use stepwell_core::context::Principal;
use stepwell_core::sign_up::confirm;
use stepwell_core::{Caller, Context, Domain, ErrorCode};

use crate::page;

/// What the link carries.
#[derive(Debug, Deserialize)]
pub struct Link {
    client_id: String,
    user_name: String,
    confirmation_code: String,
}

/// Confirms the user the link was sent to.
pub async fn confirm(State(domain): State<Arc<Domain>>, link: Result<Query<Link>, QueryRejection>) -> Response<Body> {
    let Ok(Query(link)) = link else { return invalid() };
    if [&link.client_id, &link.user_name, &link.confirmation_code].iter().any(|text| text.contains('\0')) {
        return invalid();
    }
    let caller = Caller {
        address: None,
        user_agent: None,
        referer: None,
        request_id: domain.rng.uuid(),
        principal: Principal::Anonymous,
    };
    let cx = Context { domain: &domain, caller: &caller };
    let confirmed = async {
        let realm = Realm::of_client(&cx, &link.client_id).await?;
        confirm::confirm_by_link(&cx, &realm, &link.user_name, &link.confirmation_code).await
    };
    match confirmed.await {
        Ok(()) => {
            page::message(StatusCode::OK, "Confirmed", "Your registration has been confirmed. You can sign in now.")
        }
        Err(error) if error.code().http_status() >= 500 => {
            tracing::error!(?error, "a confirmation link failed");
            page::message(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", "Please try again later.")
        }
        Err(error) if error.code() == ErrorCode::LimitExceeded => {
            page::message(StatusCode::TOO_MANY_REQUESTS, "Too many attempts", "Please try again after some time.")
        }
        Err(_) => invalid(),
    }
}

fn invalid() -> Response<Body> {
    page::message(
        StatusCode::BAD_REQUEST,
        "This link does not work",
        "It may have been used before, or be too old. Ask for a new one where you signed up.",
    )
}
