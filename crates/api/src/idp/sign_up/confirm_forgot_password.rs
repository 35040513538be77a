//! `ConfirmForgotPassword`.

use stepwell_core::auth::Realm;
use stepwell_core::sign_up::recovery;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ConfirmForgotPassword, ConfirmForgotPasswordRequest, ConfirmForgotPasswordResponse};

use crate::operation::Operation;

impl Operation for ConfirmForgotPassword {
    async fn call(cx: &Context<'_>, input: ConfirmForgotPasswordRequest) -> Result<ConfirmForgotPasswordResponse> {
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await?;
        let username = input.username.as_deref().unwrap_or_default();
        let code = input.confirmation_code.as_deref().unwrap_or_default();
        let password = input.password.as_deref().unwrap_or_default();
        let (hash, metadata) = (input.secret_hash.as_ref(), input.client_metadata.unwrap_or_default());
        recovery::confirm_forgot_password(cx, &realm, username, code, password, hash, &metadata).await?;
        Ok(ConfirmForgotPasswordResponse::default())
    }
}
