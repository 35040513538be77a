//! The domain of Stepwell: what an identity service decides, free of HTTP, SQL and the operating system.
//!
//! Doors (`api`, `web`) translate requests into calls of this crate; `store` remembers what it submits; everything
//! else it needs from outside (mail, clock, randomness) comes through the traits in [`ports`].

pub mod auth;
pub mod cache;
pub mod clients;
pub mod context;
pub mod devices;
pub mod domain;
mod encoding;
pub mod error;
pub mod groups;
pub mod iam;
pub mod identity_pools;
pub mod jobs;
pub mod keyring;
pub mod loopback;
pub mod messaging;
pub mod mfa;
pub mod paging;
pub mod passkeys;
pub mod pools;
pub mod ports;
pub mod quotas;
pub mod resource_servers;
pub mod risk;
pub mod seal;
pub mod sessions;
pub mod settings;
pub mod sign_up;
pub mod sts;
pub mod tokens;
pub mod triggers;
pub mod users;

pub use context::{Caller, Context, Principal};
pub use domain::Domain;
pub use error::{Error, Result};
pub use settings::Settings;
pub use stepwell_model::{ErrorCode, SecretString};

/// A point in time: milliseconds since the Unix epoch, UTC.
pub type Millis = i64;

/// One second in [`Millis`].
pub const SECOND: Millis = 1_000;
/// One minute in [`Millis`].
pub const MINUTE: Millis = 60 * SECOND;
/// One hour in [`Millis`].
pub const HOUR: Millis = 60 * MINUTE;
/// One day in [`Millis`].
pub const DAY: Millis = 24 * HOUR;
