//! The one error type of the domain: a code the protocol knows, a message for the caller, a source for the log.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use stepwell_model::ErrorCode;

use crate::ports::store::StoreError;

/// The result of everything the domain does.
pub type Result<T> = std::result::Result<T, Error>;

/// A refusal or failure. `message` is written for the caller and never holds a secret or an internal detail;
/// `source` is for the log only.
pub struct Error {
    code: ErrorCode,
    message: Cow<'static, str>,
    reason_code: Option<&'static str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with the code and the text the caller sees.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), reason_code: None, source: None }
    }

    /// `NotAuthorizedException`.
    pub fn not_authorized(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::NotAuthorized, message)
    }

    /// `InvalidParameterException`.
    pub fn invalid_parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidParameter, message)
    }

    /// `ResourceNotFoundException`.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::ResourceNotFound, message)
    }

    /// `LimitExceededException` with Cognito's wording for too many attempts.
    pub fn attempt_limit() -> Self {
        Self::new(ErrorCode::LimitExceeded, "Attempt limit exceeded, please try after some time.")
    }

    /// `InternalErrorException`; the source goes to the log, the caller learns nothing of it.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            code: ErrorCode::InternalError,
            message: Cow::Borrowed("Something went wrong"),
            reason_code: None,
            source: Some(source.into()),
        }
    }

    /// Adds the `reasonCode` that some `InvalidParameterException`s carry.
    #[must_use]
    pub fn with_reason_code(mut self, reason_code: &'static str) -> Self {
        self.reason_code = Some(reason_code);
        self
    }

    /// The protocol's code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The text for the caller.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The `reasonCode`, where there is one.
    pub fn reason_code(&self) -> Option<&'static str> {
        self.reason_code
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.code)
            .field("message", &self.message)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Nul => Self::invalid_parameter("Values must not contain the NUL character"),
            StoreError::Unavailable(_) | StoreError::Ambiguous(_) | StoreError::Corrupt(_) => Self::internal(error),
        }
    }
}
