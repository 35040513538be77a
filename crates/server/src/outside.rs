//! The services outside that the configuration names.

use std::sync::Arc;

use stepwell_core::ports::outside::Outside;

use crate::config::Config;
use crate::egress::Egress;
use crate::start::{Ambient, StartError};
use crate::{breaches, geo, kms, triggers};

/// Those that are configured; the others refuse.
pub(crate) fn from_config(config: &Config, ambient: &Ambient) -> Result<Outside, StartError> {
    let egress = Arc::new(Egress::default());
    let threats = &config.threat_protection;
    Ok(Outside {
        breaches: breaches::from_config(threats.breaches.as_ref(), Arc::clone(&egress))?,
        geo: geo::from_config(threats)?,
        kms: kms::from_config(config.kms.service.as_ref(), Arc::clone(&egress), Arc::clone(&ambient.clock)),
        lambda: triggers::from_config(&config.triggers, egress, ambient),
    })
}
