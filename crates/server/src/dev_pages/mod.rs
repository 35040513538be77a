//! The pages of `dev`, under `/dev`.

mod mailbox;

use std::sync::Arc;

use axum::Router;

use crate::delivery::mailbox::Mailbox;
use crate::host_guard::{HostGuard, refuse_foreign};
use stepwell_core::ports::rng::Rng;

/// The pages, behind the guard.
pub(crate) fn router(mailbox: Arc<Mailbox>, rng: Arc<dyn Rng>, guard: HostGuard) -> Router {
    mailbox::router(mailbox, rng).layer(axum::middleware::from_fn_with_state(Arc::new(guard), refuse_foreign))
}
