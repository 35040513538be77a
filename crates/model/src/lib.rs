//! The wire model of Amazon Cognito: request and response types of user pools (`idp`, 141 operations) and identity
//! pools (`identity`, 23), their constraints, error lists and dispatch table.
//!
//! `idp/`, `identity/`, `error_code.rs`, `patterns.rs` and `dispatch.rs` are written by `cargo xtask codegen` from the
//! pinned `botocore` package; deviations stand in `xtask/src/codegen/patches.rs`. Everything else here is what the
//! generated code stands on. There is no logic of Cognito in this crate.

mod blob;
mod constraint;
mod dispatch;
mod error_code;
mod operation;
mod pattern;
mod patterns;
mod secret;
mod timestamp;
pub mod validate;
mod wire;

pub mod identity;
pub mod idp;

pub use blob::Blob;
pub use dispatch::NOT_BUILT;
pub use error_code::ErrorCode;
pub use operation::{AuthMode, OperationInput, OperationMeta, OperationShape, Service, TokenRule};
pub use secret::SecretString;
pub use timestamp::Timestamp;
pub use validate::Validate;
pub use wire::WireEnum;

#[cfg(test)]
mod tests;
