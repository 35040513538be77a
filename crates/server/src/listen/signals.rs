//! The end: SIGTERM and SIGINT ask for it once, and a second one insists.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells everything that runs that the end was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// Listens for signals. The first lets [`Self::wait`] return, the second ends the process.
    pub(crate) fn on_signals() -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            let mut either = async || {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            };
            either().await;
            tracing::info!("shutting down");
            sender.send_replace(true);
            either().await;
            std::process::exit(130);
        });
        Ok(Self(receiver))
    }

    /// Returns when the end was asked for.
    pub(crate) async fn wait(&mut self) {
        // An error means the sender is gone, and with it the runtime.
        let _ = self.0.wait_for(|asked| *asked).await;
    }

    /// The bare channel, true once the end was asked for.
    pub(crate) fn channel(&self) -> watch::Receiver<bool> {
        self.0.clone()
    }
}

#[cfg(test)]
impl Shutdown {
    /// One that the test asks for: by sending true.
    pub(crate) fn by_hand() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }
}
