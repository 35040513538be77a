//! Background work: sending messages, pruning what has expired, removing what deleted pools left, watching the
//! configuration's version, keeping RSA keys in stock. Any node may run any of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::Domain;
use crate::error::Result;
use crate::messaging::outbox;
use crate::ports::delivery::Delivery;
use crate::{MINUTE, Millis};

const OUTBOX_PAUSE: Duration = Duration::from_secs(1);
const CONFIG_PAUSE: Duration = Duration::from_secs(1);
const PRUNE_PAUSE: Duration = Duration::from_secs(60);
/// Rows removed per statement, so that none holds the database for long.
const PRUNE_BATCH: u32 = 500;
const PRUNE_LEASE: Millis = 5 * MINUTE;

/// Runs all background work until `stop` becomes true.
pub async fn run(domain: Arc<Domain>, delivery: Arc<dyn Delivery>, stop: watch::Receiver<bool>) {
    tokio::join!(
        watch_config(&domain, stop.clone()),
        send_messages(&domain, &*delivery, stop.clone()),
        prune(&domain, stop.clone()),
        stock_keys(&domain, stop),
    );
}

/// Waits; false when it is time to stop.
async fn pause(duration: Duration, stop: &mut watch::Receiver<bool>) -> bool {
    // An elapsed time-out means: nobody said stop.
    tokio::time::timeout(duration, stop.wait_for(|stop| *stop)).await.is_err()
}

async fn watch_config(domain: &Domain, mut stop: watch::Receiver<bool>) {
    while pause(CONFIG_PAUSE, &mut stop).await {
        if let Err(error) = domain.poll_config().await {
            tracing::warn!(?error, "the configuration's version could not be read");
        }
    }
}

async fn send_messages(domain: &Domain, delivery: &dyn Delivery, mut stop: watch::Receiver<bool>) {
    loop {
        match outbox::send_due(domain, delivery).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(?error, "the outbox could not be worked on"),
        }
        tokio::select! {
            () = domain.outbox_ready.notified() => if *stop.borrow() { return },
            goes_on = pause(OUTBOX_PAUSE, &mut stop) => if !goes_on { return },
        }
    }
}

async fn prune(domain: &Domain, mut stop: watch::Receiver<bool>) {
    let owner = domain.rng.uuid();
    while pause(PRUNE_PAUSE, &mut stop).await {
        if let Err(error) = prune_once(domain, &owner).await {
            tracing::warn!(?error, "pruning failed");
        }
    }
}

/// Removes everything that is due, batch by batch, if no other node is doing it.
pub async fn prune_once(domain: &Domain, owner: &str) -> Result<()> {
    let jobs = &domain.stores.jobs;
    while jobs.take_lease("prune", owner, domain.clock.now(), PRUNE_LEASE).await? {
        let pruned = jobs.prune(domain.clock.now(), PRUNE_BATCH).await?;
        let left = jobs.delete_leftovers(PRUNE_BATCH).await?;
        if pruned + left == 0 {
            return Ok(());
        }
    }
    Ok(())
}

async fn stock_keys(domain: &Domain, mut stop: watch::Receiver<bool>) {
    // Not while the server is still busy starting.
    while pause(Duration::from_secs(5), &mut stop).await {
        while matches!(domain.key_stock.refill().await, Ok(true)) {}
    }
}
