//! User sessions that a pool tracks: the record (developer guide, "Managing user sessions").

mod activity;
pub mod configuration;
mod manage;
mod sign_in;

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::users::User;

pub use configuration::SessionTracking;
pub(crate) use manage::forget;
pub use manage::{Reach, SessionPage, list_for_admin, list_own, revoke_for_admin, revoke_own};
pub use sign_in::{after_sign_in, at_refresh, at_sign_in};

use manage::end;

/// A tracked session as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSession {
    /// The pool.
    pub pool_id: String,
    /// The user.
    pub sub: String,
    /// `tkn` or `sso` and 25 lowercase letters and digits.
    pub id: String,
    /// What it consists of.
    pub kind: SessionKind,
    /// The client that it began at.
    pub client_id: String,
    /// The sign-in that all its tokens descend from; none for a session of the login pages.
    pub origin_jti: Option<String>,
    /// The user's generation when it began: signing out everywhere ends it.
    #[serde(default)]
    pub generation: i64,
    /// When it began.
    pub created_at: Millis,
    /// End of its life at the latest; pruned after it.
    pub expires_at: Millis,
    /// The SSO session that a token session came from.
    pub linked_to: Option<String>,
    /// When it was last used (sign-in, refresh, rotation). A column of its own, changed without reading the rest.
    #[serde(skip)]
    pub last_used_at: Millis,
    /// What was seen of that last use. A column of its own, as above.
    #[serde(skip)]
    pub activity: SessionActivity,
}

impl UserSession {
    /// True if the user has not been signed out everywhere since.
    pub fn is_of(&self, user: &User) -> bool {
        self.generation == user.generation
    }
}

/// What a session consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// The tokens of one sign-in.
    Token,
    /// A session of the login pages.
    Sso,
}

impl SessionKind {
    /// The stored form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Sso => "sso",
        }
    }
}

/// Who used a session last. Each use overwrites it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionActivity {
    /// The address (at most 128 characters).
    pub ip_address: Option<String>,
    /// Operating system and browser or app, or `unknown` (at most 1,024 characters).
    pub device: Option<String>,
    /// The city the address is in (at most 256 characters).
    pub city: Option<String>,
    /// The country's English name, likewise.
    pub country: Option<String>,
}
