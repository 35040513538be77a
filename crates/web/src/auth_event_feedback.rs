//! `/authEventFeedback`: the links of a notification about a risky sign-in (`{one-click-link-valid}` and
//! `{one-click-link-invalid}`). Following one only asks: programs that look at mail follow links, too, and what they would
//! say must not count. The button on the page says it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use http::{Response, StatusCode};
use serde::Deserialize;
use stepwell_core::context::Principal;
use stepwell_core::{Caller, Context, Domain, risk};

use crate::page;

/// What the link carries.
#[derive(Debug, Deserialize)]
pub struct Link {
    user_pool_id: String,
    user_name: String,
    event_id: String,
    feedback_token: String,
    feedback_value: String,
}

impl Link {
    /// What it says: that it was the user, or was not.
    fn is_valid(&self) -> Option<bool> {
        match self.feedback_value.as_str() {
            "Valid" => Some(true),
            "Invalid" => Some(false),
            _ => None,
        }
    }
}

/// Asks whether that is what the user wants to say. The form goes back to the link's own address.
pub async fn ask(link: Result<Query<Link>, QueryRejection>) -> Response<Body> {
    match link.ok().and_then(|Query(link)| link.is_valid()) {
        Some(true) => page::question("Was this you?", "Tell us that you signed in yourself.", "Yes, it was me"),
        Some(false) => page::question(
            "Was this somebody else?",
            "Tell us that it was not you who signed in. Change your password as well.",
            "No, it was not me",
        ),
        None => broken(),
    }
}

/// Takes note of it.
pub async fn tell(State(domain): State<Arc<Domain>>, link: Result<Query<Link>, QueryRejection>) -> Response<Body> {
    let Ok(Query(link)) = link else { return broken() };
    let Some(valid) = link.is_valid() else { return broken() };
    let texts = [&link.user_pool_id, &link.user_name, &link.event_id];
    if texts.into_iter().any(|text| text.contains('\0')) {
        return broken();
    }
    let caller = Caller {
        address: None,
        user_agent: None,
        referer: None,
        request_id: domain.rng.uuid(),
        principal: Principal::Anonymous,
    };
    let cx = Context { domain: &domain, caller: &caller };
    let (pool_id, name) = (&link.user_pool_id, &link.user_name);
    match risk::by_token(&cx, pool_id, name, &link.event_id, &link.feedback_token, valid).await {
        Ok(()) => page::message(StatusCode::OK, "Thank you", "We took note of it."),
        Err(error) if error.code().http_status() >= 500 => {
            tracing::error!(?error, "a feedback link failed");
            page::message(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", "Please try again later.")
        }
        Err(_) => broken(),
    }
}

fn broken() -> Response<Body> {
    page::message(StatusCode::BAD_REQUEST, "This link does not work", "It may be too old, or not be complete.")
}
