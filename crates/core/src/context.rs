//! What every operation is given: the domain, and who is asking.

use std::net::IpAddr;

use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::tokens::AccessToken;

/// Who sends a request, as far as it has been proven.
#[derive(Debug, Clone)]
pub enum Principal {
    /// Nobody in particular: an unsigned call.
    Anonymous,
    /// The holder of an access key, proven by a SigV4 signature (or assumed in `dev`).
    AccessKey {
        /// The access key id.
        access_key_id: String,
    },
    /// A signed-in user, proven by an access token with the scope `aws.cognito.signin.user.admin`.
    User(Box<AccessToken>),
}

/// The sender of one request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The client's address, seen through the trusted proxies.
    pub address: Option<IpAddr>,
    /// The `User-Agent` header, as far as it is told to users who look at their sessions.
    pub user_agent: Option<String>,
    /// The request's id, a UUID; also the `event_id` of tokens it yields.
    pub request_id: String,
    /// What has been proven about the sender.
    pub principal: Principal,
}

/// One request's view of the domain.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The domain.
    pub domain: &'a Domain,
    /// Who asks.
    pub caller: &'a Caller,
}

impl<'a> Context<'a> {
    /// The verified access token of a token-authorized operation.
    pub fn access_token(&self) -> Result<&'a AccessToken> {
        match &self.caller.principal {
            Principal::User(token) => Ok(token),
            Principal::Anonymous | Principal::AccessKey { .. } => Err(Error::not_authorized("Invalid Access Token")),
        }
    }

    /// Now.
    pub fn now(&self) -> crate::Millis {
        self.domain.clock.now()
    }
}
