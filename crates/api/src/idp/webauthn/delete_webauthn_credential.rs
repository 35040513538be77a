//! `DeleteWebAuthnCredential`.

use stepwell_core::passkeys;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    DeleteWebAuthnCredential, DeleteWebAuthnCredentialRequest, DeleteWebAuthnCredentialResponse,
};

use crate::operation::Operation;

impl Operation for DeleteWebAuthnCredential {
    async fn call(
        cx: &Context<'_>,
        input: DeleteWebAuthnCredentialRequest,
    ) -> Result<DeleteWebAuthnCredentialResponse> {
        passkeys::delete(cx, input.credential_id.as_deref().unwrap_or_default()).await?;
        Ok(DeleteWebAuthnCredentialResponse::default())
    }
}
