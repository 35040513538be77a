//! `ConfirmForgotPassword`.

use stepwell_core::auth::Realm;
use stepwell_core::sign_up::{Request, recovery};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ConfirmForgotPassword, ConfirmForgotPasswordRequest, ConfirmForgotPasswordResponse};

use crate::idp::auth::shapes::user_context;
use crate::operation::Operation;

impl Operation for ConfirmForgotPassword {
    async fn call(cx: &Context<'_>, input: ConfirmForgotPasswordRequest) -> Result<ConfirmForgotPasswordResponse> {
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await?;
        let request = Request {
            username: input.username.as_deref().unwrap_or_default(),
            secret_hash: input.secret_hash.as_ref(),
            user_context: &user_context(input.user_context_data),
            client_metadata: &input.client_metadata.unwrap_or_default(),
        };
        let code = input.confirmation_code.as_deref().unwrap_or_default();
        let password = input.password.as_deref().unwrap_or_default();
        recovery::confirm_forgot_password(cx, &realm, request, code, password).await?;
        Ok(ConfirmForgotPasswordResponse::default())
    }
}
