//! `ForgotPassword`.

use stepwell_core::auth::Realm;
use stepwell_core::sign_up::{Request, recovery};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ForgotPassword, ForgotPasswordRequest, ForgotPasswordResponse};

use super::shapes;
use crate::idp::auth::shapes::user_context;
use crate::operation::Operation;

impl Operation for ForgotPassword {
    async fn call(cx: &Context<'_>, input: ForgotPasswordRequest) -> Result<ForgotPasswordResponse> {
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await?;
        let request = Request {
            username: input.username.as_deref().unwrap_or_default(),
            secret_hash: input.secret_hash.as_ref(),
            user_context: &user_context(input.user_context_data),
            client_metadata: &input.client_metadata.unwrap_or_default(),
        };
        let delivery = recovery::forgot_password(cx, &realm, request).await?;
        Ok(ForgotPasswordResponse { code_delivery_details: Some(shapes::code_delivery(delivery)) })
    }
}
