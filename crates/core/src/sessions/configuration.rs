//! Session tracking: switched on and bounded per pool, and what a client makes of SSO sessions (API,
//! `SetUserPoolSessionConfiguration`, `SetUserPoolClientSessionConfiguration`).

use serde::{Deserialize, Serialize};

use crate::clients::{self, AppClient};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::pools::plan::{self, Feature};
use crate::pools::{self, UserPool};
use stepwell_model::ErrorCode;

/// Session tracking of a pool. Not among the settings that `UpdateUserPool` replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionTracking {
    /// `UserSessionTracking` is ENABLED.
    pub enabled: bool,
    /// `TokenSession.MaxPerUser`: 1 to 100.
    pub max_per_user: u32,
}

impl Default for SessionTracking {
    fn default() -> Self {
        Self { enabled: false, max_per_user: 20 }
    }
}

/// `SSOSession.MaxValidityMinutes` of a client that was never configured.
pub const DEFAULT_SSO_MINUTES: u32 = 60;

/// Replaces a pool's session tracking as a whole.
pub async fn set(cx: &Context<'_>, pool_id: &str, tracking: SessionTracking) -> Result<UserPool> {
    pools::change(cx, pool_id, |pool| {
        plan::check(cx.domain, &pool.settings, Feature::SessionManagement)?;
        pool.session_tracking = tracking;
        Ok(())
    })
    .await
}

/// Replaces a client's session configuration as a whole. The pool must track sessions.
pub async fn set_client(cx: &Context<'_>, pool_id: &str, client_id: &str, minutes: u32) -> Result<AppClient> {
    let pool = pools::read(cx, pool_id).await?;
    plan::check(cx.domain, &pool.settings, Feature::SessionManagement)?;
    check_enabled(&pool)?;
    clients::change(cx, pool_id, client_id, |client| {
        client.sso_session_minutes = Some(minutes);
        Ok(())
    })
    .await
}

/// Refuses what needs session tracking in a pool without it.
pub(super) fn check_enabled(pool: &UserPool) -> Result<()> {
    if pool.session_tracking.enabled {
        return Ok(());
    }
    Err(Error::new(ErrorCode::OperationNotEnabled, "Session tracking is not enabled for this user pool."))
}
