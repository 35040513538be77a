//! `StartWebAuthnRegistration`.

use stepwell_core::passkeys;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    StartWebAuthnRegistration, StartWebAuthnRegistrationRequest, StartWebAuthnRegistrationResponse,
};

use crate::operation::Operation;

impl Operation for StartWebAuthnRegistration {
    async fn call(
        cx: &Context<'_>,
        _input: StartWebAuthnRegistrationRequest,
    ) -> Result<StartWebAuthnRegistrationResponse> {
        let options = passkeys::start(cx).await?;
        Ok(StartWebAuthnRegistrationResponse { credential_creation_options: Some(options) })
    }
}
