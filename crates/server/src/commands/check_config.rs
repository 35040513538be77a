//! `stepwell check-config`: everything about the configuration that can be checked without starting.

use crate::config::Config;
use crate::delivery::router::Routes;
use crate::listen::file_certificate::FileCertificate;
use crate::start::{Ambient, StartError};

/// Checks the files that the configuration names, too; returns what to print.
pub(crate) fn run(config: &Config) -> Result<String, StartError> {
    if let Some(tls) = &config.server.tls {
        FileCertificate::read(tls)?;
    }
    stepwell_store::engine::DatabaseUrl::parse(&config.data.database_url())
        .map_err(|error| StartError::new(format!("data.database: {error}")))?;
    let public_url = config.server.public_url.as_deref().unwrap_or_default();
    Routes::new(config, public_url, &Ambient::system(), None)?;
    Ok(format!("{}\n\nThe configuration is valid.\n", config.description.join("\n")))
}
