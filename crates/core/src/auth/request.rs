//! What one call of a sign-in brings.

use std::collections::BTreeMap;

use stepwell_model::SecretString;

use super::{Realm, required};
use crate::clients::flows::AuthFlow;
use crate::context::Context;
use crate::error::Result;
use crate::risk;

/// Named values of a request or challenge (`USERNAME`, `PASSWORD`, `SRP_A`, …).
pub type Parameters = BTreeMap<String, SecretString>;

/// `ClientMetadata`: what the client wants triggers to know. Not stored, not verified.
pub type ClientMetadata = BTreeMap<String, String>;

/// Which of the two doors a call came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// `InitiateAuth`, `RespondToAuthChallenge`.
    App,
    /// `AdminInitiateAuth`, `AdminRespondToAuthChallenge`: an administrator's signed call.
    Admin,
}

/// What a client says about the user's device and network (`UserContextData`, `ContextData`). Believed only where the
/// client can keep a secret and the pool's owner asked for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserContext {
    /// `EncodedData`: a fingerprint of the device, made by AWS's client libraries; opaque.
    pub encoded_data: Option<String>,
    /// `IpAddress`: the user's address as the client saw it.
    pub ip_address: Option<String>,
    /// `User-Agent` among the `HttpHeaders` of the user's request to the caller (administrators' calls only).
    pub user_agent: Option<String>,
}

/// One call of a sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The door.
    pub door: Door,
    /// `AuthParameters` or `ChallengeResponses`.
    pub parameters: &'a Parameters,
    /// `Session`.
    pub session: Option<&'a str>,
    /// `ClientMetadata` of the call that begins a sign-in: only `PreAuthentication` and `UserMigration` get it (API,
    /// `InitiateAuthRequest.ClientMetadata`).
    pub validation_data: &'a ClientMetadata,
    /// `ClientMetadata` of a call that answers a challenge: all other triggers get it.
    pub client_metadata: &'a ClientMetadata,
    /// What the client says about the user's device.
    pub user_context: &'a UserContext,
}

impl<'a> Request<'a> {
    /// A parameter that must be there and not be empty.
    pub fn required(&self, name: &str) -> Result<&'a str> {
        required(self.parameters, name)
    }

    /// A parameter that may be left out; an empty one counts as left out.
    pub fn optional(&self, name: &str) -> Option<&'a str> {
        self.parameters.get(name).map(|value| &**value).filter(|value| !value.is_empty())
    }

    /// Where the call comes from, as threat protection sees it.
    pub fn source(&self, cx: &Context<'_>, realm: &Realm) -> risk::Source {
        risk::Source::of(cx, realm, self.door, self.user_context)
    }

    /// Which of threat protection's two settings a flow falls under.
    pub fn risk_flow(&self, flow: AuthFlow) -> risk::Flow {
        if flow == AuthFlow::Custom { risk::Flow::Custom } else { risk::Flow::Standard }
    }

    /// `SECRET_HASH`.
    pub fn secret_hash(&self) -> Option<&'a SecretString> {
        self.parameters.get("SECRET_HASH")
    }
}
