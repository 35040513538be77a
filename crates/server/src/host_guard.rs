//! Who may see the `/dev` pages: this machine's own tools and the pages themselves. The rule is the API's for signed
//! operations of `dev` ([`stepwell_api::wire::origin`]), so that there is one.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use stepwell_api::wire::origin;

/// What the rule needs to know.
#[derive(Debug)]
pub(crate) struct HostGuard {
    /// The public origin; its host is ours too.
    pub(crate) public_url: String,
    /// `--allow-remote`: any Host is ours.
    pub(crate) allow_remote: bool,
}

/// Middleware that refuses web pages of another origin and foreign Host names.
pub(crate) async fn refuse_foreign(State(guard): State<Arc<HostGuard>>, request: Request, next: Next) -> Response {
    if origin::is_own(request.headers(), &guard.public_url, guard.allow_remote) {
        return next.run(request).await;
    }
    let text = "Refused: this page is for this machine, under a loopback name, and not for web pages of another origin.\n\
        If you followed a link, open the address by hand.\n";
    (StatusCode::FORBIDDEN, text).into_response()
}
