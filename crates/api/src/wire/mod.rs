//! The wire: dispatch by target, signatures, errors, addresses, throttling.

pub mod authenticate;
pub mod body;
pub mod category;
pub mod client_address;
pub mod cognito_sync;
pub mod cors;
pub mod dispatch;
pub mod error;
pub mod limits;
pub mod origin;
pub mod query;
pub mod sigv4;
pub mod throttle;

use client_address::Cidr;
use limits::LimitSettings;

/// How the door is set up.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Who may call signed operations.
    pub mode: Mode,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Cidr>,
    /// The longest request body in bytes.
    pub body_limit: usize,
    /// How many requests are let through in a second.
    pub limits: LimitSettings,
}

/// Who may call signed operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Whoever signs with any credentials, from this machine's own tools (`stepwell dev`).
    Dev {
        /// Other machines, too.
        allow_remote: bool,
    },
    /// Holders of an access key, by verified signature (`stepwell serve`).
    Serve,
}
