//! Why a signature was refused, in AWS's codes and words.

use std::borrow::Cow;
use std::fmt;

use stepwell_model::ErrorCode;

/// The answer to every signature that does not fit, whatever the reason; it must not tell an attacker how far he came.
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. \
     Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// Which protocol the error will be answered in: the same error has different codes, texts and statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.1: Cognito user pools and identity pools.
    Json,
    /// AWS query: STS and IAM.
    Query,
}

/// A refused signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigV4Error {
    /// No version 4 signature at all: neither the header nor the query has one, or the Authorization header is of another
    /// scheme (Bearer, Basic). An operation that needs no signature goes on; any other answers this error.
    NotSigV4,
    /// A signature whose parts are missing or malformed. Carries the message.
    Incomplete(String),
    /// A whole signature that is not valid for this request, now and here. Carries the message.
    Invalid(Cow<'static, str>),
    /// The access key does not exist, is inactive, or its session token does not belong to it. For the caller's use:
    /// nothing in this module looks keys up.
    UnknownAccessKey,
    /// The session token was genuine and is over. For the caller's use.
    ExpiredToken,
}

impl SigV4Error {
    /// The signature is well-formed but not the one expected.
    pub(super) const fn mismatch() -> Self {
        Self::Invalid(Cow::Borrowed(MISMATCH))
    }

    /// The error's code in AWS JSON.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotSigV4 => ErrorCode::MissingAuthenticationToken,
            Self::Incomplete(_) => ErrorCode::IncompleteSignature,
            Self::Invalid(_) => ErrorCode::InvalidSignature,
            Self::UnknownAccessKey => ErrorCode::UnrecognizedClient,
            Self::ExpiredToken => ErrorCode::ExpiredCredentials,
        }
    }

    /// The error's name on the wire (`__type`, or `Code` in XML).
    pub const fn name(&self, protocol: Protocol) -> &'static str {
        match (self, protocol) {
            (_, Protocol::Json) => self.code().name(),
            (Self::NotSigV4, Protocol::Query) => "MissingAuthenticationToken",
            (Self::Incomplete(_), Protocol::Query) => "IncompleteSignature",
            (Self::Invalid(_), Protocol::Query) => "SignatureDoesNotMatch",
            (Self::UnknownAccessKey, Protocol::Query) => "InvalidClientTokenId",
            (Self::ExpiredToken, Protocol::Query) => "ExpiredToken",
        }
    }

    /// The text clients see. Printable ASCII only, so that it fits in a header.
    pub fn message(&self, protocol: Protocol) -> &str {
        match (self, protocol) {
            (Self::NotSigV4, Protocol::Json) => "Missing Authentication Token",
            (Self::NotSigV4, Protocol::Query) => "Request is missing Authentication Token",
            (Self::Incomplete(message), _) => message,
            (Self::Invalid(message), _) => message,
            (Self::UnknownAccessKey, _) => "The security token included in the request is invalid.",
            (Self::ExpiredToken, _) => "The security token included in the request is expired",
        }
    }

    /// The HTTP status: 400 throughout in JSON; 403 in the query protocol, save for a malformed signature (AWS IAM and STS
    /// API references, "Common Error Types").
    pub const fn status(&self, protocol: Protocol) -> u16 {
        match (self, protocol) {
            (_, Protocol::Json) | (Self::Incomplete(_), Protocol::Query) => 400,
            (_, Protocol::Query) => 403,
        }
    }
}

impl fmt::Display for SigV4Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(Protocol::Json), self.message(Protocol::Json))
    }
}

impl std::error::Error for SigV4Error {}

/// Makes a piece of a hostile request fit to be quoted in a message: short, printable ASCII.
pub(super) fn quotable(value: &str) -> String {
    const LONGEST: usize = 128;
    value.chars().take(LONGEST).map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect()
}
