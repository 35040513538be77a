//! Sign-in: one state machine behind every door.
//!
//! ```text
//! Start ──USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH──────────────────────────► password ─┐
//! Start ──USER_SRP_AUTH──► PASSWORD_VERIFIER (state in SECRET_BLOCK) ───────────► password ─┤
//! Start ──USER_AUTH──► SELECT_CHALLENGE ──► PASSWORD | PASSWORD_SRP | EMAIL_OTP | SMS_OTP   │
//!                                           | WEB_AUTHN ────────────────► first factor ─────┤
//! Start ──CUSTOM_AUTH──► [PASSWORD_VERIFIER] ──► CUSTOM_CHALLENGE … ──► the pool's own ─────┤
//! Start ──REFRESH_TOKEN_AUTH──► tokens                                                      ▼
//!                                                                             first_factor::done
//!   UNCONFIRMED, RESET_REQUIRED: refused · FORCE_CHANGE_PASSWORD ──► NEW_PASSWORD_REQUIRED ─┤
//!                                                                                           ▼
//!                                                                            second_factor::next
//!   DEVICE_SRP_AUTH ──► DEVICE_PASSWORD_VERIFIER ─┐
//!   SMS_MFA | EMAIL_OTP | SOFTWARE_TOKEN_MFA ─────┤
//!   SELECT_MFA_TYPE ──► one of them               ├──► finish::sign_in ──► tokens
//!   MFA_SETUP (and VerifySoftwareToken) ──────────┤
//!   nothing more to prove ────────────────────────┘
//! ```
//!
//! [`machine::advance`] is the only way from one state to the next. A challenge is answered only with the sealed state
//! that offered it, by the same client and user, in time, once.

pub mod challenge;
pub mod choice;
pub mod custom;
pub mod device;
pub mod facts;
pub mod finish;
pub mod first_factor;
pub mod lockout;
pub mod machine;
pub mod mfa_setup;
pub mod new_password;
pub mod otp;
pub mod password;
pub mod progress;
pub mod request;
pub mod second_factor;
pub mod secret_block;
pub mod secret_hash;
pub mod session;
pub mod software_token;
pub mod srp;
pub mod srp_exchange;
pub mod step_up;
pub mod subject;
pub mod web_authn;

use std::collections::BTreeMap;
use std::sync::Arc;

use stepwell_model::SecretString;

use crate::cache::PoolEntry;
use crate::clients::AppClient;
use crate::clients::flows::AuthFlow;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::tokens::TokenSet;
use machine::Step;

pub use challenge::{ChallengeName, FirstFactor};
pub use request::{ClientMetadata, Door, Parameters, Request, UserContext};

/// The client and pool a sign-in runs in.
#[derive(Debug, Clone)]
pub struct Realm {
    /// The app client.
    pub client: Arc<AppClient>,
    /// The pool.
    pub entry: Arc<PoolEntry>,
}

impl Realm {
    /// The realm of an unsigned call, which names only the client.
    pub async fn of_client(cx: &Context<'_>, client_id: &str) -> Result<Self> {
        let (client, entry) = cx.domain.client_and_pool(client_id).await?;
        Ok(Self { client, entry })
    }

    /// The realm of an administrator's call, which names pool and client.
    pub async fn of_admin(cx: &Context<'_>, pool_id: &str, client_id: &str) -> Result<Self> {
        let entry = cx.domain.pool(pool_id).await?;
        let client = cx.domain.client_of_pool(pool_id, client_id).await?;
        Ok(Self { client, entry })
    }

    /// True if the client asked that unknown users look like wrong passwords.
    pub fn masks_users(&self) -> bool {
        self.client.settings.prevent_user_existence_errors
    }
}

/// What a step leads to.
#[derive(Debug)]
pub enum Next {
    /// Another step is needed.
    Challenge {
        /// Which.
        name: ChallengeName,
        /// What the client needs to answer it.
        parameters: BTreeMap<String, String>,
        /// The sealed state to send back; none where the state travels in the parameters.
        session: Option<SecretString>,
        /// What can be selected, where the challenge is to select.
        available: Vec<FirstFactor>,
    },
    /// Signed in.
    Tokens {
        /// The tokens.
        tokens: TokenSet,
        /// A device key made for a device that had none.
        new_device: Option<NewDevice>,
    },
}

/// A device key and its group (`NewDeviceMetadata`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// `DeviceKey`.
    pub key: String,
    /// `DeviceGroupKey`.
    pub group_key: String,
}

/// Starts a sign-in.
pub async fn initiate(cx: &Context<'_>, realm: &Realm, flow: AuthFlow, request: &Request<'_>) -> Result<Next> {
    if !realm.client.allows(flow) {
        return Err(not_enabled(flow));
    }
    machine::advance(cx, realm, Step::Start { flow }, request).await
}

/// In Cognito's words, which differ by flow: apps look for them.
fn not_enabled(flow: AuthFlow) -> Error {
    Error::invalid_parameter(match flow {
        AuthFlow::UserSrp => format!("{} is not enabled for the client.", flow.name()),
        AuthFlow::AdminUserPassword => "Auth flow not enabled for this client".to_owned(),
        AuthFlow::UserPassword | AuthFlow::RefreshToken | AuthFlow::Custom | AuthFlow::UserAuth => {
            format!("{} flow not enabled for this client", flow.name())
        }
    })
}

/// Answers a challenge.
pub async fn respond(cx: &Context<'_>, realm: &Realm, challenge: ChallengeName, request: &Request<'_>) -> Result<Next> {
    let step = Step::answer(cx, realm, challenge, request).await?;
    machine::advance(cx, realm, step, request).await
}

/// A parameter that must be there and not be empty.
pub(crate) fn required<'a>(parameters: &'a Parameters, name: &str) -> Result<&'a str> {
    match parameters.get(name) {
        Some(value) if !value.is_empty() => Ok(value),
        _ => Err(Error::invalid_parameter(format!("Missing required parameter {name}"))),
    }
}
