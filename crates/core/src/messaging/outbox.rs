//! The outbox: messages wait here, sealed, until the next hop has taken them.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, TryStreamExt as _};
use tokio::sync::Semaphore;

use crate::cache::PoolEntry;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::ports::delivery::{Delivery, DeliveryError, Message};
use crate::ports::store::{OutboxMessage, Write};
use crate::seal::Purpose;
use crate::triggers::custom_sender;
use crate::{DAY, MINUTE, Millis, SECOND};

/// How long a worker's messages stay its own after it was last heard of: so long do they wait when it dies.
const LEASE: Millis = 10 * SECOND;
/// How often a worker says that it still has a message in hand.
const RENEWAL: Duration = Duration::from_secs(3);
/// How many messages are on their way at the same time.
const AT_ONCE: usize = 8;
/// How many messages are taken at once.
const BATCH: u32 = 32;
/// When a message that cannot be delivered is given up: its code is void by then.
const GIVE_UP_AFTER: Millis = DAY;
/// The first pause before a retry; each further one is twice as long, up to an hour.
const FIRST_PAUSE: Millis = 5 * SECOND;
const LONGEST_PAUSE: Millis = 60 * MINUTE;

/// The write that puts a message into the outbox.
pub fn enqueue(domain: &Domain, entry: &PoolEntry, message: &Message) -> Result<Write> {
    let id = domain.rng.uuid();
    put(domain, entry, message, &[&id], &id)
}

/// The write that puts a message to nobody into the outbox. It costs what another costs, and is thrown away when its
/// turn comes, because it is sealed so that it does not open.
pub fn enqueue_unreadable(domain: &Domain, entry: &PoolEntry, message: &Message) -> Result<Write> {
    let id = domain.rng.uuid();
    put(domain, entry, message, &[&id, "nobody"], &id)
}

fn put(domain: &Domain, entry: &PoolEntry, message: &Message, bound_to: &[&str], id: &str) -> Result<Write> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(message).map_err(Error::internal)?);
    let sealed = entry.keys.seal(&*domain.rng, Purpose::Outbox, bound_to, &plain)?;
    let now = domain.clock.now();
    Ok(Write::Enqueue(OutboxMessage {
        id: id.to_owned(),
        pool_id: entry.pool.id.clone(),
        due_at: now,
        expires_at: now + GIVE_UP_AFTER,
        attempts: 0,
        sealed,
    }))
}

/// Sends what is due; returns how many messages were taken. A message is sent at least once: twice, if the process
/// dies between the next hop's yes and the removal.
pub async fn send_due(domain: &Domain, delivery: &dyn Delivery) -> Result<usize> {
    let messages = domain.stores.jobs.take_messages(domain.clock.now(), LEASE, BATCH).await?;
    let taken = messages.len();
    // Several at once, so that one slow receiver does not hold up everybody's messages. Those that wait are held, too.
    let slots = &Semaphore::new(AT_ONCE);
    stream::iter(messages.into_iter().map(Ok))
        .try_for_each_concurrent(None, |message| async move { send(domain, delivery, slots, &message).await })
        .await?;
    Ok(taken)
}

async fn send(domain: &Domain, delivery: &dyn Delivery, slots: &Semaphore, message: &OutboxMessage) -> Result<()> {
    let jobs = &domain.stores.jobs;
    let Some((entry, content)) = open(domain, message).await else {
        // A message to nobody; or the pool is gone, and its key with it: nobody can read the message any more.
        return Ok(jobs.finish_message(&message.id).await?);
    };
    let handed_over = async {
        // Never closed.
        let _slot = slots.acquire().await;
        hand_over(domain, delivery, &entry, &content).await
    };
    match held(domain, &message.id, handed_over).await {
        Ok(()) => jobs.finish_message(&message.id).await?,
        Err(error) => {
            let now = domain.clock.now();
            let over = matches!(error, DeliveryError::Permanent(_)) || now >= message.expires_at;
            tracing::warn!(id = message.id, pool = message.pool_id, %error, over, "message not delivered");
            if over {
                jobs.finish_message(&message.id).await?;
            } else {
                jobs.retry_message(&message.id, now + pause(message.attempts)).await?;
            }
        }
    }
    Ok(())
}

/// Does the work, and meanwhile keeps the message from other workers.
async fn held<T>(domain: &Domain, id: &str, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        if let Ok(done) = tokio::time::timeout(RENEWAL, &mut work).await {
            return done;
        }
        // If it fails, another worker may send the message once more; given up half-way it would be no better.
        if let Err(error) = domain.stores.jobs.retry_message(id, domain.clock.now() + LEASE).await {
            tracing::warn!(id, %error, "a message in hand could not be held");
        }
    }
}

/// To the operator's transport, or to the pool's own function.
async fn hand_over(
    domain: &Domain,
    delivery: &dyn Delivery,
    entry: &PoolEntry,
    content: &Message,
) -> std::result::Result<(), DeliveryError> {
    let Message::Custom(custom) = content else { return delivery.send(content).await };
    let outcome = custom_sender::send(domain, entry, custom).await;
    if !matches!(outcome, Err(DeliveryError::Temporary(_))) {
        delivery.observe_custom(custom);
    }
    outcome
}

async fn open(domain: &Domain, message: &OutboxMessage) -> Option<(Arc<PoolEntry>, Message)> {
    let entry = domain.pool(&message.pool_id).await.ok()?;
    let plain = entry.keys.unseal(Purpose::Outbox, &[&message.id], &message.sealed).ok()?;
    let content = serde_json::from_slice(&plain).ok()?;
    Some((entry, content))
}

fn pause(attempts: i64) -> Millis {
    let doublings = u32::try_from(attempts.clamp(0, 20)).unwrap_or(20);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}
