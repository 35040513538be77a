//! Fetching from addresses that somebody else chose: issuers of tokens, STS endpoints of identity pools. Every such fetch goes
//! through this port, whose implementation guards the network behind it (architecture, decision 8).

use async_trait::async_trait;

/// A request to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The absolute URL.
    pub url: String,
    /// The body of a POST (`application/x-www-form-urlencoded`); none for a GET.
    pub form: Option<String>,
}

impl Outgoing {
    /// A GET.
    pub fn get(url: impl Into<String>) -> Self {
        Self { url: url.into(), form: None }
    }

    /// A POST of a form that is encoded already.
    pub fn post_form(url: impl Into<String>, form: impl Into<String>) -> Self {
        Self { url: url.into(), form: Some(form.into()) }
    }
}

/// What came back. A redirect is an answer like any other: none is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, at most 1 MiB.
    pub body: Vec<u8>,
}

/// Why there is no answer. The text is for the log: it may tell about the network inside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// The address may not be reached at all: not https, private, or no address.
    #[error("refused to fetch: {0}")]
    Refused(String),
    /// It could not be reached, or did not answer in time or within bounds.
    #[error("fetch failed: {0}")]
    Failed(String),
}

/// The way out.
#[async_trait]
pub trait Egress: Send + Sync {
    /// Sends a request and reads the answer: https only, a resolved address that is not private, no redirects, five seconds
    /// and 1 MiB in all, unless the operator trusts the host.
    async fn send(&self, request: Outgoing) -> Result<Answer, EgressError>;
}

/// There is no way out.
#[derive(Debug, Clone, Copy)]
pub struct NoEgress;

#[async_trait]
impl Egress for NoEgress {
    async fn send(&self, _: Outgoing) -> Result<Answer, EgressError> {
        Err(EgressError::Refused("this process has no way out".to_owned()))
    }
}
