//! Verification of signatures for other services: who signed a request that arrived there, and do the signer's policies
//! allow it?
//!
//! An operation of Stepwell's own, `Stepwell.VerifyRequest`, spoken to as the others are (AWS JSON 1.1, signed for the
//! service `stepwell`): so it has the same phases, limits and audit, and whoever calls it needs a policy that allows
//! `stepwell:VerifyRequest`. See `docs/decisions/0023-verification-for-other-services.md`.

mod context;
mod shapes;
mod verify_request;

pub use shapes::{VerifyRequestRequest, VerifyRequestResponse};

use stepwell_model::{AuthMode, ErrorCode, OperationMeta, OperationShape, Service};

/// `VerifyRequest`.
#[derive(Debug, Clone, Copy)]
pub struct VerifyRequest;

impl OperationShape for VerifyRequest {
    type Input = VerifyRequestRequest;
    type Output = VerifyRequestResponse;
    const META: OperationMeta = OperationMeta {
        service: Service::Stepwell,
        name: "VerifyRequest",
        resource: "verification",
        auth: AuthMode::SigV4,
        errors: &[ErrorCode::InternalError, ErrorCode::InvalidParameter],
        has_output: true,
    };
}
