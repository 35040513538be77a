//! `CompleteWebAuthnRegistration`.

use stepwell_core::passkeys;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    CompleteWebAuthnRegistration, CompleteWebAuthnRegistrationRequest, CompleteWebAuthnRegistrationResponse,
};

use crate::operation::Operation;

impl Operation for CompleteWebAuthnRegistration {
    async fn call(
        cx: &Context<'_>,
        input: CompleteWebAuthnRegistrationRequest,
    ) -> Result<CompleteWebAuthnRegistrationResponse> {
        passkeys::complete(cx, &input.credential.unwrap_or_default()).await?;
        Ok(CompleteWebAuthnRegistrationResponse::default())
    }
}
