//! Failed attempts as the risk assessment sees them: at one user from one network, at one user from anywhere, and at
//! anybody from one network. They outlive the password lockout's, so that slow guessing adds up.

use super::source::{Source, trait_mac};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::Result;
use crate::ports::store::Write;
use crate::{DAY, MINUTE, Millis};

/// Attempts at one user are one series while none is further than this from the one before.
const OF_USER: Millis = DAY;
/// The same for a whole network, where strangers share one series.
const OF_NETWORK: Millis = 15 * MINUTE;

/// The three counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) here: i64,
    pub(super) anywhere: i64,
    pub(super) of_network: i64,
}

fn anywhere_key(sub: &str) -> String {
    format!("risk:{sub}")
}

/// A source without an address is a place of its own.
fn here_key(entry: &PoolEntry, sub: &str, source: &Source) -> String {
    let network = source.network().unwrap_or_default();
    format!("risk:{sub}:{}", hex::encode(trait_mac(entry, sub, "failures", &network)))
}

fn network_key(entry: &PoolEntry, source: &Source) -> Option<String> {
    Some(format!("risk-network:{}", hex::encode(trait_mac(entry, "", "failures", &source.network()?))))
}

/// Counts a failed attempt, durably. Somebody who does not exist costs what a user costs.
pub(super) async fn count(cx: &Context<'_>, entry: &PoolEntry, sub: &str, source: &Source) -> Result<()> {
    let guards = &cx.domain.stores.guards;
    let now = cx.now();
    guards.record_failure(&entry.id, &anywhere_key(sub), now, OF_USER).await?;
    guards.record_failure(&entry.id, &here_key(entry, sub, source), now, OF_USER).await?;
    if let Some(key) = network_key(entry, source) {
        guards.record_failure(&entry.id, &key, now, OF_NETWORK).await?;
    }
    Ok(())
}

/// Reads the counts.
pub(super) async fn read(cx: &Context<'_>, entry: &PoolEntry, sub: &str, source: &Source) -> Result<Counts> {
    Ok(Counts {
        here: read_one(cx, entry, &here_key(entry, sub, source), OF_USER).await?,
        anywhere: read_one(cx, entry, &anywhere_key(sub), OF_USER).await?,
        of_network: match network_key(entry, source) {
            Some(key) => read_one(cx, entry, &key, OF_NETWORK).await?,
            None => 0,
        },
    })
}

async fn read_one(cx: &Context<'_>, entry: &PoolEntry, key: &str, forget_after: Millis) -> Result<i64> {
    let failures = cx.domain.stores.guards.failures(&entry.id, key).await?;
    Ok(failures.filter(|failures| cx.now() < failures.last_at + forget_after).map_or(0, |failures| failures.count))
}

/// The writes that end the user's series after a sign-in. A network's goes on: one user's success says nothing about
/// the others.
pub(super) fn clear(entry: &PoolEntry, sub: &str, source: &Source) -> Vec<Write> {
    [anywhere_key(sub), here_key(entry, sub, source)]
        .into_iter()
        .map(|subject| Write::ClearFailures { pool_id: entry.id.clone(), subject })
        .collect()
}
