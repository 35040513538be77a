//! Why a policy document is refused, in IAM's words as far as they are known.

use super::document::DocumentKind;

/// What IAM says of a managed policy of the 2008 language.
pub const VERSION_REQUIRED: &str = "Policy document must be version 2012-10-17 or greater.";

/// A refusal: the message of a `MalformedPolicyDocument` error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MalformedPolicy {
    message: String,
}

impl MalformedPolicy {
    /// The message for the caller.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    /// Text that is no JSON, or repeats a key. IAM and STS word it differently per kind of document.
    pub(super) fn json(kind: DocumentKind) -> Self {
        Self::new(match kind {
            DocumentKind::Identity => "Syntax errors in policy.",
            DocumentKind::Session => "The policy is not in the valid JSON format.",
            DocumentKind::Trust => "This policy contains invalid Json",
        })
    }

    /// JSON that is no policy.
    pub(super) fn syntax() -> Self {
        Self::new("Syntax errors in policy.")
    }

    /// A policy in whose values IAM finds no sense.
    pub(super) fn legacy() -> Self {
        Self::new("The policy failed legacy parsing")
    }

    /// An element that the kind of document requires.
    pub(super) fn missing(kind: DocumentKind, element: &str) -> Self {
        match kind {
            DocumentKind::Trust => Self::new(format!("Missing required field {element}")),
            DocumentKind::Identity | DocumentKind::Session => Self::syntax(),
        }
    }

    /// An element that the policy language does not have.
    pub(super) fn unknown(kind: DocumentKind, element: &str) -> Self {
        match kind {
            DocumentKind::Trust => Self::new(format!("Unknown field {element}")),
            DocumentKind::Identity | DocumentKind::Session => Self::syntax(),
        }
    }

    /// An element that the kind of document forbids.
    pub(super) fn prohibited(element: &str) -> Self {
        Self::new(format!("Has prohibited field {element}"))
    }
}
