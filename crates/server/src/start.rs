//! Putting the parts together: database, master key, domain. What `dev`, `serve` and the tools have in common.

use std::sync::Arc;

use stepwell_core::domain::OpenDomainError;
use stepwell_core::ports::clock::Clock;
use stepwell_core::ports::rng::Rng;
use stepwell_core::ports::store::Stores;
use stepwell_core::{Domain, Settings};

use crate::clock::SystemClock;
use crate::config::{Config, ConfigError, Mode};
use crate::files;
use crate::master_key::{self, MasterKeySource};
use crate::outside;
use crate::rng::OsRng;

/// Why a command could not do its work. Written for the operator; never holds a secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct StartError(String);

impl StartError {
    /// An error with this text.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl From<ConfigError> for StartError {
    fn from(error: ConfigError) -> Self {
        Self(error.to_string())
    }
}

impl From<stepwell_core::Error> for StartError {
    fn from(error: stepwell_core::Error) -> Self {
        // The operator is told what callers of the API are not.
        match std::error::Error::source(&error) {
            Some(source) => Self(format!("{error}: {source}")),
            None => Self(error.to_string()),
        }
    }
}

impl From<stepwell_core::ports::store::StoreError> for StartError {
    fn from(error: stepwell_core::ports::store::StoreError) -> Self {
        Self(error.to_string())
    }
}

/// The system's clock and randomness.
#[derive(Clone)]
pub(crate) struct Ambient {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
}

impl Ambient {
    /// The system's.
    pub(crate) fn system() -> Self {
        Self { clock: Arc::new(SystemClock), rng: Arc::new(OsRng::new()) }
    }
}

/// How the database is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// By a server; on SQLite there is one.
    Server,
    /// By a short-lived command beside it.
    Tool,
}

/// What of the settings depends on more than the configuration.
#[derive(Debug)]
pub(crate) struct Reach {
    /// The origin in issuers and links.
    pub(crate) public_url: String,
    /// E-mail goes somewhere.
    pub(crate) email: bool,
    /// Text messages go somewhere.
    pub(crate) sms: bool,
}

/// Opens the database. A server makes what is missing; a tool run in the wrong folder makes nothing.
pub(crate) async fn open_stores(config: &Config, role: Role) -> Result<Stores, StartError> {
    let url = config.data.database_url();
    if role == Role::Tool
        && let Some(path) = url.strip_prefix("sqlite:")
        && !std::path::Path::new(path).exists()
    {
        return Err(StartError::new(format!(
            "there is no database at {path}: start the server once, or say which one with --config, --data or --dev"
        )));
    }
    files::make_private_folder(&config.data.dir)?;
    let stores = match role {
        Role::Server => stepwell_store::open(&url).await,
        Role::Tool => stepwell_store::open_tool(&url).await,
    };
    stores.map_err(|error| StartError::new(format!("database: {error}")))
}

/// Opens database and domain; makes a master key where there is none yet.
pub(crate) async fn open_domain(
    config: &Config,
    role: Role,
    ambient: &Ambient,
    reach: Reach,
) -> Result<(Arc<Domain>, MasterKeySource), StartError> {
    let stores = open_stores(config, role).await?;
    let (master, source) = master_key::obtain(config, &stores, &*ambient.rng).await?;
    let settings = Settings {
        region: config.identity.region.clone(),
        account_id: config.identity.account_id.clone(),
        public_url: reach.public_url,
        issuer: config.identity.issuer,
        dev: config.mode == Mode::Dev,
        cached_pools: config.limits.cached_pools,
        default_email_from: config.email.from.clone(),
        email_available: reach.email,
        sms_available: reach.sms,
        all_features: config.identity.all_features,
        android_apps: config.android_apps.clone(),
    };
    let (clock, rng) = (Arc::clone(&ambient.clock), Arc::clone(&ambient.rng));
    match Domain::open(stores, clock, rng, settings, master).await {
        Ok(domain) => Ok((Arc::new(domain.with_outside(outside::from_config(config, ambient)?)), source)),
        Err(OpenDomainError::WrongMasterKey) => {
            Err(StartError::new(format!("{} ({source})", OpenDomainError::WrongMasterKey)))
        }
        Err(OpenDomainError::Other(error)) => Err(error.into()),
    }
}
