//! The background work of the domain, beside the requests.

use std::sync::Arc;
use std::time::Duration;

use stepwell_core::Domain;
use stepwell_core::ports::delivery::Delivery;
use tokio::task::JoinHandle;

use crate::listen::signals::Shutdown;

/// For work that is under way when the end is asked for.
const FINISH: Duration = Duration::from_secs(5);

/// The running work.
#[derive(Debug)]
pub(crate) struct Background(JoinHandle<()>);

/// Starts it.
pub(crate) fn start(domain: &Arc<Domain>, delivery: Arc<dyn Delivery>, shutdown: &Shutdown) -> Background {
    Background(tokio::spawn(stepwell_core::jobs::run(Arc::clone(domain), delivery, shutdown.channel())))
}

impl Background {
    /// Waits for what is under way. What is left undone stands in the database and is done at the next start.
    pub(crate) async fn finish(self) {
        if tokio::time::timeout(FINISH, self.0).await.is_err() {
            tracing::warn!("background work did not stop in time; it goes on at the next start");
        }
    }
}
