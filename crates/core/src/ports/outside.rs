//! Services outside this deployment that pools may ask for. Each is "not configured" unless the operator named one.

use std::sync::Arc;

use super::breaches::{Breaches, NoBreaches};
use super::egress::{Egress, NoEgress};
use super::geo::{Geo, NoGeo};
use super::kms::{Kms, NoKms};
use super::lambda::{Lambda, NoLambda};
use crate::identity_pools::external_sts::ExternalSts;

/// What the domain reaches beyond its database and clock.
#[derive(Clone)]
pub struct Outside {
    /// Where trigger functions run.
    pub lambda: Arc<dyn Lambda>,
    /// Where the secrets of custom senders are encrypted.
    pub kms: Arc<dyn Kms>,
    /// Passwords that stand in public leaks.
    pub breaches: Arc<dyn Breaches>,
    /// Where addresses are.
    pub geo: Arc<dyn Geo>,
    /// Addresses that somebody else chose.
    pub egress: Arc<dyn Egress>,
    /// Which identity pools hand out credentials of another STS.
    pub external_sts: ExternalSts,
}

impl Default for Outside {
    fn default() -> Self {
        Self {
            lambda: Arc::new(NoLambda),
            kms: Arc::new(NoKms),
            breaches: Arc::new(NoBreaches),
            geo: Arc::new(NoGeo),
            egress: Arc::new(NoEgress),
            external_sts: ExternalSts::default(),
        }
    }
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").finish_non_exhaustive()
    }
}
