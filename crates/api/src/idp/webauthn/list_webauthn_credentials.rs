//! `ListWebAuthnCredentials`.

use stepwell_core::passkeys;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ListWebAuthnCredentials, ListWebAuthnCredentialsRequest, ListWebAuthnCredentialsResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListWebAuthnCredentials {
    async fn call(cx: &Context<'_>, input: ListWebAuthnCredentialsRequest) -> Result<ListWebAuthnCredentialsResponse> {
        let (passkeys, next_token) = passkeys::list(cx, input.max_results, input.next_token.as_deref()).await?;
        let credentials = passkeys.into_iter().map(shapes::passkey).collect();
        Ok(ListWebAuthnCredentialsResponse { credentials: Some(credentials), next_token })
    }
}
