//! The wire model of Amazon Cognito: request and response types of user pools (`idp`, 141 operations) and identity
//! pools (`identity`, 23), and of what stands behind their credentials, STS (`sts`) and IAM (`iam`, the operations that
//! Stepwell has); their constraints, error lists and dispatch table.
//!
//! `idp/`, `identity/`, `sts/`, `iam/`, `error_code.rs`, `patterns.rs` and `dispatch.rs` are written by `cargo xtask codegen` from the
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

pub mod iam;
pub mod identity;
pub mod idp;
pub mod sts;

pub use blob::Blob;
pub use dispatch::NOT_BUILT;
pub use error_code::ErrorCode;
pub use operation::{AuthMode, OperationInput, OperationMeta, OperationShape, Protocol, Service, TokenRule};
pub use secret::SecretString;
pub use timestamp::{TIMESTAMP, Timestamp};
pub use validate::Validate;
pub use wire::WireEnum;

#[cfg(test)]
mod tests;
