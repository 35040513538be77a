//! Sign-in: one state machine behind every door.
//!
//! ```text
//! Start ──USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH──► password checked ──► finish
//! Start ──USER_SRP_AUTH──► PASSWORD_VERIFIER (state in SECRET_BLOCK) ──► finish
//! Start ──REFRESH_TOKEN_AUTH──► tokens
//! finish ──FORCE_CHANGE_PASSWORD──► NEW_PASSWORD_REQUIRED (state in Session) ──► tokens
//! finish ──CONFIRMED──► tokens
//! ```
//!
//! [`machine::advance`] is the only way from one state to the next. A challenge is answered only with the sealed state
//! that offered it, by the same client and user, in time, once.

pub mod facts;
pub mod lockout;
pub mod machine;
pub mod new_password;
pub mod password;
pub mod secret_hash;
pub mod session;
pub mod srp;
pub mod srp_exchange;
pub mod subject;

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

/// Named values of a request or challenge (`USERNAME`, `PASSWORD`, `SRP_A`, …).
pub type Parameters = BTreeMap<String, SecretString>;

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

/// The challenges this build can offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeName {
    /// Prove the password with SRP.
    PasswordVerifier,
    /// Choose a new password.
    NewPasswordRequired,
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
    },
    /// Signed in.
    Tokens(TokenSet),
}

/// Starts a sign-in.
pub async fn initiate(cx: &Context<'_>, realm: &Realm, flow: AuthFlow, parameters: &Parameters) -> Result<Next> {
    if !realm.client.allows(flow) {
        return Err(Error::invalid_parameter(format!("{} flow not enabled for this client", flow.name())));
    }
    machine::advance(cx, realm, Step::Start { flow, parameters }).await
}

/// Answers a challenge.
pub async fn respond(
    cx: &Context<'_>,
    realm: &Realm,
    challenge: ChallengeName,
    session: Option<&str>,
    parameters: &Parameters,
) -> Result<Next> {
    machine::advance(cx, realm, Step::answer(cx, realm, challenge, session, parameters)?).await
}

/// A parameter that must be there and not be empty.
pub(crate) fn required<'a>(parameters: &'a Parameters, name: &str) -> Result<&'a str> {
    match parameters.get(name) {
        Some(value) if !value.is_empty() => Ok(value),
        _ => Err(Error::invalid_parameter(format!("Missing required parameter {name}"))),
    }
}
