//! The services outside that the configuration names.

use std::sync::Arc;

use stepwell_core::ports::outside::Outside;

use crate::config::{Config, Mode};
use crate::egress::Egress;
use crate::outbound::Outbound;
use crate::start::{Ambient, StartError};
use crate::{breaches, geo, kms, triggers};

/// Those that are configured; the others refuse.
pub(crate) fn from_config(config: &Config, ambient: &Ambient) -> Result<Outside, StartError> {
    let egress = Arc::new(Egress::default());
    let threats = &config.threat_protection;
    // The operator wrote the addresses of other STSes, not a caller.
    let stses = config.external_sts.pools.values().chain(&config.external_sts.default);
    let authority = |url: &str| url.parse::<http::Uri>().ok()?.authority().map(|host| host.as_str().to_lowercase());
    let trusted = config.egress.trusted_hosts.iter().cloned();
    let trusted = trusted.chain(stses.filter_map(|endpoint| authority(&endpoint.url))).collect();
    let outbound = Outbound::new(Arc::clone(&egress), trusted, config.mode == Mode::Dev);
    Ok(Outside {
        breaches: breaches::from_config(threats.breaches.as_ref(), Arc::clone(&egress))?,
        egress: Arc::new(outbound),
        external_sts: config.external_sts.clone(),
        geo: geo::from_config(threats)?,
        kms: kms::from_config(config.kms.service.as_ref(), Arc::clone(&egress), Arc::clone(&ambient.clock)),
        lambda: triggers::from_config(&config.triggers, egress, ambient),
    })
}
