//! The operator's breach corpus: a folder of range files, or an endpoint that serves them.

mod directory;
mod endpoint;

use std::sync::Arc;

use stepwell_core::ports::breaches::{Breaches, NoBreaches};

use crate::config::threat_protection::BreachCorpus;
use crate::egress::Egress;
use crate::start::StartError;
use directory::Directory;
use endpoint::Endpoint;

/// The corpus that is configured. One that cannot be read keeps the server from starting: pools rely on it.
pub(crate) fn from_config(corpus: Option<&BreachCorpus>, egress: Arc<Egress>) -> Result<Arc<dyn Breaches>, StartError> {
    Ok(match corpus {
        None => Arc::new(NoBreaches),
        Some(BreachCorpus::Directory(path)) => Arc::new(Directory::open(path).map_err(StartError::new)?),
        Some(BreachCorpus::Endpoint(base)) => Arc::new(Endpoint::new(base, egress)),
    })
}
