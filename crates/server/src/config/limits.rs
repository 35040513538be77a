//! Sections `limits` and `cache`: what this node allows and keeps.

use super::Mode;
use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "limits.per_address",
        "STEPWELL_LIMITS_PER_ADDRESS",
        Kind::Switch,
        "`true` in `serve`, `false` in `dev`",
        "Whether unsigned requests are limited per client address, on each node. Signed calls of administrators never count. The lockout of users is another thing, and always on.",
    ),
    Setting::new(
        "cache.pools",
        "STEPWELL_CACHE_POOLS",
        Kind::Number,
        "1000",
        "How many pools' configuration and keys stay in memory (and four times as many app clients).",
    ),
];

/// Sections `limits` and `cache`.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Per-address limits are on.
    pub(crate) per_address: bool,
    /// Pools kept in memory.
    pub(crate) cached_pools: usize,
}

pub(super) fn read(values: &Values, mode: Mode) -> Result<Limits, ConfigError> {
    Ok(Limits {
        per_address: values.switch("limits.per_address", mode == Mode::Serve),
        cached_pools: values.number("cache.pools", 1000, 1..=1_000_000)?,
    })
}
