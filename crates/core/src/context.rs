//! What every operation is given: the domain, and who is asking.

use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::iam::Signer;
use crate::tokens::AccessToken;

/// Who sends a request, as far as it has been proven.
#[derive(Debug, Clone)]
pub enum Principal {
    /// Nobody in particular: an unsigned call.
    Anonymous,
    /// The holder of credentials, proven by a SigV4 signature (or assumed in `dev`).
    Signed(Arc<Signer>),
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
    /// The `Referer` header, which policies may ask for; it proves nothing.
    pub referer: Option<String>,
    /// The request's id, a UUID; also the `event_id` of tokens it yields.
    pub request_id: String,
    /// What has been proven about the sender.
    pub principal: Principal,
}

impl Caller {
    /// The client's address as what one requester does is counted: of IPv6 the network that one customer has. Empty if it
    /// is not known.
    pub fn network(&self) -> String {
        match self.address {
            None => String::new(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
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
            Principal::Anonymous | Principal::Signed(_) => Err(Error::not_authorized("Invalid Access Token")),
        }
    }

    /// Who signed the request of a signed operation.
    pub fn signer(&self) -> Result<&'a Arc<Signer>> {
        match &self.caller.principal {
            Principal::Signed(signer) => Ok(signer),
            Principal::Anonymous | Principal::User(_) => {
                Err(Error::new(stepwell_model::ErrorCode::MissingAuthenticationToken, "Missing Authentication Token"))
            }
        }
    }

    /// Now.
    pub fn now(&self) -> crate::Millis {
        self.domain.clock.now()
    }
}
