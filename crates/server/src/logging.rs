//! The log: our own events, to standard error.

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::log::Log;

/// Starts the log. Only this project's crates write to it: what libraries would say at `debug` may hold what they carry.
pub(crate) fn start(settings: Log) {
    let ours = Targets::new().with_target("stepwell", settings.level);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let registry = tracing_subscriber::registry().with(ours);
    if settings.json {
        registry.with(layer.json().flatten_event(true)).init();
    } else {
        registry.with(layer.with_ansi(ansi)).init();
    }
    // A panic's text could hold anything; where it happened is enough to find it.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
}
