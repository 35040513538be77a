//! A user's authenticator app at rest, and checking its codes: sealed by the pool's key, bound to the user, each time step
//! good for one success.

use super::totp::{Secret, Step};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::rng::Rng;
use crate::ports::store::Write;
use crate::seal::Purpose;
use stepwell_model::ErrorCode;

/// Seals a secret for a user.
pub fn seal(rng: &dyn Rng, entry: &PoolEntry, sub: &str, secret: &Secret) -> Result<Vec<u8>> {
    entry.keys.seal(rng, Purpose::SoftwareToken, &[sub], secret.as_bytes())
}

/// Opens a user's secret.
pub fn open(entry: &PoolEntry, sub: &str, sealed: &[u8]) -> Result<Secret> {
    let plain = entry.keys.unseal(Purpose::SoftwareToken, &[sub], sealed).map_err(Error::internal)?;
    Ok(Secret::from_bytes(plain))
}

/// What a code was found to be.
#[derive(Debug)]
pub enum Checked {
    /// Right; the write uses its time step up, so that nobody who looked on can use it again.
    Right(Box<Write>),
    /// Right once, but used.
    Used,
    /// Not the code of a present time step.
    Wrong,
}

/// Checks a code against a sealed secret of a user.
pub async fn check(cx: &Context<'_>, entry: &PoolEntry, sub: &str, sealed: &[u8], code: &str) -> Result<Checked> {
    let Some(step) = open(entry, sub, sealed)?.step_of(code, cx.now()) else { return Ok(Checked::Wrong) };
    let id = step_id(sub, step);
    if cx.domain.stores.guards.is_spent(&entry.pool.id, &id).await? {
        return Ok(Checked::Used);
    }
    let pool_id = entry.pool.id.clone();
    Ok(Checked::Right(Box::new(Write::Spend { pool_id, id, expires_at: step.forgotten_at() })))
}

/// The name under which a user's time step is used up, whichever of the user's secrets its code came from.
fn step_id(sub: &str, step: Step) -> String {
    format!("totp:{sub}:{}", step.number())
}

/// Refuses pools that offer no authenticator apps.
pub(super) fn check_offered(entry: &PoolEntry) -> Result<()> {
    if entry.settings.mfa.software_token {
        return Ok(());
    }
    Err(Error::new(ErrorCode::SoftwareTokenMFANotFound, "Software Token MFA has not been enabled by the userPool"))
}
