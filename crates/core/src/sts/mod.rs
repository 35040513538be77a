//! The security token service: temporary credentials, and what leads to them.

pub mod assume;
pub mod assume_role;
pub mod credentials;
pub mod holder;
mod role;
mod session_claims;
mod session_request;
pub mod session_token;
pub mod web_identity;

pub use assume::{IdentityGrant, for_identity};
pub(crate) use role::TrustPolicies;
pub(crate) use session_claims::is_tag_character;
pub use session_request::{Assumed, SessionRequest};

use stepwell_model::ErrorCode;

use crate::error::Error;

/// A parameter that the model accepts and STS does not.
fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::Validation, message)
}
