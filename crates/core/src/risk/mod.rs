//! Threat protection: what it records of each attempt, and what it remembers of a user's successful sign-ins (developer
//! guide, "Advanced security with threat protection").

mod assess;
mod compromised;
mod configuration;
mod device;
mod events;
mod failures;
mod feedback;
mod history;
mod memory;
mod mode;
mod notify;
mod ranges;
mod score;
mod source;

use serde::{Deserialize, Serialize};

use crate::{DAY, Millis};

pub use assess::{
    Action, Assessment, Attempt, Carried, Outcome, assess, before_password, challenge_failed, failed, record, refuse,
    settle,
};
pub use compromised::check_new_password;
pub use configuration::{Filter, Level, RiskConfiguration, describe, set};
pub(crate) use device::name_of_user_agent;
pub use events::list;
pub use feedback::{by_admin, by_token};
pub use history::note;
pub use mode::{Flow, Mode, is_on, mode};
pub use source::Source;

/// How long an event is kept (developer guide, "Working with adaptive authentication": two years).
pub const EVENT_KEPT_FOR: Millis = 2 * 365 * DAY;

/// How long a place is remembered after its last use.
pub const MEMORY_KEPT_FOR: Millis = 365 * DAY;

/// How many places of one user are remembered, the latest.
pub const MEMORIES_PER_USER: u32 = 50;

/// One attempt of a user, as `AdminListUserAuthEvents` shows it. The words in it are the protocol's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthEvent {
    /// The pool.
    pub pool_id: String,
    /// The user.
    pub sub: String,
    /// A UUID.
    pub id: String,
    /// When.
    pub created_at: Millis,
    /// `SignIn`, `SignUp`, `ForgotPassword`, `PasswordChange` or `ResendCode`.
    pub event_type: String,
    /// `Pass`, `Fail` or `InProgress`.
    pub response: String,
    /// What was made of it.
    pub risk: EventRisk,
    /// The challenges answered so far, in order.
    pub challenges: Vec<EventChallenge>,
    /// Where it came from.
    pub context: EventContext,
    /// What somebody said of it afterwards.
    pub feedback: Option<EventFeedback>,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}

/// The risk of an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventRisk {
    /// `Low`, `Medium` or `High`; none without risk.
    pub level: Option<String>,
    /// `NoRisk`, `AccountTakeover` or `Block`.
    pub decision: Option<String>,
    /// True if the password stands in a breach corpus.
    pub compromised: Option<bool>,
}

/// One challenge of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventChallenge {
    /// `Password` or `Mfa`.
    pub name: String,
    /// `Success` or `Failure`.
    pub response: String,
}

/// Where an attempt came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventContext {
    /// The address.
    pub ip_address: Option<String>,
    /// The device's name.
    pub device_name: Option<String>,
    /// The device's time zone.
    pub timezone: Option<String>,
    /// The address's city.
    pub city: Option<String>,
    /// The address's country.
    pub country: Option<String>,
}

/// What somebody said of an attempt afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFeedback {
    /// `Valid` or `Invalid`.
    pub value: String,
    /// Who: `User` or `Admin`.
    pub provider: String,
    /// When.
    pub at: Millis,
}

/// Something seen at a successful sign-in: a device, a network or a place. Unique by user, kind and MAC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// The pool.
    pub pool_id: String,
    /// The user.
    pub sub: String,
    /// What was seen.
    pub kind: MemoryKind,
    /// HMAC of what identifies it, under a key of the pool.
    #[serde(with = "crate::encoding::bytes")]
    pub value_mac: Vec<u8>,
    /// The latest sign-in with it.
    pub last_at: Millis,
    /// Where on Earth, if that is known.
    pub location: Option<Location>,
}

/// What can be remembered of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryKind {
    /// A device, by its fingerprint.
    Device,
    /// A network the address belongs to.
    Network,
    /// A place the address is at.
    Place,
}

impl MemoryKind {
    /// The stored form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Network => "network",
            Self::Place => "place",
        }
    }
}

/// A point on Earth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}
